"""JSON and CSV formats of the statistics and the loss meter."""

import csv
import datetime
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from typing import TypedDict

from consent.core.documents.json_object import JsonObject
from consent.core.groups import OPTIONAL
from consent.exports.csv_format import neutral
from consent.storage.statistics.losses import Losses, summed
from consent.storage.statistics.rates import COUNTRY, DAY, UNKNOWN, Numbers, StatisticsQuery, total

DAY_SECONDS = 86400
_SUMS = ("shown", "answers", "opted_out", "taken_back", "signals")
_OF_LOSSES = (*(one.name for one in fields(Losses) if one.name != "codes"), "missing", "loss_rate")
RATE_COLUMNS = (*_SUMS, *(f"{group}_{word}" for group in OPTIONAL for word in ("granted", "refused", "rate")))


def date_of(day: int) -> str:
    """Return a day (since 1970-01-01 UTC) as `2026-11-24`."""
    return datetime.datetime.fromtimestamp(day * DAY_SECONDS, datetime.UTC).date().isoformat()


def name_of(part: str, key: str) -> str:
    """Return what a value of a part is called: days are dates, an unknown country says so."""
    if part == DAY:
        return date_of(int(key))
    return (key or UNKNOWN) if part == COUNTRY else key


def in_order(parts: Mapping[str, Numbers], part: str) -> list[tuple[str, Numbers]]:
    """Return parts with their names: days as they came, all else by how many answered."""
    if part == DAY:
        return [(name_of(part, key), parts[key]) for key in sorted(parts, key=int)]
    ranked = sorted(parts.items(), key=lambda pair: (-pair[1].answers, -pair[1].shown, pair[0]))
    return [(name_of(part, key), one) for key, one in ranked]


class GroupRate(TypedDict):
    """Of a group: how many granted and refused it of those who were asked, and the rate of grants."""

    granted: int
    refused: int
    asked: int
    rate: float | None


def rates_view(wanted: StatisticsQuery, parts: Mapping[str, Numbers], part: str) -> JsonObject:
    """Return the answer of the API: the period, all in all, and each part."""
    items = [{part: name, **_facts(one)} for name, one in in_order(parts, part)]
    return _period(wanted) | {"by": part, "bots": wanted.bots, "total": _facts(total(parts)), "items": items}


def losses_view(wanted: StatisticsQuery, by_day: Mapping[int, Losses]) -> JsonObject:
    """Return the answer of the API about the loss meter."""
    items = [{DAY: date_of(day), **one.facts()} for day, one in by_day.items()]
    return _period(wanted) | {"total": summed(by_day.values()).facts(), "items": items}


def rates_csv(wanted: StatisticsQuery, parts: Mapping[str, Numbers], part: str) -> Iterator[str]:
    """Yield a line for each part; by day for each day or week of the period, so that no chart of it closes a gap."""
    steps = range(wanted.first_day, wanted.last_day + 1, wanted.span) if part == DAY else ()
    rows = ([name, *_cells(one)] for name, one in in_order({str(day): Numbers() for day in steps} | dict(parts), part))
    return _lines([part, *RATE_COLUMNS], rows)


def losses_csv(by_day: Mapping[int, Losses]) -> Iterator[str]:
    """Yield a line for each day of the loss meter."""
    rows = ([date_of(day), *(str(one.facts()[name]) for name in _OF_LOSSES)] for day, one in by_day.items())
    return _lines([DAY, *_OF_LOSSES], rows)


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


def _lines(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    for row in (head, *rows):
        text = io.StringIO(newline="")
        csv.writer(text).writerow([neutral(cell) for cell in row])
        yield text.getvalue()
