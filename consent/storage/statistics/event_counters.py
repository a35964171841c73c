"""Upsert the counters of banner events and rejected choices that nodes gather in memory."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from sqlalchemy import TextClause, text

from consent.storage.database.base import Transaction
from consent.storage.tables.statistics import SPANS, start_of


class Event(NamedTuple):
    """The key of a count of banner events: that of `BannerCount` without the span."""

    site_id: int
    day: int
    config: str
    country: str
    subdivision: str
    regime: str
    language: str
    variant: str
    device: str
    is_bot: bool
    event: str


class Refusal(NamedTuple):
    """The key of a count of rejected choices: that of `RefusalCount`."""

    site_id: int
    day: int
    code: str


Kind = Event | Refusal


def add_counts(transaction: Transaction, counts: Mapping[Kind, int]) -> None:
    """Add `counts` to the stored ones. Nodes gather them in memory and save them every few seconds."""
    # Sorted, so that two nodes adding the same counts wait for each other instead of deadlocking.
    events = [
        {**key._asdict(), "span": span, "day": start_of(key.day, span), "count": counts[key]}
        for span in SPANS
        for key in sorted(counts)
        if isinstance(key, Event)
    ]
    refusals = [{**key._asdict(), "count": counts[key]} for key in sorted(counts) if isinstance(key, Refusal)]
    for adding, rows in ((_ADD_EVENTS, events), (_ADD_REFUSALS, refusals)):
        if rows:
            transaction.execute(adding, rows)


def _upsert(table: str, columns: Iterable[str]) -> TextClause:
    names = ", ".join(columns)
    values = ", ".join(f":{name}" for name in (*columns, "count"))
    return text(
        f"INSERT INTO {table} ({names}, count) VALUES ({values})"  # noqa: S608 - only the names above
        f" ON CONFLICT ({names}) DO UPDATE SET count = {table}.count + excluded.count"
    )


_ADD_EVENTS = _upsert("banner_count", ("span", *Event._fields))
_ADD_REFUSALS = _upsert("refusal_count", Refusal._fields)
