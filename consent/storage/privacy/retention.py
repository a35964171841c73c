"""Retention queries: receipts that expired or were withdrawn longer ago than the site keeps them."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, union_all, update
from sqlalchemy.orm import aliased

from consent.core.days import DAY_SECONDS, add_months
from consent.storage.database.base import Transaction
from consent.storage.privacy.marks import HOLD, RESTRICTION, Span, hold_spans, marked
from consent.storage.selection.subjects import times_of
from consent.storage.tables.archive import DetachedReceipt
from consent.storage.tables.receipts import ENDING, Receipt, ReceiptPersonal
from consent.storage.tables.sites import Site

MAX_MONTHS = 600
MIN_ACCOUNT_MONTHS = 13
"""How long a grant is valid: an account can't be deleted earlier."""
ReceiptTable = type[Receipt] | type[DetachedReceipt]
RECEIPT_TABLES: tuple[ReceiptTable, ...] = (DetachedReceipt, Receipt)
"""Where receipts are stored; those of detached months are older."""


class Due(NamedTuple):
    """What a prune would erase: number of receipts and time span; `exempt` are due too, but held or restricted.

    Times are unix seconds, None if nothing is due.
    """

    receipts: int
    exempt: int
    oldest: int | None
    newest: int | None


def months_of(transaction: Transaction, site_id: int) -> int:
    """Return how many months after expiry or withdrawal the site keeps receipts."""
    return int(transaction.execute(select(Site.retention_months).where(Site.id == site_id)).scalar_one())


def set_months(transaction: Transaction, site_id: int, months: int) -> None:
    """Set how many months after expiry or withdrawal receipts are kept. Raises ValueError unless 1 to 600."""
    if not 1 <= months <= MAX_MONTHS:
        raise ValueError(f"a receipt is stored for 1 to {MAX_MONTHS} months")
    transaction.execute(update(Site).where(Site.id == site_id).values(retention_months=months))


class ForgettingRealm(NamedTuple):
    """Sites that delete accounts not seen for `account_months`; `key` is the site's key or a shared realm."""

    key: str
    site_ids: tuple[int, ...]
    account_months: int


def account_months_of(transaction: Transaction, site_id: int) -> int | None:
    """Return how many months after it was last seen the site deletes an account; None for never."""
    return transaction.execute(select(Site.account_months).where(Site.id == site_id)).scalar_one()


def set_account_months(transaction: Transaction, site_id: int, months: int | None) -> None:
    """Set after how many unseen months accounts are deleted, or None for never. Raises ValueError unless 13 to 600."""
    if months is not None and not MIN_ACCOUNT_MONTHS <= months <= MAX_MONTHS:
        raise ValueError(f"an account is kept for {MIN_ACCOUNT_MONTHS} to {MAX_MONTHS} months after it was last seen")
    transaction.execute(update(Site).where(Site.id == site_id).values(account_months=months))


def forgetting_accounts(transaction: Transaction) -> list[ForgettingRealm]:
    """Return realms whose sites all delete unseen accounts; of several periods, the longest applies."""
    rows = transaction.execute(select(Site.id, Site.key, Site.realm, Site.account_months).order_by(Site.id)).all()
    realms: dict[str, list[tuple[int, int | None]]] = {}
    for row in rows:
        realms.setdefault(row.realm or row.key, []).append((row.id, row.account_months))
    forgetting = []
    for key, sites in realms.items():
        months = [one for _, one in sites if one is not None]
        if len(months) == len(sites):
            forgetting.append(ForgettingRealm(key, tuple(site for site, _ in sites), max(months)))
    return forgetting


def prunes_automatically(transaction: Transaction, site_id: int) -> bool:
    """Return whether the service automatically erases receipts past their retention."""
    return bool(transaction.execute(select(Site.prunes_automatically).where(Site.id == site_id)).scalar_one())


def set_prunes_automatically(transaction: Transaction, site_id: int, wanted: bool) -> None:
    """Enable or disable the automatic daily erasure of expired receipts."""
    transaction.execute(update(Site).where(Site.id == site_id).values(prunes_automatically=wanted))


class KeptReceipts(NamedTuple):
    """How many receipts a site keeps, and when the last consent among them ends, in unix seconds."""

    receipts: int
    last_end: int | None


def kept(transaction: Transaction, site_id: int) -> KeptReceipts:
    """Return what a site keeps, including detached but not erased receipts."""
    number, ends = 0, list[int]()
    for table in RECEIPT_TABLES:
        end = func.coalesce(Receipt.expires, Receipt.time) if table is Receipt else DetachedReceipt.ends_at
        query = select(func.count(), func.max(end)).where(table.site_id == site_id, table.erased.is_(False))
        count, last = transaction.execute(query).one()
        number += count
        ends += [last] if last is not None else []
    return KeptReceipts(number, max(ends, default=None))


