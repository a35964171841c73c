"""Queries for the daily check of accounts for expired grants."""

from typing import Any

from sqlalchemy import select, text, update

from consent.storage.database.base import Transaction
from consent.storage.tables.delivery import ExpiryCheck

_INSERT = text(
    "INSERT INTO expiry_check (site_id, checked_until) VALUES (:site_id, :today) ON CONFLICT (site_id) DO NOTHING"
)


def checked_until(transaction: Transaction, site_id: int) -> int | None:
    """Return the day through which the site's accounts have been checked, or None if they never were."""
    query = select(ExpiryCheck.checked_until).where(ExpiryCheck.site_id == site_id)
    return transaction.execute(query).scalar_one_or_none()


def mark_checked(transaction: Transaction, site_id: int, since: int | None, today: int) -> bool:
    """Record that the site's accounts were checked through `today`; return False if another node was first."""
    if since is None:
        done: Any = transaction.execute(_INSERT, {"site_id": site_id, "today": today})
    else:
        same = (ExpiryCheck.site_id == site_id, ExpiryCheck.checked_until == since)
        done = transaction.execute(update(ExpiryCheck).where(*same).values(checked_until=today))
    return bool(done.rowcount == 1)
