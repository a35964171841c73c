"""A draft from a file in the place of the one that is there: all of it, or nothing."""

import json
import time
from typing import Any, NamedTuple

from consent.core.rules import Rules
from consent.proof.audit import Author
from consent.snapshots.carried_vendors import SECTION, carried_faults, carry, with_own_vendors
from consent.snapshots.config_file import FileError, read_file
from consent.snapshots.draft import Draft, DraftError, check_draft
from consent.snapshots.draft_parts import changed_parts
from consent.snapshots.publish import Artefacts, proposal_of
from consent.snapshots.publish_checks import by_path, faults_of
from consent.storage import origins, sites
from consent.storage.base import Transaction
from consent.storage.origins import Origin
from consent.storage.sites import FoundSite


class Checked(NamedTuple):
    """A draft from the file `name` in which nothing is wrong, and the site's own vendors, where the file tells of them."""

    draft: Draft
    name: str
    own_vendors: list[dict[str, Any]] | None = None


def check_file(
    transaction: Transaction,
    site: FoundSite,
    text: str,
    name: str,
    rules: Rules,
    artefacts: Artefacts,
    unfinished: bool = False,
) -> Checked:
    """Return the draft in `text`, checked as the dashboard checks one that is saved and published.

    An `unfinished` one is checked for its form alone. Raises FileError with the line and field of each fault.
    """
    found = read_file(text, site.key)
    try:
        check_draft(found.draft, rules.codes)
    except DraftError as error:
        raise found.faults(error.fields) from None
    if found.own_vendors is not None and (faults := carried_faults(found.own_vendors)):
        raise found.faults(faults)
    if found.draft["site"] != site.key:
        raise found.faults({"site": f"This is the configuration of {found.draft['site']}."})
    if not unfinished and (kept := faults_of(proposal_of(transaction, site, found.draft, rules, artefacts))):
        raise found.faults(by_path(kept))
    return Checked(found.draft, name, found.own_vendors)


def overwritten(transaction: Transaction, site: FoundSite, checked: Checked) -> list[tuple[str, Origin]]:
    """Return the parts that people changed after the last import and that `checked` would change again."""
    if origins.last_import(transaction, site.id) is None:
        return []
    now, then = json.loads(sites.read_draft(transaction, site.id).text), checked.draft
    if checked.own_vendors is not None:
        now, then = with_own_vendors(transaction, site.id, now), then | {SECTION: checked.own_vendors}
    before, after = changed_parts(now, then)
    lost = {*before, *after}
    return [(part, origin) for part, origin in origins.edits(transaction, site.id).items() if part in lost]


def import_draft(transaction: Transaction, site: FoundSite, checked: Checked, by: Author) -> int:
    """Save the draft, note where it comes from, tell the log, and return its revision."""
    row, now = sites.read_draft(transaction, site.id), int(time.time())
    text = json.dumps(checked.draft, ensure_ascii=False)
    revision = sites.save_draft(transaction, site.id, text, row.revision)
    parts: tuple[dict[str, Any], dict[str, Any]] = changed_parts(json.loads(row.text), checked.draft)
    origins.imported(transaction, site.id, checked.name, by.who.id, now)
    if checked.own_vendors is not None:
        carry(transaction, site, checked.own_vendors, checked.draft, by, now)
    by.tell(transaction, site, "draft.changed", f"draft {revision}", *parts, now)
    return revision


__all__ = ["Checked", "FileError", "check_file", "import_draft", "overwritten"]