def preview(transaction: Transaction, site_id: int, now: int, months: int | None = None) -> Due:
    """Return what a prune at `now` would erase if receipts were kept for `months`, by default the site's setting."""
    exempt, end = _exempt(transaction, site_id), end_of(transaction, site_id, now, months)
    number = everything = 0
    times: list[int] = []
    for table in RECEIPT_TABLES:
        free = and_(*exempt.none_of_them(table))
        columns = (func.count(), func.count().filter(free), func.min(table.time).filter(free))
        query = select(*columns, func.max(table.time).filter(free)).where(*_expired(table, site_id, end))
        whole, count, *span = transaction.execute(query).one()
        everything, number = everything + whole, number + count
        times += [time for time in span if time is not None]
    back = _withdrawn(transaction, site_id, end)
    theirs = [time for receipt, time in back if not exempt.has(receipt, time)]
    number, everything, times = number + len(theirs), everything + len(back), times + theirs
    return Due(number, everything - number, min(times, default=None), max(times, default=None))


def expired(transaction: Transaction, site_id: int, now: int, limit: int) -> list[str]:
    """Return the ids of up to `limit` receipts that expired too long ago, oldest first, without exempt ones."""
    exempt, end = _exempt(transaction, site_id), end_of(transaction, site_id, now)
    ids: list[str] = []
    for table in RECEIPT_TABLES:
        query = select(table.id).where(*_expired(table, site_id, end), *exempt.none_of_them(table))
        ids += transaction.execute(query.order_by(table.time, table.id).limit(limit - len(ids))).scalars()
    return ids


def withdrawn_ids(transaction: Transaction, site_id: int, now: int) -> list[str]:
    """Return the ids of receipts whose consent was withdrawn too long ago but expires later, including exempt ones."""
    return [receipt for receipt, _ in _withdrawn(transaction, site_id, end_of(transaction, site_id, now))]


def without_exempt(transaction: Transaction, site_id: int, receipt_ids: Sequence[str]) -> list[str]:
    """Return those of `receipt_ids` that are neither held nor restricted."""
    exempt = _exempt(transaction, site_id)
    times = times_of(transaction, site_id, receipt_ids)
    return [receipt for receipt in receipt_ids if receipt in times and not exempt.has(receipt, times[receipt])]


class _Exempt(NamedTuple):
    """Receipts that no prune touches, by id or by period."""

    ids: frozenset[str]
    spans: list[Span]

    def none_of_them(self, table: ReceiptTable) -> list[ColumnElement[bool]]:
        """Return the conditions under which a receipt of `table` may be pruned."""
        outside = [or_(table.time < since, table.time >= until) for since, until in self.spans]
        return [table.id.not_in(self.ids), *outside]

    def has(self, receipt: str, time: int) -> bool:
        """Return whether a receipt is exempt."""
        return receipt in self.ids or any(since <= time < until for since, until in self.spans)


def _exempt(transaction: Transaction, site_id: int) -> _Exempt:
    ids = marked(transaction, site_id, HOLD) | marked(transaction, site_id, RESTRICTION)
    return _Exempt(ids, hold_spans(transaction, site_id))


def end_of(transaction: Transaction, site_id: int, now: int, months: int | None = None) -> int:
    """Return the unix time before which a consent must have ended for its receipt to be due at `now`."""
    return add_months(now // DAY_SECONDS, -(months or months_of(transaction, site_id))) * DAY_SECONDS


def _expired(table: ReceiptTable, site_id: int, end: int) -> list[ColumnElement[bool]]:
    # The condition on `time` lets PostgreSQL skip later months: no consent ends before it is given.
    matching = [table.site_id == site_id, table.erased.is_(False), table.time < end]
    ends = func.coalesce(Receipt.expires, Receipt.time) if table is Receipt else DetachedReceipt.ends_at
    return [*matching, ends < end]


def _withdrawn(transaction: Transaction, site_id: int, end: int) -> list[tuple[str, int]]:
    """Return id and time of receipts whose consent was withdrawn before `end` but expires later."""
    previous = union_all(*(_withdrawn_ids(table, site_id, end) for table in RECEIPT_TABLES))
    receipts: list[tuple[str, int]] = []
    for table in RECEIPT_TABLES:
        ends = Receipt.expires if table is Receipt else DetachedReceipt.ends_at
        matching = (table.site_id == site_id, table.erased.is_(False), table.time < end, ends >= end)
        query = select(table.id, table.time).where(*matching, table.id.in_(previous))
        receipts += [(row.id, row.time) for row in transaction.execute(query)]
    return receipts


def _withdrawn_ids(table: ReceiptTable, site_id: int, end: int) -> Select[str | None]:
    """Return a query for the ids of receipts that those of `table` withdrew before `end`."""
    later: Any = aliased(table)
    theirs = (ReceiptPersonal.time == later.time, ReceiptPersonal.receipt_id == later.id)
    # A list of ids: in a join, SQLite would read all personal parts for each receipt.
    return (
        select(ReceiptPersonal.previous)
        .join(later, and_(*theirs))
        .where(later.site_id == site_id, later.time < end)
        .where(later.action.in_(ENDING) if table is Receipt else later.is_ending)
        .where(ReceiptPersonal.previous.is_not(None), ReceiptPersonal.time < end)
    )
