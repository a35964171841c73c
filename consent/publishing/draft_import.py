"""Import a draft from a file, replacing the current draft atomically."""

import json
import time
from typing import NamedTuple

from consent.core.documents.config import Draft
from consent.core.documents.vendor_file import VendorDocument
from consent.core.rules import Rules
from consent.log.audit_author import Author
from consent.publishing.checks import by_path, errors_of, executable_code, own_layer
from consent.publishing.publish import Artifacts, proposal_of
from consent.sites.config_file import FileError, read_file
from consent.sites.custom_code import CodeGuard
from consent.sites.custom_vendor_export import DraftFile, replace_custom_vendors, section_errors, with_custom_vendors
from consent.sites.draft import DraftError, check_draft
from consent.sites.draft_changes import changed_parts
from consent.storage.database.base import Transaction
from consent.storage.sites import configs, draft_origins, sites
from consent.storage.sites.draft_origins import Origin
from consent.storage.sites.sites import SiteRow

UNCONFIRMED = "A user has to confirm this mapping in the dashboard, under Import. A file can keep it or take it out."


class Checked(NamedTuple):
    """A valid draft from the file `name`, and the site's own vendors if the file has that section.

    `waits` lists what an admin must approve before it can be published.
    """

    draft: Draft
    name: str
    own_vendors: list[VendorDocument] | None = None
    waits: tuple[str, ...] = ()


def check_file(
    transaction: Transaction,
    site: SiteRow,
    text: str,
    name: str,
    rules: Rules,
    artifacts: Artifacts,
    guard: CodeGuard,
    unfinished: bool = False,
) -> Checked:
    """Return the draft in `text`, checked as the dashboard checks drafts that are saved and published.

    An `unfinished` draft is only checked for its format. Code approval isn't checked here: admins approve code in the
    dashboard once the draft is there. Raises FileError with the line and field of each error.
    """
    file = read_file(text, site.key)
    try:
        check_draft(file.draft, rules.codes)
    except DraftError as error:
        raise file.errors(error.fields) from None
    if file.own_vendors is not None and (errors := section_errors(file.own_vendors)):
        raise file.errors(errors)
    if file.draft["site"] != site.key:
        raise file.errors({"site": f"This is the configuration of {file.draft['site']}."})
    if errors := _unconfirmed_mapping(transaction, site, file.draft):
        raise file.errors(errors)
    proposal = proposal_of(transaction, site, file.draft, rules, artifacts, guard)
    if not unfinished and (problems := errors_of(proposal, without=(executable_code, own_layer))):
        raise file.errors(by_path(problems))
    waits = tuple(f"{problem.path}: {problem.sentence}" for problem in executable_code(proposal))
    return Checked(file.draft, name, file.own_vendors, waits)


def _unconfirmed_mapping(transaction: Transaction, site: SiteRow, draft: Draft) -> dict[str, str]:
    """Return an error for a mapping of old choices not confirmed in the dashboard; a file may keep or remove one."""
    mapping = draft["overrides"].get("old_choices")
    now: Draft = json.loads(sites.read_draft(transaction, site.id).text)
    if mapping is None or mapping == now["overrides"].get("old_choices"):
        return {}
    body = configs.get_config(transaction, site.live_config) if site.live_config else None
    if body is not None and mapping == json.loads(body)["overrides"].get("old_choices"):
        return {}
    return {"overrides.old_choices": UNCONFIRMED}


def overwritten_parts(transaction: Transaction, site: SiteRow, checked: Checked) -> list[tuple[str, Origin]]:
    """Return the parts that users changed after the last import and that `checked` would change again."""
    if draft_origins.last_import(transaction, site.id) is None:
        return []
    now: Draft = json.loads(sites.read_draft(transaction, site.id).text)
    if checked.own_vendors is None:
        before, after = changed_parts(now, checked.draft)
    else:
        file: DraftFile = {**checked.draft, "own_vendors": checked.own_vendors}
        before, after = changed_parts(with_custom_vendors(transaction, site.id, now), file)
    changed = {*before, *after}
    return [(part, origin) for part, origin in draft_origins.edits(transaction, site.id).items() if part in changed]


def import_draft(transaction: Transaction, site: SiteRow, checked: Checked, by: Author) -> int:
    """Save the draft with its origin, write the audit entry, and return the draft's revision."""
    row, now = sites.read_draft(transaction, site.id), int(time.time())
    text = json.dumps(checked.draft, ensure_ascii=False)
    revision = sites.save_draft(transaction, site.id, text, row.revision)
    parts = changed_parts(json.loads(row.text), checked.draft)
    draft_origins.imported(transaction, site.id, checked.name, by.who.id, now)
    if checked.own_vendors is not None:
        replace_custom_vendors(transaction, site, checked.own_vendors, checked.draft, by, now)
    by.record(transaction, site, "draft.changed", f"draft {revision}", *parts, now)
    return revision


__all__ = ["Checked", "FileError", "check_file", "import_draft", "overwritten_parts"]
