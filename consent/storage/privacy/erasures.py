"""Erasure queries: delete the personal part of receipts, or blank the signed part too; delete old keys."""

from collections.abc import Collection
from typing import Any, NamedTuple, cast

from sqlalchemy import ColumnElement, CursorResult, Engine, delete, func, insert, or_, select, update

from consent.core.days import DAY_SECONDS
from consent.core.groups import OPTIONAL
from consent.storage.archive import detached_months
from consent.storage.database.base import Transaction
from consent.storage.selection.subjects import site_condition, times_of
from consent.storage.tables.archive import DetachedReceipt
from consent.storage.tables.privacy import Erasure
from consent.storage.tables.receipts import Receipt, ReceiptKey, ReceiptPersonal

KEY_SECONDS = 60 * DAY_SECONDS
"""How long keys are stored: browsers give up after 30 days, and tokens for writing are valid for 60."""

BLANK = {
    column.name: None if column.nullable else column.type.python_type()
    for column in Receipt.__table__.columns
    if column.name not in ("id", "time", "site_id", "log_index", "leaf_hash")
} | {"vendors": "{}", "erased": True}
"""Column values of a fully erased receipt, without the columns that stay."""
BLANKED = 1000
"""How many receipts are blanked per statement."""


class Act(NamedTuple):
    """An erasure as recorded: time (unix seconds), level, cause, reason, and the opaque id of its author."""

    time: int
    level: str
    cause: str
    reason: str
    by: str


def visitors_of(transaction: Transaction, site_id: int, receipt_ids: Collection[str]) -> set[str]:
    """Return the visitor ids of the site's receipts whose personal part still exists."""
    times = times_of(transaction, site_id, receipt_ids)
    query = select(ReceiptPersonal.visitor).where(*_matching_personal(times), ReceiptPersonal.visitor.is_not(None))
    return {visitor for visitor in transaction.execute(query).scalars() if visitor}


def subjects_sent(transaction: Transaction, site_id: int, receipt_ids: Collection[str]) -> set[str]:
    """Return the visitors, or receipts without one, that receivers may know: first refusals are never sent.

    Receivers know a signed-in visitor's receipts by the account. Receipts whose signed part is in a file count as sent.
    """
    times = times_of(transaction, site_id, receipt_ids)
    grants = or_(*(getattr(Receipt, group).is_(True) for group in OPTIONAL), Receipt.vendors.contains(":true"))
    is_sent = or_(
        Receipt.id.is_(None), ReceiptPersonal.previous.is_not(None), Receipt.regime.not_like("%opt_in%"), grants
    )
    same = (Receipt.time == ReceiptPersonal.time) & (Receipt.id == ReceiptPersonal.receipt_id)
    subject = func.coalesce(ReceiptPersonal.visitor, ReceiptPersonal.receipt_id)
    query = select(subject).select_from(ReceiptPersonal).outerjoin(Receipt, same)
    of_browsers = query.where(*_matching_personal(times), ReceiptPersonal.account.is_(None), is_sent)
    return set(transaction.execute(of_browsers).scalars())


def unlink(transaction: Transaction, site_id: int, receipt_ids: Collection[str]) -> int:
    """Delete the personal part and salts of the site's receipts; return how many had a personal part.

    The signed part stays and identifies nobody; the receipts' keys answer 410 from now on.
    """
    times = times_of(transaction, site_id, receipt_ids)
    deleted = transaction.execute(delete(ReceiptPersonal).where(*_matching_personal(times)))
    transaction.execute(
        update(ReceiptKey)
        .where(ReceiptKey.created_at.in_(set(times.values())), ReceiptKey.receipt_id.in_(times))
        .values(body_mac=None, salt=None)
    )
    return cast("CursorResult[Any]", deleted).rowcount


def erase(transaction: Transaction, site_id: int, receipt_ids: Collection[str]) -> int:
    """Erase as `unlink` does and blank the signed part too; return how many receipts weren't blank before.

    The leaf hash stays, so that the log can still be verified. A signed part in a file is marked for removal.
    """
    unlink(transaction, site_id, receipt_ids)
    blanked = _blank(transaction, site_id, receipt_ids) + detached_months.erase(transaction, site_id, receipt_ids)
    # Again, since a month that was being attached is in the table by now.
    return blanked + _blank(transaction, site_id, receipt_ids)


def _blank(transaction: Transaction, site_id: int, receipt_ids: Collection[str]) -> int:
    matching = (site_condition(Receipt, site_id), Receipt.id.in_(receipt_ids), Receipt.erased.is_(False))
    blanked = transaction.execute(update(Receipt).where(*matching).values(BLANK))
    return cast("CursorResult[Any]", blanked).rowcount


def blank_detached(transaction: Transaction, site_id: int, month: int) -> None:
    """Blank the receipts in the table that were erased while their month was detached."""
    # In batches of ids: the planner knows too little about freshly filled tables for a join.
    matching = (*detached_months.of_month(DetachedReceipt, site_id, month), DetachedReceipt.erased)
    ids = list(transaction.execute(select(DetachedReceipt.id).where(*matching)).scalars())
    for start in range(0, len(ids), BLANKED):
        _blank(transaction, site_id, ids[start : start + BLANKED])


def record(transaction: Transaction, site_id: int, count: int, act: Act) -> None:
    """Record that `count` receipts of the site were erased."""
    transaction.execute(insert(Erasure).values(site_id=site_id, count=count, **act._asdict()))


def every(transaction: Transaction, site_id: int, limit: int = 500) -> list[tuple[Act, int]]:
    """Return the site's erasures, newest first, each with its number of receipts."""
    columns = [getattr(Erasure, name) for name in Act._fields]
    query = select(*columns, Erasure.count).where(Erasure.site_id == site_id).order_by(Erasure.id.desc()).limit(limit)
    return [(Act(*row[:-1]), row[-1]) for row in transaction.execute(query)]


def at(transaction: Transaction, site_id: int, time: int, level: str) -> Act | None:
    """Return the erasure with that time and level, or None."""
    columns = [getattr(Erasure, name) for name in Act._fields]
    matching = (Erasure.site_id == site_id, Erasure.time == time, Erasure.level == level)
    row = transaction.execute(select(*columns).where(*matching).order_by(Erasure.id.desc()).limit(1)).one_or_none()
    return Act(*row) if row else None


def newest(transaction: Transaction, site_id: int) -> int:
    """Return the id of the site's newest erasure, or 0."""
    return transaction.execute(select(func.max(Erasure.id)).where(Erasure.site_id == site_id)).scalar_one() or 0


def _matching_personal(times: dict[str, int]) -> tuple[ColumnElement[bool], ...]:
    # The `+ ""` avoids the index on both columns: SQLite would look up each time with each id.
    return ReceiptPersonal.time.in_(set(times.values())), (ReceiptPersonal.receipt_id + "").in_(times)


def prune_keys(engine: Engine, now: int, step: int = 5000) -> int:
    """Delete keys older than 60 days, in batches so that writers don't wait long; return how many."""
    old = (
        select(ReceiptKey.site_id, ReceiptKey.key)
        .where(ReceiptKey.created_at < now - KEY_SECONDS)
        .order_by(ReceiptKey.created_at)
        .limit(step)
    )
    total = 0
    while True:
        with engine.begin() as connection:
            keys = connection.execute(old).all()
            for site_id in {key.site_id for key in keys}:
                names = [key.key for key in keys if key.site_id == site_id]
                connection.execute(delete(ReceiptKey).where(ReceiptKey.site_id == site_id, ReceiptKey.key.in_(names)))
        total += len(keys)
        if len(keys) < step:
            return total
