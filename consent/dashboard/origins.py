"""Where the values of a draft come from: a file or a person, and when."""

import json
from typing import NamedTuple

from flask import render_template
from flask.typing import ResponseReturnValue

from consent.dashboard.blueprint import blueprint
from consent.dashboard.part_words import FORM, names_in, part_words
from consent.dashboard.permissions import allowed
from consent.proof.audit_words import who_words
from consent.snapshots.draft_parts import part_names
from consent.storage import origins, own_vendors, sites, staff
from consent.storage.models import db
from consent.storage.origins import Import, Origin
from consent.storage.sites import FoundSite


class PartRow(NamedTuple):
    """One part of the draft with who set it and when; `by` is empty for what stands as the site began."""

    words: str
    by: str
    time: int | None
    is_edit: bool


@blueprint.get("/sites/<site>/origins")
@allowed("see")
def origins_page(site: FoundSite) -> ResponseReturnValue:
    """Show where each value of the draft comes from."""
    imported, edits = origins.last_import(db.session, site.id), origins.edits(db.session, site.id)
    draft = json.loads(sites.read_draft(db.session, site.id).text)
    named = names_in(draft, own_vendors.documents(db.session, site.id))
    names = staff.names_of(db.session, {origin.by for origin in edits.values()})
    parts = [part for part in dict.fromkeys([*edits, *part_names(draft)]) if part not in FORM]
    rows = [_row(part_words(part, named), edits.get(part), imported, names) for part in parts]
    rows.sort(key=lambda row: (not row.is_edit, -(row.time or 0)))
    return render_template("dashboard/origins.html", rows=rows, imported=imported, edits=len(edits))


def _row(words: str, edit: Origin | None, imported: Import | None, names: dict[str, str]) -> PartRow:
    if edit is not None:
        return PartRow(words, who_words(edit.by, names), edit.time, True)
    if imported is not None:
        return PartRow(words, imported.file, imported.time, False)
    return PartRow(words, "", None, False)
