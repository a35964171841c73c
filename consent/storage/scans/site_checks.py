"""Queries for a site's latest *Check my site* result."""

import json
from typing import Any, NamedTuple

from sqlalchemy import select, text

from consent.storage.database.base import Transaction
from consent.storage.tables.scans import SiteCheck

MAX_TAGS = 300
"""How many tags of a page are stored."""

_SAVE = text(
    "INSERT INTO site_check (site_id, url, checked_at, tags, accounts, report)"
    " VALUES (:site_id, :url, :checked_at, :tags, :accounts, :report)"
    " ON CONFLICT (site_id) DO UPDATE SET url = excluded.url, checked_at = excluded.checked_at, tags = excluded.tags,"
    " accounts = excluded.accounts, report = excluded.report"
)


class StoredCheck(NamedTuple):
    """The checked page, when (unix seconds), and an object for each tag on it.

    `accounts` is a sentence about how the page reports who is signed in, empty if nothing is wrong with that. `report`
    has the fields of each finding and of each color, by `findings` and `colors`.
    """

    url: str
    checked_at: int
    tags: list[dict[str, Any]]
    accounts: str = ""
    report: dict[str, list[list[str]]] | None = None


def newest(transaction: Transaction, site_id: int) -> StoredCheck | None:
    """Return the result of a site's last check, or None."""
    columns = (SiteCheck.url, SiteCheck.checked_at, SiteCheck.tags, SiteCheck.accounts, SiteCheck.report)
    row = transaction.execute(select(*columns).where(SiteCheck.site_id == site_id)).one_or_none()
    if row is None:
        return None
    report = json.loads(row.report) if row.report else None
    return StoredCheck(row.url, row.checked_at, json.loads(row.tags), row.accounts or "", report)


def save(transaction: Transaction, site_id: int, check: StoredCheck) -> None:
    """Save a check's result, replacing the previous one."""
    tags = json.dumps(check.tags[:MAX_TAGS], ensure_ascii=False)
    facts = {
        "site_id": site_id,
        "url": check.url[:600],
        "checked_at": check.checked_at,
        "tags": tags,
        "accounts": check.accounts,
        "report": check.report and json.dumps(check.report, ensure_ascii=False),
    }
    transaction.execute(_SAVE, facts)
