"""Receipts from new to old, a span of time after the other: of most months PostgreSQL then need not even make a plan."""

import time
from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Integer, Select, bindparam, select, tuple_

from consent.storage.filters import Filters, conditions, ended
from consent.storage.partitions import FIRST, LAST, month_of, start_of
from consent.storage.receipt_models import Receipt, ReceiptPersonal

SPANS = (0, 3, 12)
"""Months before the newest one in which receipts are looked for, before they are in all others."""
_FIRST, _END = (bindparam(name, type_=BigInteger) for name in ("first", "end"))
_MOST = bindparam("most", type_=Integer)
VISITOR = (
    # Asked for each row: a join would let the planner read whole months. The times spare it a plan for the others.
    select(ReceiptPersonal.visitor)
    .where(ReceiptPersonal.time == Receipt.time, ReceiptPersonal.receipt_id == Receipt.id)
    .where(ReceiptPersonal.time >= _FIRST, ReceiptPersonal.time < _END)
    .scalar_subquery()
)
"""Who made a receipt, as a column of what `queries` is given."""


def queries(
    found: Select[Any], site_id: int, filters: Filters, restricted: Collection[str], after: tuple[int, str] | None
) -> Iterator[tuple[Select[Any], dict[str, int]]]:
    """Yield the queries, with their values, that together give what `filters` find, newest first.

    Whoever asks adds the value `most`, how many are wanted. `restricted` are the ids of receipts whose use is restricted;
    `after` is time and id of the receipt to go on behind.
    """
    if after:
        filters = ended(filters, min(after[0], LAST) + 1)
    for span in spans(filters):
        values = {
            "first": FIRST if span.since is None else span.since,
            "end": LAST + 1 if span.until is None else span.until,
        }
        mine = [*conditions(site_id, span, restricted)]
        if after:
            mine.append(tuple_(Receipt.time, Receipt.id) < tuple_(*after))
        yield _newest(found, mine, looks_within=bool(filters.vendors)), values


def _newest(found: Select[Any], mine: list[ColumnElement[bool]], *, looks_within: bool) -> Select[Any]:
    """Return the query for the newest of `mine`; `looks_within`: a condition is met by a part of a text."""
    if looks_within:
        # PostgreSQL looks into a text of an index only where it needs nothing besides, else into each row of the table.
        keys = _most(select(Receipt.time, Receipt.id).where(*mine)).correlate(None)
        mine = [tuple_(Receipt.time, Receipt.id).in_(keys), Receipt.time >= _FIRST, Receipt.time < _END]
    return _most(found.where(*mine))


def _most(query: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    return query.order_by(Receipt.time.desc(), Receipt.id.desc()).limit(_MOST)


def spans(filters: Filters) -> Iterator[Filters]:
    """Yield `filters` for one span of time after the other, newest first: most pages are full after the first."""
    until = filters.until
    # Of one visitor there are few receipts, in any month.
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
