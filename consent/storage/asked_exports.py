"""The exports that were asked for of any node, as each of them was stated."""

from sqlalchemy import delete, insert, select

from consent.storage.base import Transaction
from consent.storage.models import AskedExport


def add(transaction: Transaction, job_id: str, site_id: int, asked: str, now: int, kept_s: int) -> None:
    """Keep what was asked for, in JSON, and forget what is older than `kept_s` seconds."""
    transaction.execute(delete(AskedExport).where(AskedExport.time < now - kept_s))
    transaction.execute(insert(AskedExport).values(id=job_id, site_id=site_id, time=now, asked=asked))


def of_site(transaction: Transaction, site_id: int) -> dict[str, str]:
    """Return what was asked for the site, by id."""
    query = select(AskedExport.id, AskedExport.asked).where(AskedExport.site_id == site_id)
    return {row.id: row.asked for row in transaction.execute(query)}


def remove(transaction: Transaction, job_id: str) -> None:
    """Have no node keep that export."""
    transaction.execute(delete(AskedExport).where(AskedExport.id == job_id))
