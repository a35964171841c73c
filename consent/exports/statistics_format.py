"""JSON and CSV formats of the statistics and the loss meter."""

import csv
import datetime
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from typing import TypedDict

from consent.core.days import DAY_SECONDS
from consent.core.documents.json_object import JsonObject
from consent.core.groups import OPTIONAL
from consent.exports.csv_format import escape_formula
from consent.storage.statistics.losses import Losses, summed
from consent.storage.statistics.rates import COUNTRY, DAY, UNKNOWN, Numbers, StatisticsQuery, total

_SUMS = ("shown", "answers", "opted_out", "taken_back", "signals")
_LOSS_COLUMNS = (*(one.name for one in fields(Losses) if one.name != "codes"), "missing", "loss_rate")
RATE_COLUMNS = (*_SUMS, *(f"{group}_{word}" for group in OPTIONAL for word in ("granted", "refused", "rate")))


def date_of(day: int) -> str:
    """Return a day (since 1970-01-01 UTC) in the form `2026-11-24`."""
    return datetime.datetime.fromtimestamp(day * DAY_SECONDS, datetime.UTC).date().isoformat()


def name_of(part: str, key: str) -> str:
    """Return the label of a value: a date for days, and an explicit label for an unknown country."""
    if part == DAY:
        return date_of(int(key))
    return (key or UNKNOWN) if part == COUNTRY else key


def ordered(parts: Mapping[str, Numbers], part: str) -> list[tuple[str, Numbers]]:
    """Return the parts with their labels: days in order, all else by number of answers."""
    if part == DAY:
        return [(name_of(part, key), parts[key]) for key in sorted(parts, key=int)]
    ranked = sorted(parts.items(), key=lambda pair: (-pair[1].answers, -pair[1].shown, pair[0]))
    return [(name_of(part, key), one) for key, one in ranked]


class GroupRate(TypedDict):
    """Counts for a group: grants and refusals among visitors who were asked, and the rate of grants."""

    granted: int
    refused: int
    asked: int
    rate: float | None


def rates_view(query: StatisticsQuery, parts: Mapping[str, Numbers], part: str) -> JsonObject:
    """Return the API response: the period, the total, and each part."""
    items = [{part: name, **_facts(one)} for name, one in ordered(parts, part)]
    return _period(query) | {"by": part, "bots": query.bots, "total": _facts(total(parts)), "items": items}


def losses_view(query: StatisticsQuery, by_day: Mapping[int, Losses]) -> JsonObject:
    """Return the API response for the loss meter."""
    items = [{DAY: date_of(day), **one.facts()} for day, one in by_day.items()]
    return _period(query) | {"total": summed(by_day.values()).facts(), "items": items}


def rates_csv(query: StatisticsQuery, parts: Mapping[str, Numbers], part: str) -> Iterator[str]:
    """Yield a line for each part; by day, include every day or week of the period, so that charts show gaps."""
    steps = range(query.first_day, query.last_day + 1, query.span) if part == DAY else ()
    rows = ([name, *_cells(one)] for name, one in ordered({str(day): Numbers() for day in steps} | dict(parts), part))
    return _csv_lines([part, *RATE_COLUMNS], rows)


def losses_csv(by_day: Mapping[int, Losses]) -> Iterator[str]:
    """Yield a line for each day of the loss meter."""
    rows = ([date_of(day), *(str(one.facts()[name]) for name in _LOSS_COLUMNS)] for day, one in by_day.items())
    return _csv_lines([DAY, *_LOSS_COLUMNS], rows)


def _period(wanted: StatisticsQuery) -> dict[str, object]:
    return {"from": date_of(wanted.first_day), "to": date_of(wanted.last_day), "span_days": wanted.span}


def _facts(one: Numbers) -> dict[str, object]:
    groups: dict[str, GroupRate] = {
        group: {"granted": of.granted, "refused": of.refused, "asked": of.asked, "rate": _rate(of.granted, of.asked)}
        for group, of in one.groups.items()
    }
    return {name: getattr(one, name) for name in _SUMS} | {"groups": groups}


def _rate(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def _cells(one: Numbers) -> list[str]:
    cells = [str(getattr(one, name)) for name in _SUMS]
    for of in one.groups.values():
        rate = _rate(of.granted, of.asked)
        cells += [str(of.granted), str(of.refused), "" if rate is None else str(rate)]
    return cells


def _csv_lines(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    for row in (head, *rows):
        text = io.StringIO(newline="")
        csv.writer(text).writerow([escape_formula(cell) for cell in row])
        yield text.getvalue()
