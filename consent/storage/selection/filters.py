"""Receipt search filters as SQL for both databases: newest first, in consecutive time spans.

The spans keep PostgreSQL from planning many partitions at once.
"""

import time
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Integer, Select, bindparam, literal_column, select, tuple_

from consent.storage.database.partitions import FIRST, LAST, month_of, start_of
from consent.storage.tables.receipts import Receipt, ReceiptPersonal

STATES: dict[str, bool | None] = {"granted": True, "refused": False, "none": None}
"""The states of a group in `groups`: `none` if the choice doesn't mention it. Vendors have only the first two."""

RESTRICTED = ("exclude", "include", "only")
UNKNOWN = "unknown"
"""As a country: receipts whose place wasn't known."""

SPANS = (0, 3, 12)
"""How many months before the newest one the first search spans start; the last span is unbounded."""
_FIRST, _END = (bindparam(name, type_=BigInteger) for name in ("first", "end"))
_LIMIT = bindparam("most", type_=Integer)
VISITOR = (
    # A correlated subquery: with a join, the planner would read whole months. The time bounds exclude other partitions.
    select(ReceiptPersonal.visitor)
    .where(ReceiptPersonal.time == Receipt.time, ReceiptPersonal.receipt_id == Receipt.id)
    .where(ReceiptPersonal.time >= _FIRST, ReceiptPersonal.time < _END)
    .scalar_subquery()
)
"""The visitor of a receipt, as a column of the `found` that `queries` takes."""

_EQUAL_COLUMNS = ("subdivision", "regime", "action", "method", "config", "language", "origin_checked")


@dataclass(frozen=True, slots=True)
class Filters:
    """A search; fields that are None or empty don't restrict it.

    `since` (inclusive) and `until` (exclusive) are unix seconds. `groups` and `vendors` map a group or vendor id to one
    of `STATES`; a vendor matches only where it was chosen separately from its group. `signal` is `gpc` or `dnt`.
    `age_band` is one of `AGE_BANDS`, or `unknown`.

    `restricted` is one of `RESTRICTED`: whether receipts whose use is restricted are excluded, included or the only
    ones. `erased` includes receipts of which only the hash is left; they match no filters other than time.
    """

    since: int | None = None
    until: int | None = None
    country: str | None = None
    subdivision: str | None = None
    regime: str | None = None
    action: str | None = None
    method: str | None = None
    config: str | None = None
    visitor: str | None = None
    language: str | None = None
    signal: str | None = None
    origin_checked: bool | None = None
    age_band: str | None = None
    restricted: str = "exclude"
    erased: bool = False
    groups: Mapping[str, str] = field(default_factory=dict)
    vendors: Mapping[str, str] = field(default_factory=dict)


def limited_until(filters: Filters, until: int) -> Filters:
    """Return `filters` limited to times before `until`.

    The result has a single upper bound: given several, SQLite seeks by the first and scans everything in between.
    """
    return filters if filters.until is not None and filters.until <= until else replace(filters, until=until)


def conditions(site_id: int, filters: Filters, restricted: Collection[str]) -> Iterator[ColumnElement[bool]]:
    """Yield the conditions that a receipt of the site must meet.

    `restricted` are the ids of receipts whose use is restricted.
    """
    yield Receipt.site_id == site_id
    if replace(filters, since=None, until=None, restricted="exclude") != Filters(erased=True):
        yield Receipt.erased.is_(False)
    if filters.restricted == "only":
        yield Receipt.id.in_(restricted)
    elif filters.restricted == "exclude" and restricted:
        yield Receipt.id.not_in(restricted)
    yield from _of_time(filters)
    if filters.country is not None:
        yield Receipt.country.is_(None) if filters.country == UNKNOWN else Receipt.country == filters.country
    if filters.age_band is not None:
        yield from of_age_band(filters.age_band)
    for name in _EQUAL_COLUMNS:
        if (value := getattr(filters, name)) is not None:
            yield getattr(Receipt, name) == value
    if filters.signal is not None:
        yield {"gpc": Receipt.gpc, "dnt": Receipt.dnt}[filters.signal].is_(True)
    for group, state in filters.groups.items():
        yield _group(group).is_(STATES[state])
    for vendor, state in filters.vendors.items():
        text = '"{}":{}'.format(vendor, "true" if STATES[state] else "false")
        yield Receipt.vendors.contains(text, autoescape=True)
    if filters.visitor is not None:
        yield _of_visitor(site_id, filters.visitor)


