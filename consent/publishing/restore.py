"""Restore an older version: its tags, vendors, cookies, texts, theme and variants, under the live settings."""

import json
import time

from sqlalchemy import Connection

from consent.core.documents.config import Config, Draft
from consent.log.audit_author import Author
from consent.publishing.code_approvals import Approvals, approvals_of, without_unapproved
from consent.publishing.publish import thaw
from consent.sites.custom_code import CodeGuard
from consent.sites.draft_changes import changed_parts
from consent.storage.sites import configs, draft_origins, sites
from consent.storage.sites.sites import SiteRow


class UnknownVersionError(LookupError):
    """A version number that the site doesn't have."""


def restore_draft(connection: Connection, site: SiteRow, number: str, guard: CodeGuard, by: Author) -> None:
    """Save the content of version `number` as the draft, in a transaction that has locked the site.

    Raises UnknownVersionError.
    """
    names = {str(one.version): one.sha256 for one in configs.versions(connection, site.id)}
    body = configs.get_config(connection, names[number]) if number in names else None
    live = configs.get_config(connection, site.live_config) if site.live_config else None
    if body is None or live is None:
        raise UnknownVersionError("The site has no such version.")
    row, now = sites.read_draft(connection, site.id), int(time.time())
    draft = json.loads(row.text)
    new = restored(json.loads(body), json.loads(live), draft, approvals_of(connection, site, guard), guard)
    before, after = changed_parts(draft, new)
    if not (before or after):
        return
    revision = sites.save_draft(connection, site.id, json.dumps(new, ensure_ascii=False), row.revision)
    draft_origins.edited(connection, site.id, {*before, *after}, by.who.id, now)
    by.record(connection, site, "draft.changed", f"draft {revision}", before, after, now)


def restored(document: Config, live: Config, draft: Draft, approvals: Approvals, guard: CodeGuard) -> Draft:
    """Return the draft that the older version `document` becomes; `draft` has what configs lack.

    Code without a valid approval comes back disabled. Anything that the catalog has changed since then comes back in
    its current form.
    """
    older = without_unapproved(thaw(document, draft), live, approvals, guard)
    return thaw(live, draft) | {
        "tags": older["tags"],
        "vendors": older["vendors"],
        "cookies": older["cookies"],
        "texts": older["texts"],
        "look": older["look"],
        "variants": older["variants"],
    }
