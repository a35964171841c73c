"""Read the log of a former consent tool row by row: CSV with a line of names, or JSON Lines."""

import csv
import datetime
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple, TextIO

from consent.core.documents import OldChoices
from consent.core.groups import ESSENTIAL
from consent.sites.moving.old_choices import OLDEST, VENDOR, life_of

MAX_LINE = 65_536
TOO_LONG = f"A line is longer than {MAX_LINE:,} letters."
YES = frozenset(["yes", "y", "true", "1", "allow", "allowed", "accept", "accepted", "grant", "granted", "opt-in", "on"])
NO = frozenset(["no", "n", "false", "0", "deny", "denied", "reject", "rejected", "refuse", "refused", "opt-out", "off"])
COLUMNS = {
    "id": ("id", "consent_id", "consentid", "uuid"),
    "day": ("day", "date", "time", "timestamp", "datetime", "created_at", "consented_at", "said_at"),
    "country": ("country", "country_code"),
    "region": ("region", "state", "subdivision"),
}
"""The names by which a column is found where none is given, in small letters."""
INNER = ("choices", "categories", "purposes", "consents")
"""Under which a row of JSON may have its answers."""


class RowError(ValueError):
    """A row that cannot be used; the message is a sentence."""


class OldChoice(NamedTuple):
    """One row: what names it, its answers by group and by vendor, its day, and its place.

    `name` serves to know the row again, and is stored nowhere.
    """

    name: str
    groups: dict[str, bool]
    vendors: dict[str, bool]
    day: datetime.date | None
    country: str | None
    subdivision: str | None


def rows_of(file: TextIO) -> Iterator[tuple[int, Mapping[str, Any] | RowError]]:
    """Yield the rows of a log with their line numbers, one at a time; a faulty one as its error. Raises RowError."""
    first = file.readline(MAX_LINE + 1)
    if not first.strip():
        raise RowError("The file is empty.")
    if len(first) > MAX_LINE:
        raise RowError(TOO_LONG)
    if first.lstrip()[:1] == "{":
        yield from ((number, _object(line)) for number, line in enumerate(_lines(file, first), 1))
        return
    csv.field_size_limit(MAX_LINE)
    delimiter = max(",;\t", key=first.count)
    names = [name.strip().lstrip("\ufeff") for name in next(csv.reader([first], delimiter=delimiter))]
    if len(set(names)) < len(names) or len(names) < 2:
        raise RowError("The first line does not name the columns, each once.")
    reader = csv.reader(_lines(file, ""), delimiter=delimiter)
    while True:
        try:
            values = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield reader.line_num + 1, RowError("This is no line of CSV.")
            continue
        if len(values) == len(names):
            yield reader.line_num + 1, dict(zip(names, values, strict=True))
        elif values:
            yield reader.line_num + 1, RowError(f"This has {len(values)} values for {len(names)} columns.")


def _lines(file: TextIO, first: str) -> Iterator[str]:
    if first:
        yield first
    while line := file.readline(MAX_LINE + 1):
        if len(line) > MAX_LINE:
            raise RowError(TOO_LONG)
        if line.strip():
            yield line


def _object(line: str) -> Mapping[str, Any] | RowError:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return RowError("This is no line of JSON.")
    if not isinstance(row, dict):
        return RowError("This is no object of JSON.")
    for name in INNER:
        if isinstance(row.get(name), dict):
            row = {**row[name], **row}
    return row


class RowReader:
    """Reads rows by a mapping; `columns` names those that are not found by their usual names."""

    def __init__(self, mapping: OldChoices, columns: Mapping[str, str], today: datetime.date) -> None:
        self._mapping, self._columns, self._today = mapping, columns, today
        self._needs_day = life_of(mapping) is None

    def read(self, number: int, row: Mapping[str, Any]) -> OldChoice | None:
        """Return what the row of the line `number` says, or None where it answers nothing. Raises RowError."""
        targets = self._targets(row)
        if not targets:
            return None
        groups = {name: answer for name, answer in targets.items() if not name.startswith(VENDOR)}
        vendors = {name.removeprefix(VENDOR): answer for name, answer in targets.items() if name.startswith(VENDOR)}
        day = self._day(row)
        if day is None and self._needs_day and any(targets.values()):
            raise RowError("A grant needs the day on which it was given.")
        country, region = (self._cell(row, name).upper() for name in ("country", "region"))
        if country and not (len(country) == 2 and country.isalpha() and country.isascii()):
            raise RowError(f"This is no code of a country: {country[:20]}.")
        region = region.removeprefix(f"{country}-")
        if region and not (region.isalnum() and region.isascii() and len(region) <= 3):
            region = ""
        named = self._cell(row, "id")
        name = f"id {named}" if named else f"{number} {json.dumps(row, sort_keys=True, default=str)}"
        return OldChoice(name, groups, vendors, day, country or None, region if country and region else None)

    def _targets(self, row: Mapping[str, Any]) -> dict[str, bool]:
        """Return the answer for each group and vendor that has one: refused by any of its categories, granted by all."""
        answers: dict[str, list[bool | None]] = {}
        for name, target in self._mapping["categories"].items():
            if target != ESSENTIAL:
                answers.setdefault(target, []).append(_answer(row.get(self._columns.get(name, name)), name))
        found = {}
        for target, some in answers.items():
            if False in some:
                found[target] = False
            elif all(some):
                found[target] = True
        return found

    def _day(self, row: Mapping[str, Any]) -> datetime.date | None:
        text = self._cell(row, "day")
        if not text:
            return None
        try:
            if text.isdigit() and len(text) in (10, 13):
                seconds = int(text) / (1000 if len(text) == 13 else 1)
                day = datetime.datetime.fromtimestamp(seconds, datetime.UTC).date()
            else:
                day = datetime.datetime.fromisoformat(text).date()
        except (ValueError, OverflowError):
            raise RowError(f"This is no day: {text[:40]}. Days are written as 2026-10-01.") from None
        if not OLDEST <= day <= self._today:
            raise RowError(f"This day cannot be: {day.isoformat()}.")
        return day

    def _cell(self, row: Mapping[str, Any], field: str) -> str:
        if field in self._columns:
            value = row.get(self._columns[field])
        else:
            value = next((row[name] for name in row if name.lower() in COLUMNS[field]), None)
        return "" if value is None else str(value).strip()[:200]


def _answer(value: Any, name: str) -> bool | None:
    if isinstance(value, bool) or value is None:
        return value
    text = str(value).strip().lower()
    if text in YES or text in NO:
        return text in YES
    if text in ("", "null", "none", "-"):
        return None
    raise RowError(f"{name} is neither yes nor no: {text[:20]}.")


def missing_columns(row: Iterable[str], mapping: OldChoices, columns: Mapping[str, str]) -> list[str]:
    """Return the categories of a mapping of which a row has no column, where it has none of them at all."""
    wanted = [columns.get(name, name) for name, target in mapping["categories"].items() if target != ESSENTIAL]
    return [] if set(wanted) & set(row) else wanted
