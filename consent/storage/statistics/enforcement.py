"""Counts of sampled page views: how many there were, and in how many a disallowed vendor was contacted."""

from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import TextClause, delete, func, select, text

from consent.storage.database.base import Transaction
from consent.storage.tables.statistics import AskedCount, EnforcementDay, ViewCount

HOURS = 24
MAX_DAYS = 400


class View(NamedTuple):
    """The key of a page view count: site, hour since 1970-01-01 UTC, and what the visitor had chosen."""

    site_id: int
    hour: int
    state: str


class Asked(NamedTuple):
    """The key of a count of disallowed contacts with a vendor, on the site's own host or the vendor's, by page."""

    site_id: int
    hour: int
    vendor: str
    state: str
    is_own: bool
    page: str


class Views(NamedTuple):
    """The number of sampled page views, and of those with a disallowed contact."""

    views: int
    asked: int


class Page(NamedTuple):
    """A page on which a vendor was contacted: the hour of the first time, and in how many page views."""

    page: str
    hour: int
    views: int


def add_views(transaction: Transaction, views: Mapping[View, Views], asked: Mapping[Asked, int]) -> None:
    """Add the counts that a node has gathered."""
    # Sorted, so that two nodes adding the same counts wait for each other instead of deadlocking.
    rows = [{**key._asdict(), **views[key]._asdict()} for key in sorted(views)]
    if rows:
        transaction.execute(_ADD_VIEWS, rows)
    if counted := [{**key._asdict(), "views": asked[key]} for key in sorted(asked)]:
        transaction.execute(_ADD_ASKED, counted)


def views_by_day(transaction: Transaction, site_id: int, first_day: int, last_day: int) -> dict[tuple[int, str], Views]:
    """Return the sampled page views by day and state; days are since 1970-01-01 UTC, both included."""
    day = ViewCount.hour // HOURS
    query = select(day, ViewCount.state, func.sum(ViewCount.views), func.sum(ViewCount.asked)).where(
        ViewCount.site_id == site_id, ViewCount.hour.between(first_day * HOURS, last_day * HOURS + HOURS - 1)
    )
    rows = transaction.execute(query.group_by(day, ViewCount.state))
    return {(int(number), state): Views(int(views), int(asked)) for number, state, views, asked in rows}


def asked_vendors(
    transaction: Transaction, site_id: int, first_day: int, last_day: int
) -> dict[tuple[str, str, bool], int]:
    """Return how many page views contacted each vendor, by vendor, state and whether on the site's own host."""
    columns = (AskedCount.vendor, AskedCount.state, AskedCount.is_own)
    query = select(*columns, func.sum(AskedCount.views)).where(
        AskedCount.site_id == site_id, AskedCount.hour.between(first_day * HOURS, last_day * HOURS + HOURS - 1)
    )
    rows = transaction.execute(query.group_by(*columns))
    return {(vendor, state, bool(is_own)): int(views) for vendor, state, is_own, views in rows}


def first_pages(
    transaction: Transaction, site_id: int, vendor: str, first_day: int, last_day: int, limit: int
) -> list[Page]:
    """Return the pages on which a vendor was contacted, earliest first occurrence first."""
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
    """Return the ids of sites with a page view that contacted a disallowed vendor in these days."""
    hours = AskedCount.hour.between(first_day * HOURS, last_day * HOURS + HOURS - 1)
    return set(transaction.execute(select(AskedCount.site_id).where(hours).distinct()).scalars())


def claim_day(transaction: Transaction, site_id: int, day: int, now: int) -> bool:
    """Record that a site's day is being signed; return whether this is the first time."""
    done = transaction.execute(_CLAIM, {"site_id": site_id, "day": day, "signed_at": now})
    return bool(done.rowcount)  # type: ignore[attr-defined]


def signed_days(transaction: Transaction, site_id: int, first_day: int) -> set[int]:
    """Return a site's signed days from `first_day` on."""
    query = select(EnforcementDay.day).where(EnforcementDay.site_id == site_id, EnforcementDay.day >= first_day)
    return set(transaction.execute(query).scalars())


def delete_before(transaction: Transaction, day: int) -> None:
    """Delete the counts from before a day; what was signed stays in the log."""
    transaction.execute(delete(ViewCount).where(ViewCount.hour < day * HOURS))
    transaction.execute(delete(AskedCount).where(AskedCount.hour < day * HOURS))


def _upsert(table: str, keys: tuple[str, ...], counts: tuple[str, ...]) -> TextClause:
    names = ", ".join((*keys, *counts))
    values = ", ".join(f":{name}" for name in (*keys, *counts))
    sums = ", ".join(f"{name} = {table}.{name} + excluded.{name}" for name in counts)
    return text(
        f"INSERT INTO {table} ({names}) VALUES ({values})"  # noqa: S608 - only the names above
        f" ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {sums}"
    )


_ADD_VIEWS = _upsert("view_count", View._fields, Views._fields)
_ADD_ASKED = _upsert("asked_count", Asked._fields, ("views",))
_CLAIM = text(
    "INSERT INTO enforcement_day (site_id, day, signed_at) VALUES (:site_id, :day, :signed_at)"
    " ON CONFLICT (site_id, day) DO NOTHING"
)
