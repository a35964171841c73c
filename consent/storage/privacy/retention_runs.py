"""Queries for retention runs, requested by a user or started daily by automatic deletion."""

from typing import Any, NamedTuple

from sqlalchemy import and_, func, insert, or_, select, update

from consent.core.days import HOUR_SECONDS
from consent.storage.database.base import Transaction
from consent.storage.tables.privacy import RetentionRun
from consent.storage.tables.sites import Site

SILENT_SECONDS = 300
"""A run with no heartbeat for this long is taken over by another node."""
EVERY_SECONDS = 22 * HOUR_SECONDS
"""Interval between automatic runs of a site: daily, even if clocks drift a little."""


class Run(NamedTuple):
    """A run; `started_at` and `finished_at` are None until then; times are unix seconds."""

    id: int
    site_id: int
    by: str
    months: int
    requested_at: int
    started_at: int | None
    heartbeat_at: int | None
    finished_at: int | None
    receipts: int
    exempt: int


def request(transaction: Transaction, site_id: int, by: str, now: int) -> int:
    """Request a retention run and return its id, or that of a run already pending or in progress."""
    open_run = (RetentionRun.site_id == site_id, RetentionRun.finished_at.is_(None))
    open_id = transaction.execute(select(RetentionRun.id).where(*open_run)).scalars().first()
    if open_id is not None:
        return open_id
    return _insert(transaction, site_id, {"by": by, "requested_at": now})


def start(transaction: Transaction, site_id: int, by: str, now: int) -> int:
    """Record that the caller is pruning the site now, and return the run's id."""
    return _insert(transaction, site_id, {"by": by, "requested_at": now, "started_at": now, "heartbeat_at": now})


def due_sites(transaction: Transaction, now: int) -> list[int]:
    """Return the ids of sites with automatic pruning, or deleted ones, that weren't pruned within a day."""
    last = select(func.max(RetentionRun.requested_at)).where(RetentionRun.site_id == Site.id).scalar_subquery()
    late = or_(last.is_(None), last <= now - EVERY_SECONDS)
    is_pruned = or_(Site.prunes_automatically, Site.deleted_at.is_not(None))
    return list(transaction.execute(select(Site.id).where(is_pruned, late).order_by(Site.id)).scalars())


def claim(transaction: Transaction, now: int) -> Run | None:
    """Claim the run that has waited longest, or one whose node went silent; return None if there is none."""
    is_pending = RetentionRun.started_at.is_(None)
    is_silent = and_(RetentionRun.finished_at.is_(None), RetentionRun.heartbeat_at <= now - SILENT_SECONDS)
    query = (
        select(RetentionRun.id, RetentionRun.heartbeat_at).where(or_(is_pending, is_silent)).order_by(RetentionRun.id)
    )
    for run_id, heartbeat in transaction.execute(query).all():
        is_unchanged = (
            RetentionRun.heartbeat_at.is_(None) if heartbeat is None else RetentionRun.heartbeat_at == heartbeat
        )
        begun = (
            update(RetentionRun).where(RetentionRun.id == run_id, is_unchanged).values(started_at=now, heartbeat_at=now)
        )
        row = transaction.execute(begun.returning(*_COLUMNS)).one_or_none()
        if row:
            return Run(*row)
    return None


def add_progress(transaction: Transaction, run_id: int, more: int, now: int) -> None:
    """Record that `more` receipts were erased."""
    values = {"receipts": RetentionRun.receipts + more, "heartbeat_at": now}
    transaction.execute(update(RetentionRun).where(RetentionRun.id == run_id).values(values))


def finish(transaction: Transaction, run_id: int, exempt: int, now: int) -> None:
    """End a run; `exempt` receipts were due but stay."""
    values = {"exempt": exempt, "heartbeat_at": now, "finished_at": now}
    transaction.execute(update(RetentionRun).where(RetentionRun.id == run_id).values(values))


def _insert(transaction: Transaction, site_id: int, facts: dict[str, Any]) -> int:
    months = select(Site.retention_months).where(Site.id == site_id).scalar_subquery()
    row = {"site_id": site_id, "months": months, "receipts": 0, "exempt": 0, **facts}
    return int(transaction.execute(insert(RetentionRun).values(row).returning(RetentionRun.id)).scalar_one())


def newest(transaction: Transaction, site_id: int, limit: int = 20) -> list[Run]:
    """Return the runs of a site, newest first."""
    query = select(*_COLUMNS).where(RetentionRun.site_id == site_id).order_by(RetentionRun.id.desc()).limit(limit)
    return [Run(*row) for row in transaction.execute(query)]


_COLUMNS = [getattr(RetentionRun, name) for name in Run._fields]
