"""Change a draft from a file or by a program, atomically: the whole draft, or one part of it."""

import json
import time
from typing import NamedTuple

from consent.core.documents.config import Config, Draft
from consent.core.documents.vendor_file import VendorDocument
from consent.core.rules import Rules
from consent.log.audit_author import Author
from consent.publishing.checks import by_path, errors_of, executable_code, own_layer
from consent.publishing.publish import Artifacts, proposal_of
from consent.sites.config_file import FileError, read_file
from consent.sites.custom.code import CodeGuard
from consent.sites.custom.vendor_export import (
    DraftFile,
    replace_custom_vendors,
    section_errors,
    site_catalog,
    with_custom_vendors,
)
from consent.sites.draft import DraftError, check_draft
from consent.sites.draft_changes import changed_parts
from consent.sites.imported_facts import legal_errors, without_foreign_signatures
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


class Needs(NamedTuple):
    """What checks need besides the database."""

    rules: Rules
    artifacts: Artifacts
    guard: CodeGuard


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
    """Return the draft in `text`, checked by `check_changed`. Raises FileError with the line and field of each error."""
    file, needs = read_file(text, site.key), Needs(rules, artifacts, guard)
    try:
        return check_changed(transaction, site, file.draft, name, needs, unfinished, file.own_vendors)
    except DraftError as error:
        raise file.errors(error.fields) from None


def check_changed(
    transaction: Transaction,
    site: SiteRow,
    draft: Draft,
    name: str,
    needs: Needs,
    unfinished: bool = False,
    own_vendors: list[VendorDocument] | None = None,
) -> Checked:
    """Return the draft that a file or program wants, checked as the dashboard checks drafts that it saves and publishes.

    An `unfinished` draft is not checked for what only a publish needs. Code approval isn't checked here: admins approve
    code in the dashboard once the draft is there. Signatures of users that aren't there yet are left out. Raises
    DraftError.
    """
    check_draft(draft, needs.rules.codes)
    if own_vendors is not None and (errors := section_errors(own_vendors)):
        raise DraftError(errors)
    if draft["site"] != site.key:
        raise DraftError({"site": f"This is the configuration of {draft['site']}."})
    now: Draft = json.loads(sites.read_draft(transaction, site.id).text)
    live = configs.get_document(transaction, site.live_config)
    catalog = site_catalog(transaction, site.id, needs.guard.catalog)
    if errors := _unconfirmed_mapping(draft, now, live) | legal_errors(draft, now, live, catalog, needs.rules):
        raise DraftError(errors)
    draft = without_foreign_signatures(draft, now, live)
    proposal = proposal_of(transaction, site, draft, needs.rules, needs.artifacts, needs.guard)
    if not unfinished and (problems := errors_of(proposal, without=(executable_code, own_layer))):
        raise DraftError(by_path(problems))
    waits = tuple(f"{problem.path}: {problem.sentence}" for problem in executable_code(proposal))
    return Checked(draft, name, own_vendors, waits)


def _unconfirmed_mapping(draft: Draft, now: Draft, live: Config | None) -> dict[str, str]:
    """Return an error for a mapping of old choices not confirmed in the dashboard; a file may keep or remove one."""
    mapping = draft["overrides"].get("old_choices")
    known = [one["overrides"].get("old_choices") for one in (now, live) if one]
    return {} if mapping is None or mapping in known else {"overrides.old_choices": UNCONFIRMED}


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


def save_edit(transaction: Transaction, site: SiteRow, draft: Draft, by: Author) -> int:
    """Save a draft of which a part was changed by hand, write the audit entry, and return the draft's revision.

    A draft that has not changed is not saved.
    """
    row, now = sites.read_draft(transaction, site.id), int(time.time())
    before, after = changed_parts(json.loads(row.text), draft)
    if not (before or after):
        return row.revision
    revision = sites.save_draft(transaction, site.id, json.dumps(draft, ensure_ascii=False), row.revision)
    draft_origins.edited(transaction, site.id, {*before, *after}, by.who.id, now)
    by.record(transaction, site, "draft.changed", f"draft {revision}", before, after, now)
    return revision


__all__ = [
    "Checked",
    "FileError",
    "Needs",
    "check_changed",
    "check_file",
    "import_draft",
    "overwritten_parts",
    "save_edit",
]
