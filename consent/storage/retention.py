"""How long receipts are kept: so many months after the expiry or withdrawal of what they record."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, and_, func, select, update
from sqlalchemy.orm import aliased

from consent.core.days import add_months
from consent.storage.base import Transaction
from consent.storage.marks import HOLD, RESTRICTION, marked
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


def preview(transaction: Transaction, site_id: int, now: int) -> Due:
    """Tell what a prune at `now` would erase."""
    exempt, end = _exempt(transaction, site_id), _end(transaction, site_id, now)
    columns = (func.count(), func.min(Receipt.time), func.max(Receipt.time))
    expired = _expired(site_id, end)
    count, *span = transaction.execute(select(*columns).where(*expired, Receipt.id.not_in(exempt))).one()
    kept = transaction.execute(select(func.count()).where(*expired, Receipt.id.in_(exempt))).scalar_one()
    back = transaction.execute(_taken_back(site_id, end)).all()
    times = [time for time in span if time is not None] + [row.time for row in back if row.id not in exempt]
    kept += sum(row.id in exempt for row in back)
    due = count + sum(row.id not in exempt for row in back)
    return Due(due, kept, min(times, default=None), max(times, default=None))


def expired(transaction: Transaction, site_id: int, now: int, limit: int) -> list[str]:
    """Return the ids of up to `limit` receipts that expired too long ago, oldest first; never exempt ones."""
    due = _expired(site_id, _end(transaction, site_id, now))
    query = select(Receipt.id).where(*due, Receipt.id.not_in(_exempt(transaction, site_id)))
    return list(transaction.execute(query.order_by(Receipt.time, Receipt.id).limit(limit)).scalars())


def taken_back(transaction: Transaction, site_id: int, now: int) -> list[str]:
    """Return the ids of all receipts that did not expire so long ago but were taken back; exempt ones too."""
    return [row.id for row in transaction.execute(_taken_back(site_id, _end(transaction, site_id, now)))]


def without_exempt(transaction: Transaction, site_id: int, receipt_ids: Sequence[str]) -> list[str]:
    """Return those of `receipt_ids` that are neither held nor restricted."""
    exempt = _exempt(transaction, site_id)
    return [receipt for receipt in receipt_ids if receipt not in exempt]


def _exempt(transaction: Transaction, site_id: int) -> frozenset[str]:
    return marked(transaction, site_id, HOLD) | marked(transaction, site_id, RESTRICTION)


def _end(transaction: Transaction, site_id: int, now: int) -> int:
    """Return the unix time before which a consent must have ended for its receipt to be due at `now`."""
    return add_months(now // DAY_S, -months_of(transaction, site_id)) * DAY_S


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
