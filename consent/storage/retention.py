"""How long receipts are kept: so many months after the expiry or withdrawal of what they record."""

from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, update
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
    due = _due(transaction, site_id, now)
    every = transaction.execute(select(func.count()).where(*due)).scalar_one()
    columns = (func.count(), func.min(Receipt.time), func.max(Receipt.time))
    query = select(*columns).where(*due, Receipt.id.not_in(_exempt(transaction, site_id)))
    count, oldest, newest = transaction.execute(query).one()
    return Due(count, every - count, oldest, newest)


def next_due(transaction: Transaction, site_id: int, now: int, limit: int) -> list[str]:
    """Return the ids of up to `limit` receipts whose time is over at `now`, oldest first; never exempt ones."""
    due = (*_due(transaction, site_id, now), Receipt.id.not_in(_exempt(transaction, site_id)))
    query = select(Receipt.id).where(*due).order_by(Receipt.time, Receipt.id).limit(limit)
    return list(transaction.execute(query).scalars())


def _exempt(transaction: Transaction, site_id: int) -> frozenset[str]:
    return marked(transaction, site_id, HOLD) | marked(transaction, site_id, RESTRICTION)


def _due(transaction: Transaction, site_id: int, now: int) -> list[ColumnElement[bool]]:
    end = add_months(now // DAY_S, -months_of(transaction, site_id)) * DAY_S
    expired = func.coalesce(Receipt.expires, Receipt.time) < end
    # The time alone lets PostgreSQL leave out the months after it: nothing ends before it was made.
    mine = [Receipt.site_id == site_id, Receipt.erased.is_(False), Receipt.time < end]
    return [*mine, or_(expired, Receipt.id.in_(_ended_before(site_id, end)))]


def _ended_before(site_id: int, end: int) -> Select[Any]:
    """Select the ids of receipts whose consent a later receipt of the same visitor took back before `end`."""
    later = aliased(Receipt)
    theirs = (ReceiptPersonal.time == later.time, ReceiptPersonal.receipt_id == later.id)
    return (
        select(ReceiptPersonal.previous)
        .join(later, and_(*theirs))
        .where(later.site_id == site_id, later.time < end, later.action.in_(ENDING))
        .where(ReceiptPersonal.previous.is_not(None), ReceiptPersonal.time < end)
    )
