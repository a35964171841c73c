"""Delete an archived site: nothing is served for it anymore, and proof of earlier choices stays until its retention ends.

Receipts are kept for the controller's duty to prove consent (GDPR art. 7(1)), and the service erases them when their
retention ends. Configs and the log have no personal data and stay, so that what was handed out can still be verified.
The site's key is never reused, because receipts refer to it.
"""

import json
from typing import NamedTuple

from sqlalchemy import Connection

from consent.core.days import DAY_SECONDS, add_months
from consent.log.audit_author import Author
from consent.log.entry import INSTANCE
from consent.sites.draft import new_draft
from consent.storage.database.base import Transaction
from consent.storage.privacy import marks, retention
from consent.storage.privacy.marks import HOLD
from consent.storage.sites import deletion, sites
from consent.storage.sites.sites import SiteRow
from consent.storage.subjects import accounts, realms


class NotArchivedError(Exception):
    """The site is still in use and must be archived first."""


class Outlook(NamedTuple):
    """What a deletion leaves: `receipts` kept, the last until `last` (Unix seconds, None if there are none).

    `held` means that a legal hold keeps some for longer; `accounts` is how many accounts are deleted with the site.
    """

    receipts: int
    last: int | None
    months: int
    held: bool
    accounts: int


def outlook(transaction: Transaction, site: SiteRow) -> Outlook:
    """Return what deleting the site leaves, and what is deleted with it."""
    kept, months = retention.kept(transaction, site.id), retention.months_of(transaction, site.id)
    last = add_months(kept.last_end // DAY_SECONDS, months) * DAY_SECONDS if kept.last_end is not None else None
    held = bool(marks.every(transaction, site.id, HOLD))
    count = 0 if realms.of_site(transaction, site.id).present else accounts.count(transaction, site.key)
    return Outlook(kept.receipts, last, months, held, count)


def delete_site(transaction: Connection, site: SiteRow, by: Author, now: int) -> Outlook:
    """Delete the site, and return what stays. Accounts under a legal hold stay as well. Raises NotArchivedError."""
    if site.archived_at is None or site.deleted_at is not None:
        raise NotArchivedError
    left = outlook(transaction, site)
    hosts = json.loads(sites.read_draft(transaction, site.id).text)["hosts"]
    if not realms.put(transaction, site.id, None, now // DAY_SECONDS):
        held = {mark.subject for mark in marks.every(transaction, site.id, HOLD) if mark.subject_kind == "account"}
        accounts.forget_realm(transaction, site.key, held)
    deletion.delete_site(transaction, site.id, json.dumps(new_draft(site.key, hosts)), now)
    facts = {"receipts": left.receipts, "kept_months": left.months, "config": site.live_config}
    by.record(transaction, site, "site.deleted", site.key, None, facts, now)
    by.record(transaction, INSTANCE, "site.deleted", site.key, None, facts, now)
    return left
