"""Origins of a draft's values: an imported file or a user, with the time of the change."""

import json
from typing import NamedTuple

from flask import render_template
from flask.typing import ResponseReturnValue

from consent.dashboard.frame.blueprint import blueprint
from consent.dashboard.frame.draft_labels import FORM, names_in, part_words
from consent.dashboard.frame.permissions import allowed
from consent.log.audit_labels import author_text
from consent.sites.draft_changes import part_names
from consent.storage.accounts import users
from consent.storage.database.base import db
from consent.storage.sites import custom_vendors, draft_origins, sites
from consent.storage.sites.draft_origins import Import, Origin
from consent.storage.sites.sites import SiteRow


class PartRow(NamedTuple):
    """A part of the draft with who set it and when; `by` is empty if it hasn't changed since the site was created."""

    words: str
    by: str
    time: int | None
    is_edit: bool


@blueprint.get("/sites/<site>/origins")
@allowed("see")
def origins_page(site: SiteRow) -> ResponseReturnValue:
    """Show where each value of the draft comes from."""
    imported, edits = draft_origins.last_import(db.session, site.id), draft_origins.edits(db.session, site.id)
    draft = json.loads(sites.read_draft(db.session, site.id).text)
    named = names_in(draft, custom_vendors.documents(db.session, site.id))
    names = users.names_of(db.session, {origin.by for origin in edits.values()})
    parts = [part for part in dict.fromkeys([*edits, *part_names(draft)]) if part not in FORM]
    rows = [_row(part_words(part, named), edits.get(part), imported, names) for part in parts]
    rows.sort(key=lambda row: (not row.is_edit, -(row.time or 0)))
    return render_template("dashboard/publishing/draft_origins.html", rows=rows, imported=imported, edits=len(edits))


def _row(words: str, edit: Origin | None, imported: Import | None, names: dict[str, str]) -> PartRow:
    if edit is not None:
        return PartRow(words, author_text(edit.by, names), edit.time, True)
    if imported is not None:
        return PartRow(words, imported.file, imported.time, False)
    return PartRow(words, "", None, False)
