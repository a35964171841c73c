"""How long receipts are kept: so many months after the expiry or withdrawal of what they record."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, update
from sqlalchemy.orm import aliased

from consent.core.days import add_months
from consent.storage.base import Transaction
from consent.storage.marks import HOLD, RESTRICTION, Span, held_spans, marked
from consent.storage.models import Receipt, ReceiptPersonal, Site

DAY_S = 86400
LONGEST_MONTHS = 600
ENDING = ("withdraw", "reject_all", "opt_out", "object")
"""Actions that end the consent of the receipt before."""


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
    columns = (func.count(), func.min(Receipt.time), func.max(Receipt.time))
    expired = _expired(site_id, end)
    count, *span = transaction.execute(select(*columns).where(*expired, *exempt.none_of_them)).one()
    kept = transaction.execute(select(func.count()).where(*expired)).scalar_one() - count
    back = transaction.execute(_taken_back(site_id, end)).all()
    free = [row.time for row in back if not exempt.has(row.id, row.time)]
    times = [time for time in span if time is not None] + free
    return Due(count + len(free), kept + len(back) - len(free), min(times, default=None), max(times, default=None))


def expired(transaction: Transaction, site_id: int, now: int, limit: int) -> list[str]:
    """Return the ids of up to `limit` receipts that expired too long ago, oldest first; never exempt ones."""
    due = _expired(site_id, end_of(transaction, site_id, now))
    query = select(Receipt.id).where(*due, *_exempt(transaction, site_id).none_of_them)
    return list(transaction.execute(query.order_by(Receipt.time, Receipt.id).limit(limit)).scalars())


def taken_back(transaction: Transaction, site_id: int, now: int) -> list[str]:
    """Return the ids of all receipts that did not expire so long ago but were taken back; exempt ones too."""
    return [row.id for row in transaction.execute(_taken_back(site_id, end_of(transaction, site_id, now)))]


def without_exempt(transaction: Transaction, site_id: int, receipt_ids: Sequence[str]) -> list[str]:
    """Return those of `receipt_ids` that are neither held nor restricted."""
    exempt = _exempt(transaction, site_id)
    times = select(Receipt.id, Receipt.time).where(Receipt.site_id == site_id, Receipt.id.in_(receipt_ids))
    found = {row.id for row in transaction.execute(times) if not exempt.has(row.id, row.time)}
    return [receipt for receipt in receipt_ids if receipt in found]


class _Exempt(NamedTuple):
    """What no prune touches: receipts by their id, and all of some times."""

    ids: frozenset[str]
    spans: list[Span]

    @property
    def none_of_them(self) -> list[ColumnElement[bool]]:
        """Return the conditions that a receipt must fulfil to be pruned."""
        outside = [or_(Receipt.time < since, Receipt.time >= until) for since, until in self.spans]
        return [Receipt.id.not_in(self.ids), *outside]

    def has(self, receipt: str, time: int) -> bool:
        """Tell whether a receipt is exempt."""
        return receipt in self.ids or any(since <= time < until for since, until in self.spans)


def _exempt(transaction: Transaction, site_id: int) -> _Exempt:
    ids = marked(transaction, site_id, HOLD) | marked(transaction, site_id, RESTRICTION)
    return _Exempt(ids, held_spans(transaction, site_id))


def end_of(transaction: Transaction, site_id: int, now: int, months: int | None = None) -> int:
    """Return the unix time before which a consent must have ended for its receipt to be due at `now`."""
    return add_months(now // DAY_S, -(months or months_of(transaction, site_id))) * DAY_S


def _expired(site_id: int, end: int) -> list[ColumnElement[bool]]:
    # The time alone lets PostgreSQL leave out the months after it: nothing ends before it was made.
    mine = [Receipt.site_id == site_id, Receipt.erased.is_(False), Receipt.time < end]
    return [*mine, func.coalesce(Receipt.expires, Receipt.time) < end]


def _taken_back(site_id: int, end: int) -> Select[str, int]:
    """Select id and time of receipts that expired later, but whose visitor took them back before `end`."""
    later = aliased(Receipt)
    theirs = (ReceiptPersonal.time == later.time, ReceiptPersonal.receipt_id == later.id)
    # As a list of ids: SQLite would look through all personal parts for each receipt to join them.
    previous = (
        select(ReceiptPersonal.previous)
        .join(later, and_(*theirs))
        .where(later.site_id == site_id, later.time < end, later.action.in_(ENDING))
        .where(ReceiptPersonal.previous.is_not(None), ReceiptPersonal.time < end)
    )
    mine = (Receipt.site_id == site_id, Receipt.erased.is_(False), Receipt.time < end, Receipt.expires >= end)
    return select(Receipt.id, Receipt.time).where(*mine, Receipt.id.in_(previous))
