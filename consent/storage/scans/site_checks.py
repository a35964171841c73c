"""Queries for a site's latest *Check my site* result."""

import json
from typing import Any, NamedTuple

from sqlalchemy import select, text

from consent.storage.database.base import Transaction
from consent.storage.tables.scans import SiteCheck

MAX_TAGS = 300
"""How many tags of a page are stored."""

_SAVE = text(
    "INSERT INTO site_check (site_id, url, checked_at, tags, accounts)"
    " VALUES (:site_id, :url, :checked_at, :tags, :accounts)"
    " ON CONFLICT (site_id) DO UPDATE SET url = excluded.url, checked_at = excluded.checked_at, tags = excluded.tags,"
    " accounts = excluded.accounts"
)


class StoredCheck(NamedTuple):
    """The checked page, when (unix seconds), and an object for each tag on it.

    `accounts` is a sentence about how the page reports who is signed in, empty if nothing is wrong with that.
    """

    url: str
    checked_at: int
    tags: list[dict[str, Any]]
    accounts: str = ""


def newest(transaction: Transaction, site_id: int) -> StoredCheck | None:
    """Return the result of a site's last check, or None."""
    query = select(SiteCheck.url, SiteCheck.checked_at, SiteCheck.tags, SiteCheck.accounts).where(
        SiteCheck.site_id == site_id
    )
    row = transaction.execute(query).one_or_none()
    return StoredCheck(row.url, row.checked_at, json.loads(row.tags), row.accounts or "") if row else None


def save(transaction: Transaction, site_id: int, check: StoredCheck) -> None:
    """Save a check's result, replacing the previous one."""
    tags = json.dumps(check.tags[:MAX_TAGS], ensure_ascii=False)
    facts = {
        "site_id": site_id,
        "url": check.url[:600],
        "checked_at": check.checked_at,
        "tags": tags,
        "accounts": check.accounts,
    }
    transaction.execute(_SAVE, facts)
