"""Queries of the daily look for grants of accounts that ran out."""

from typing import Any

from sqlalchemy import select, text, update

from consent.storage.database.base import Transaction
from consent.storage.tables.delivery import ExpiryLook

_FIRST = text(
    "INSERT INTO expiry_look (site_id, looked_until) VALUES (:site_id, :today) ON CONFLICT (site_id) DO NOTHING"
)


def looked_until(transaction: Transaction, site_id: int) -> int | None:
    """Return the day up to which the site's accounts were looked through, None where nobody has begun."""
    query = select(ExpiryLook.looked_until).where(ExpiryLook.site_id == site_id)
    return transaction.execute(query).scalar_one_or_none()


def look_until(transaction: Transaction, site_id: int, since: int | None, today: int) -> bool:
    """Record that the site's accounts were looked through up to `today`; False where another node was there first."""
    if since is None:
        done: Any = transaction.execute(_FIRST, {"site_id": site_id, "today": today})
    else:
        same = (ExpiryLook.site_id == site_id, ExpiryLook.looked_until == since)
        done = transaction.execute(update(ExpiryLook).where(*same).values(looked_until=today))
    return bool(done.rowcount == 1)