def of_age_band(band: str) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions for receipts of visitors in an age band; known bands use the partial index."""
    if band == UNKNOWN:
        return (Receipt.age_band == band,)
    # Literals, since neither database matches bound values to the index's predicate.
    return (*(Receipt.age_band != literal_column(f"'{other}'") for other in (UNKNOWN, "")), Receipt.age_band == band)


def _of_time(filters: Filters) -> Iterator[ColumnElement[bool]]:
    if filters.since is not None:
        yield Receipt.time >= filters.since
    if filters.until is not None:
        yield Receipt.time < filters.until


def _group(group: str) -> ColumnElement[bool | None]:
    columns: dict[str, ColumnElement[bool | None]] = {
        "functional": Receipt.functional.expression,
        "analytics": Receipt.analytics.expression,
        "advertising": Receipt.advertising.expression,
    }
    return columns[group]


def _of_visitor(site_id: int, visitor: str) -> ColumnElement[bool]:
    personal = select(ReceiptPersonal.time, ReceiptPersonal.receipt_id).where(
        ReceiptPersonal.site_id == site_id, ReceiptPersonal.visitor == visitor
    )
    return tuple_(Receipt.time, Receipt.id).in_(personal)


def queries(
    found: Select[Any], site_id: int, filters: Filters, restricted: Collection[str], after: tuple[int, str] | None
) -> Iterator[tuple[Select[Any], dict[str, int]]]:
    """Yield the queries, with their values, that together return what `filters` match, newest first.

    The caller adds the value `most`, the row limit. `restricted` are the ids of receipts whose use is restricted;
    `after` is the time and id of the receipt to continue after.
    """
    if after:
        filters = limited_until(filters, min(after[0], LAST) + 1)
    for span in spans(filters):
        values = {
            "first": FIRST if span.since is None else span.since,
            "end": LAST + 1 if span.until is None else span.until,
        }
        matching = [*conditions(site_id, span, restricted)]
        if after:
            matching.append(tuple_(Receipt.time, Receipt.id) < tuple_(*after))
        yield _newest_query(found, matching, is_bounded=bool(filters.vendors)), values


def _newest_query(found: Select[Any], matching: list[ColumnElement[bool]], *, is_bounded: bool) -> Select[Any]:
    """Return the query for the newest `matching` rows; `is_bounded` if a condition searches within a text."""
    if is_bounded:
        # PostgreSQL filters on a text in the index only in an index-only scan; otherwise it fetches every table row.
        keys = _newest_first(select(Receipt.time, Receipt.id).where(*matching)).correlate(None)
        matching = [tuple_(Receipt.time, Receipt.id).in_(keys), Receipt.time >= _FIRST, Receipt.time < _END]
    return _newest_first(found.where(*matching))


def _newest_first(query: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    return query.order_by(Receipt.time.desc(), Receipt.id.desc()).limit(_LIMIT)


def spans(filters: Filters) -> Iterator[Filters]:
    """Yield `filters` for one time span after another, newest first: the first span fills most pages."""
    until = filters.until
    # A visitor has few receipts, whatever the month.
    if filters.visitor is None:
        now = int(time.time())
        month = month_of(now if until is None else min(until - 1, now))
        for months in SPANS:
            since = start_of(max(month - months, month_of(FIRST)))
            if filters.since is not None and since <= filters.since:
                break
            yield replace(filters, since=since, until=until)
            until = since
    yield replace(filters, until=until)
