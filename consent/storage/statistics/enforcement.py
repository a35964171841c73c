"""Counts of page views that browsers sampled: how many, and in which something was asked that may not be."""

from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import TextClause, delete, func, select, text

from consent.storage.database.base import Transaction
from consent.storage.tables.statistics import AskedCount, EnforcementDay, ViewCount

HOURS = 24
MAX_DAYS = 400


class View(NamedTuple):
    """A page view as it is counted: site, hour since 1970-01-01 UTC, and what the visitor had said."""

    site_id: int
    hour: int
    state: str


class Asked(NamedTuple):
    """A vendor that a page view asked although it may not, on the own host or its own, on a page."""

    site_id: int
    hour: int
    vendor: str
    state: str
    is_own: bool
    page: str


class Views(NamedTuple):
    """Page views that were sampled, and those of them that asked something."""

    views: int
    asked: int


class Page(NamedTuple):
    """A page on which a vendor was asked: the hour of the first time, and in how many page views."""

    page: str
    hour: int
    views: int


def add_views(transaction: Transaction, views: Mapping[View, Views], asked: Mapping[Asked, int]) -> None:
    """Add what a node has gathered to what is there."""
    # Sorted, so that two nodes which add the same ones wait for each other in line and not in a circle.
    rows = [{**key._asdict(), **views[key]._asdict()} for key in sorted(views)]
    if rows:
        transaction.execute(_ADD_VIEWS, rows)
    if counted := [{**key._asdict(), "views": asked[key]} for key in sorted(asked)]:
        transaction.execute(_ADD_ASKED, counted)


def views_by_day(transaction: Transaction, site_id: int, first_day: int, last_day: int) -> dict[tuple[int, str], Views]:
    """Return the sampled page views of each day and state; days since 1970-01-01 UTC, both included."""
    day = ViewCount.hour // HOURS
    query = select(day, ViewCount.state, func.sum(ViewCount.views), func.sum(ViewCount.asked)).where(
        ViewCount.site_id == site_id, ViewCount.hour.between(first_day * HOURS, last_day * HOURS + HOURS - 1)
    )
    rows = transaction.execute(query.group_by(day, ViewCount.state))
    return {(int(number), state): Views(int(views), int(asked)) for number, state, views, asked in rows}


def asked_vendors(
    transaction: Transaction, site_id: int, first_day: int, last_day: int
) -> dict[tuple[str, str, bool], int]:
    """Return in how many page views each vendor was asked, by vendor, state and whether it was on the own host."""
    columns = (AskedCount.vendor, AskedCount.state, AskedCount.is_own)
    query = select(*columns, func.sum(AskedCount.views)).where(
        AskedCount.site_id == site_id, AskedCount.hour.between(first_day * HOURS, last_day * HOURS + HOURS - 1)
    )
    rows = transaction.execute(query.group_by(*columns))
    return {(vendor, state, bool(is_own)): int(views) for vendor, state, is_own, views in rows}


def first_pages(
    transaction: Transaction, site_id: int, vendor: str, first_day: int, last_day: int, limit: int
) -> list[Page]:
    """Return the pages on which a vendor was asked, those where it happened first at the top."""
    first = func.min(AskedCount.hour)
    query = select(AskedCount.page, first, func.sum(AskedCount.views)).where(
        AskedCount.site_id == site_id,
        AskedCount.vendor == vendor,
        AskedCount.hour.between(first_day * HOURS, last_day * HOURS + HOURS - 1),
    )
    order = (first, func.sum(AskedCount.views).desc(), AskedCount.page)
    rows = transaction.execute(query.group_by(AskedCount.page).order_by(*order).limit(limit))
    return [Page(page, int(hour), int(views)) for page, hour, views in rows]


def sites_that_asked(transaction: Transaction, first_day: int, last_day: int) -> set[int]:
    """Return the sites of which a page view has asked something in these days."""
    hours = AskedCount.hour.between(first_day * HOURS, last_day * HOURS + HOURS - 1)
    return set(transaction.execute(select(AskedCount.site_id).where(hours).distinct()).scalars())


def claim_day(transaction: Transaction, site_id: int, day: int, now: int) -> bool:
    """Record that a day of a site is signed; return whether this is the first time."""
    done = transaction.execute(_CLAIM, {"site_id": site_id, "day": day, "signed_at": now})
    return bool(done.rowcount)  # type: ignore[attr-defined]


def signed_days(transaction: Transaction, site_id: int, first_day: int) -> set[int]:
    """Return the days of a site from `first_day` on that were signed."""
    query = select(EnforcementDay.day).where(EnforcementDay.site_id == site_id, EnforcementDay.day >= first_day)
    return set(transaction.execute(query).scalars())


def delete_before(transaction: Transaction, day: int) -> None:
    """Delete the counts of before a day: what was signed stays in the log."""
    transaction.execute(delete(ViewCount).where(ViewCount.hour < day * HOURS))
    transaction.execute(delete(AskedCount).where(AskedCount.hour < day * HOURS))


def _adding(table: str, keys: tuple[str, ...], counts: tuple[str, ...]) -> TextClause:
    names = ", ".join((*keys, *counts))
    values = ", ".join(f":{name}" for name in (*keys, *counts))
    sums = ", ".join(f"{name} = {table}.{name} + excluded.{name}" for name in counts)
    return text(
        f"INSERT INTO {table} ({names}) VALUES ({values})"  # noqa: S608 - of the names above alone
        f" ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {sums}"
    )


_ADD_VIEWS = _adding("view_count", View._fields, Views._fields)
_ADD_ASKED = _adding("asked_count", Asked._fields, ("views",))
_CLAIM = text(
    "INSERT INTO enforcement_day (site_id, day, signed_at) VALUES (:site_id, :day, :signed_at)"
    " ON CONFLICT (site_id, day) DO NOTHING"
)
