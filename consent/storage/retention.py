"""How long receipts are kept: so many months after the expiry or withdrawal of what they record."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, union_all, update
from sqlalchemy.orm import aliased

from consent.core.days import add_months
from consent.storage.base import Transaction
from consent.storage.marks import HOLD, RESTRICTION, Span, held_spans, marked
from consent.storage.models import DetachedReceipt, Receipt, ReceiptPersonal, Site
from consent.storage.receipt_models import ENDING
from consent.storage.subjects import times_of

DAY_S = 86400
LONGEST_MONTHS = 600
Kept = type[Receipt] | type[DetachedReceipt]
KEPT_IN: tuple[Kept, ...] = (DetachedReceipt, Receipt)
"""Where receipts are kept; those of detached months are the older ones."""


class Due(NamedTuple):
    """What a prune would erase: how many receipts, from when; `exempt` are due too, but held or restricted.

    Times are unix seconds, None where nothing is due.
    """

    receipts: int
    exempt: int
    oldest: int | None
    newest: int | None


def months_of(transaction: Transaction, site_id: int) -> int:
    """Return for how many months after expiry or withdrawal the site keeps its receipts."""
    return int(transaction.execute(select(Site.retention_months).where(Site.id == site_id)).scalar_one())


def set_months(transaction: Transaction, site_id: int, months: int) -> None:
    """Have the site keep its receipts for `months` after expiry or withdrawal, 1 to 600."""
    if not 1 <= months <= LONGEST_MONTHS:
        raise ValueError(f"a receipt is kept for 1 to {LONGEST_MONTHS} months")
    transaction.execute(update(Site).where(Site.id == site_id).values(retention_months=months))


def prunes_itself(transaction: Transaction, site_id: int) -> bool:
    """Tell whether the service erases by itself what the site kept for its time."""
    return bool(transaction.execute(select(Site.prunes_itself).where(Site.id == site_id)).scalar_one())


def set_prunes_itself(transaction: Transaction, site_id: int, wanted: bool) -> None:
    """Have the service erase by itself, once a day, what the site kept for its time, or not."""
    transaction.execute(update(Site).where(Site.id == site_id).values(prunes_itself=wanted))


def preview(transaction: Transaction, site_id: int, now: int, months: int | None = None) -> Due:
    """Tell what a prune at `now` would erase if receipts were kept for `months`, by default as the site has set."""
    exempt, end = _exempt(transaction, site_id), end_of(transaction, site_id, now, months)
    number = everything = 0
    times: list[int] = []
    for table in KEPT_IN:
        free = and_(*exempt.none_of_them(table))
        columns = (func.count(), func.count().filter(free), func.min(table.time).filter(free))
        query = select(*columns, func.max(table.time).filter(free)).where(*_expired(table, site_id, end))
        whole, count, *span = transaction.execute(query).one()
        everything, number = everything + whole, number + count
        times += [time for time in span if time is not None]
    back = _taken_back(transaction, site_id, end)
    theirs = [time for receipt, time in back if not exempt.has(receipt, time)]
    number, everything, times = number + len(theirs), everything + len(back), times + theirs
    return Due(number, everything - number, min(times, default=None), max(times, default=None))


def expired(transaction: Transaction, site_id: int, now: int, limit: int) -> list[str]:
    """Return the ids of up to `limit` receipts that expired too long ago, oldest first; never exempt ones."""
    exempt, end = _exempt(transaction, site_id), end_of(transaction, site_id, now)
    found: list[str] = []
    for table in KEPT_IN:
        query = select(table.id).where(*_expired(table, site_id, end), *exempt.none_of_them(table))
        found += transaction.execute(query.order_by(table.time, table.id).limit(limit - len(found))).scalars()
    return found


def taken_back(transaction: Transaction, site_id: int, now: int) -> list[str]:
    """Return the ids of all receipts that did not expire so long ago but were taken back; exempt ones too."""
    return [receipt for receipt, _ in _taken_back(transaction, site_id, end_of(transaction, site_id, now))]


def without_exempt(transaction: Transaction, site_id: int, receipt_ids: Sequence[str]) -> list[str]:
    """Return those of `receipt_ids` that are neither held nor restricted."""
    exempt = _exempt(transaction, site_id)
    times = times_of(transaction, site_id, receipt_ids)
    return [receipt for receipt in receipt_ids if receipt in times and not exempt.has(receipt, times[receipt])]


class _Exempt(NamedTuple):
    """What no prune touches: receipts by their id, and all of some times."""

    ids: frozenset[str]
    spans: list[Span]

    def none_of_them(self, table: Kept) -> list[ColumnElement[bool]]:
        """Return the conditions that a receipt of `table` must fulfil to be pruned."""
        outside = [or_(table.time < since, table.time >= until) for since, until in self.spans]
        return [table.id.not_in(self.ids), *outside]

    def has(self, receipt: str, time: int) -> bool:
        """Tell whether a receipt is exempt."""
        return receipt in self.ids or any(since <= time < until for since, until in self.spans)


def _exempt(transaction: Transaction, site_id: int) -> _Exempt:
    ids = marked(transaction, site_id, HOLD) | marked(transaction, site_id, RESTRICTION)
    return _Exempt(ids, held_spans(transaction, site_id))


def end_of(transaction: Transaction, site_id: int, now: int, months: int | None = None) -> int:
    """Return the unix time before which a consent must have ended for its receipt to be due at `now`."""
    return add_months(now // DAY_S, -(months or months_of(transaction, site_id))) * DAY_S


def _expired(table: Kept, site_id: int, end: int) -> list[ColumnElement[bool]]:
    # The time alone lets PostgreSQL leave out the months after it: nothing ends before it was made.
    mine = [table.site_id == site_id, table.erased.is_(False), table.time < end]
    ends = func.coalesce(Receipt.expires, Receipt.time) if table is Receipt else DetachedReceipt.ends
    return [*mine, ends < end]


def _taken_back(transaction: Transaction, site_id: int, end: int) -> list[tuple[str, int]]:
    """Return id and time of receipts that expired later, but whose visitor took them back before `end`."""
    previous = union_all(*(_previous(table, site_id, end) for table in KEPT_IN))
    found: list[tuple[str, int]] = []
    for table in KEPT_IN:
        ends = Receipt.expires if table is Receipt else DetachedReceipt.ends
        mine = (table.site_id == site_id, table.erased.is_(False), table.time < end, ends >= end)
        query = select(table.id, table.time).where(*mine, table.id.in_(previous))
        found += [(row.id, row.time) for row in transaction.execute(query)]
    return found


def _previous(table: Kept, site_id: int, end: int) -> Select[str | None]:
    """Select the ids of receipts that those of `table` took back before `end`."""
    later: Any = aliased(table)
    theirs = (ReceiptPersonal.time == later.time, ReceiptPersonal.receipt_id == later.id)
    # As a list of ids: SQLite would look through all personal parts for each receipt to join them.
    return (
        select(ReceiptPersonal.previous)
        .join(later, and_(*theirs))
        .where(later.site_id == site_id, later.time < end)
        .where(later.action.in_(ENDING) if table is Receipt else later.is_ending)
        .where(ReceiptPersonal.previous.is_not(None), ReceiptPersonal.time < end)
    )
