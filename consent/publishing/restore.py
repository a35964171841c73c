"""Restore an older version: its tags, vendors, cookies, texts, theme and variants, under the live settings."""

import json

from sqlalchemy import Connection

from consent.core.documents.config import Config, Draft
from consent.log.audit_author import Author
from consent.publishing.code_approvals import Approvals, approvals_of, without_unapproved
from consent.publishing.draft_import import save_edit
from consent.publishing.publish import thaw
from consent.sites.custom.code import CodeGuard
from consent.storage.sites import configs, sites
from consent.storage.sites.sites import SiteRow


class UnknownVersionError(LookupError):
    """A version number that the site doesn't have."""


def restore_draft(connection: Connection, site: SiteRow, number: str, guard: CodeGuard, by: Author) -> None:
    """Save the content of version `number` as the draft, in a transaction that has locked the site.

    Raises UnknownVersionError.
    """
    names = {str(one.version): one.sha256 for one in configs.versions(connection, site.id)}
    document = configs.get_document(connection, names.get(number))
    live = configs.get_document(connection, site.live_config)
    if document is None or live is None:
        raise UnknownVersionError("The site has no such version.")
    draft = json.loads(sites.read_draft(connection, site.id).text)
    new = restored(document, live, draft, approvals_of(connection, site, guard), guard)
    save_edit(connection, site, new, by)


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
