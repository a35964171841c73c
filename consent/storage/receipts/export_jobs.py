"""Queries for export jobs, which may be requested on any node."""

from sqlalchemy import delete, insert, select

from consent.storage.database.base import Transaction
from consent.storage.tables.operations import ExportJob


def add(transaction: Transaction, job_id: str, site_id: int, request: str, now: int, kept_s: int) -> None:
    """Save a request as JSON, and delete requests older than `kept_s` seconds."""
    transaction.execute(delete(ExportJob).where(ExportJob.time < now - kept_s))
    transaction.execute(insert(ExportJob).values(id=job_id, site_id=site_id, time=now, request=request))


def of_site(transaction: Transaction, site_id: int) -> dict[str, str]:
    """Return the site's requests by id."""
    query = select(ExportJob.id, ExportJob.request).where(ExportJob.site_id == site_id)
    return {row.id: row.request for row in transaction.execute(query)}


def remove(transaction: Transaction, job_id: str) -> None:
    """Delete an export job on all nodes."""
    transaction.execute(delete(ExportJob).where(ExportJob.id == job_id))
