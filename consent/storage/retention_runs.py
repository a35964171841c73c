"""The times that sites were rid of what had been kept for long enough: asked for by people, or once a day by themselves."""

from typing import Any, NamedTuple

from sqlalchemy import and_, func, insert, or_, select, update

from consent.storage.base import Transaction
from consent.storage.models import RetentionRun, Site

SILENT_S = 300
"""A run that was not heard of for so long is taken up by another node."""
EVERY_S = 22 * 3600
"""Between runs of a site that prunes by itself: once a day, also where a clock drifts a little."""


class Run(NamedTuple):
    """A run; `started` and `finished` are None until then, times in unix seconds."""

    id: int
    site_id: int
    by: str
    months: int
    asked: int
    started: int | None
    heard: int | None
    finished: int | None
    receipts: int
    exempt: int


def ask(transaction: Transaction, site_id: int, by: str, now: int) -> int:
    """Note that the site is to be pruned, and return the run's id; one that waits or goes on already is enough."""
    open_run = (RetentionRun.site_id == site_id, RetentionRun.finished.is_(None))
    found = transaction.execute(select(RetentionRun.id).where(*open_run)).scalars().first()
    if found is not None:
        return found
    return _insert(transaction, site_id, {"by": by, "asked": now})


def begin(transaction: Transaction, site_id: int, by: str, now: int) -> int:
    """Note that whoever calls prunes the site now, and return the run's id."""
    return _insert(transaction, site_id, {"by": by, "asked": now, "started": now, "heard": now})


def due_sites(transaction: Transaction, now: int) -> list[int]:
    """Return the ids of sites that prune by themselves and were not pruned for a day."""
    last = select(func.max(RetentionRun.asked)).where(RetentionRun.site_id == Site.id).scalar_subquery()
    late = or_(last.is_(None), last <= now - EVERY_S)
    return list(transaction.execute(select(Site.id).where(Site.prunes_itself, late).order_by(Site.id)).scalars())


def take(transaction: Transaction, now: int) -> Run | None:
    """Begin the run that has waited longest, or one that ended without a word, for one node; None where there is none."""
    waits = RetentionRun.started.is_(None)
    is_silent = and_(RetentionRun.finished.is_(None), RetentionRun.heard <= now - SILENT_S)
    query = select(RetentionRun.id, RetentionRun.heard).where(or_(waits, is_silent)).order_by(RetentionRun.id)
    for run_id, heard in transaction.execute(query).all():
        as_before = RetentionRun.heard.is_(None) if heard is None else RetentionRun.heard == heard
        begun = update(RetentionRun).where(RetentionRun.id == run_id, as_before).values(started=now, heard=now)
        row = transaction.execute(begun.returning(*_COLUMNS)).one_or_none()
        if row:
            return Run(*row)
    return None


def tell(transaction: Transaction, run_id: int, more: int, now: int) -> None:
    """Note that `more` receipts were erased."""
    values = {"receipts": RetentionRun.receipts + more, "heard": now}
    transaction.execute(update(RetentionRun).where(RetentionRun.id == run_id).values(values))


def finish(transaction: Transaction, run_id: int, exempt: int, now: int) -> None:
    """End a run; `exempt` receipts were due and stay."""
    values = {"exempt": exempt, "heard": now, "finished": now}
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
