"""Read the log of a former consent tool row by row: CSV with a header line, or JSON Lines."""

import csv
import datetime
import itertools
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple, TextIO

from consent.core.documents.site_settings import OldChoices
from consent.core.groups import ESSENTIAL
from consent.sites.moving.old_choices import OLDEST, VENDOR, contradicted, max_age_days

MAX_LINE = 65_536
TOO_LONG = f"This line is longer than {MAX_LINE:,} letters."
NOT_TEXT = "Not UTF-8 text."
YES = frozenset(["yes", "y", "true", "1", "allow", "allowed", "accept", "accepted", "grant", "granted", "opt-in", "on"])
NO = frozenset(["no", "n", "false", "0", "deny", "denied", "reject", "rejected", "refuse", "refused", "opt-out", "off"])
COLUMNS = {
    "id": ("id", "consent_id", "consentid", "uuid"),
    "day": ("day", "date", "time", "timestamp", "datetime", "created_at", "consented_at", "said_at"),
    "country": ("country", "country_code"),
    "region": ("region", "state", "subdivision"),
}
"""Lowercase names by which a column is found if none is given."""
INNER = ("choices", "categories", "purposes", "consents")
"""Fields in which a JSON row may have its answers."""
MAX_SHAPES = 64
"""JSON rows may differ in their names; the columns are cached for this many sets of names."""
_text_of = json.JSONEncoder(sort_keys=True, default=str).encode


class RowError(ValueError):
    """A row that can't be used; the message is a sentence."""


class OldChoice(NamedTuple):
    """One row: its name, its answers by group and by vendor, its day, and its place.

    `name` is used to recognize the row and isn't stored.
    """

    name: str
    groups: dict[str, bool]
    vendors: dict[str, bool]
    day: datetime.date | None
    country: str | None
    subdivision: str | None


def rows_of(file: TextIO) -> Iterator[tuple[int, Mapping[str, Any] | RowError]]:
    """Yield the rows of a log with their line numbers, one at a time; an invalid row as its error.

    `file` was opened with `surrogateescape`, so that bytes that aren't text invalidate only their own row. Raises
    RowError if the first line is unusable.
    """
    lines = _lines(file)
    _, first = next(lines, (1, ""))
    if isinstance(first, RowError):
        raise first
    if not first:
        raise RowError("The file is empty.")
    if first.lstrip()[:1] == "{":
        for number, line in itertools.chain([(1, first)], lines):
            yield number, line if isinstance(line, RowError) else _object(line)
        return
    read = _csv_reader(first)
    try:
        names = [name.strip() for name in read(first)]
    except csv.Error:
        names = []
    if len(set(names)) < len(names) or len(names) < 2:
        raise RowError("The first line must name each column once.")
    for number, line in lines:
        yield number, line if isinstance(line, RowError) else _cells(names, line, read)


def _lines(file: TextIO) -> Iterator[tuple[int, str | RowError]]:
    """Yield the nonblank lines with their numbers; an overlong line is skipped in pieces and yielded as an error."""
    number, is_rest = 1, False
    while line := file.readline(MAX_LINE + 1):
        is_whole = line.endswith(("\n", "\r")) or len(line) <= MAX_LINE
        if not is_rest and len(line) > MAX_LINE:
            yield number, RowError(TOO_LONG)
        elif not is_rest and not _is_text(line):
            yield number, RowError(NOT_TEXT)
        elif not is_rest and line.strip():
            yield number, line
        is_rest = not is_whole
        number += is_whole


def _is_text(line: str) -> bool:
    try:
        line.isascii() or line.encode()
    except UnicodeEncodeError:
        return False
    return True


def _csv_reader(first: str) -> Callable[[str], list[str]]:
    """Return a reader for lines of a CSV file whose first line is `first`.

    Each line is read on its own: in a single reader, an unclosed quote would swallow the rows after it unnoticed.
    """
    csv.field_size_limit(MAX_LINE)
    delimiter = max(",;\t", key=first.count)
    return lambda line: next(csv.reader([line], delimiter=delimiter, strict=True))


def _cells(names: list[str], line: str, read: Callable[[str], list[str]]) -> Mapping[str, Any] | RowError:
    try:
        values = read(line)
    except csv.Error:
        return RowError("Not a CSV row; a closing quote may be missing.")
    if len(values) != len(names):
        return RowError(f"The row has {len(values)} values for {len(names)} columns.")
    return dict(zip(names, values, strict=True))


def _object(line: str) -> Mapping[str, Any] | RowError:
    try:
        row = json.loads(line, object_pairs_hook=_reject_duplicates)
    except RowError as error:
        return error
    except (ValueError, RecursionError):
        return RowError("Not a line of JSON.")
    if not isinstance(row, dict):
        return RowError("Not a JSON object.")
    for name in INNER:
        inner = row.get(name)
        if isinstance(inner, dict):
            if twice := inner.keys() & row.keys():
                return RowError(f"This has {min(twice)[:40]} twice.")
            row = {**inner, **row}
    return row


def _reject_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return a JSON object. Raises RowError if a name occurs twice, since it is unclear which value counts."""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise RowError(f"This has {next(name for name in names if names.count(name) > 1)[:40]} twice.")
    return found


class RowReader:
    """Reads rows by a mapping; `columns` names those that can't be found by their usual names.

    `groups_of` are the groups of each mapped vendor's tags.
    """

    def __init__(
        self,
        mapping: OldChoices,
        groups_of: Mapping[str, Iterable[str]],
        columns: Mapping[str, str],
        today: datetime.date,
    ) -> None:
        self._mapping, self._groups_of, self._columns, self._today = mapping, groups_of, columns, today
        self._needs_day = max_age_days(mapping) is None
        self._answer_columns = {name: columns.get(name, name) for name in mapping["categories"]}
        self._columns_among = lru_cache(MAX_SHAPES)(self._find_columns)

    def read(self, number: int, row: Mapping[str, Any]) -> OldChoice | None:
        """Return the choice in the row on line `number`, or None if it has no answers. Raises RowError."""
        targets = self._targets(row)
        if not targets:
            return None
        groups = {name: answer for name, answer in targets.items() if not name.startswith(VENDOR)}
        vendors = {name.removeprefix(VENDOR): answer for name, answer in targets.items() if name.startswith(VENDOR)}
        for vendor in contradicted(self._mapping, groups, vendors, self._groups_of):
            del vendors[vendor], targets[VENDOR + vendor]
        cells = self._cells(row)
        day = self._day(cells["day"])
        if day is None and self._needs_day and any(targets.values()):
            raise RowError("A grant requires the date on which it was given.")
        country, region = cells["country"].upper(), cells["region"].upper()
        if country and not (len(country) == 2 and country.isalpha() and country.isascii()):
            raise RowError(f"Not a country code: {country[:20]}.")
        region = region.removeprefix(f"{country}-")
        if region and not (region.isalnum() and region.isascii() and len(region) <= 3):
            region = ""
        name = self._name(number, row, cells)
        return OldChoice(name, groups, vendors, day, country or None, region if country and region else None)

    def _name(self, number: int, row: Mapping[str, Any], cells: Mapping[str, str]) -> str:
        """Return a name that distinguishes a row: a visitor who changed a choice has several rows with the same id."""
        if not cells["id"]:
            return f"{number} {_text_of(row)}"
        answers = {name: row.get(column) for name, column in self._answer_columns.items()}
        return f"id {_text_of([cells['id'], cells['day'], answers])}"

    def _targets(self, row: Mapping[str, Any]) -> dict[str, bool]:
        """Return an answer for each group and vendor that has one: refused by any of its categories, or granted by all."""
        answers: dict[str, list[bool | None]] = {}
        for name, target in self._mapping["categories"].items():
            if target != ESSENTIAL:
                answers.setdefault(target, []).append(_answer(row.get(self._answer_columns[name]), name))
        found = {}
        for target, values in answers.items():
            if False in values:
                found[target] = False
            elif all(values):
                found[target] = True
        return found

    def _day(self, text: str) -> datetime.date | None:
        if not text:
            return None
        try:
            if text.isdigit() and len(text) in (10, 13):
                seconds = int(text) / (1000 if len(text) == 13 else 1)
                day = datetime.datetime.fromtimestamp(seconds, datetime.UTC).date()
            else:
                day = datetime.datetime.fromisoformat(text).date()
        except (ValueError, OverflowError):
            raise RowError(f"Not a date: {text[:40]}. Write dates as 2026-10-01.") from None
        if not OLDEST <= day <= self._today:
            raise RowError(f"Not a possible date: {day.isoformat()}.")
        return day

    def _cells(self, row: Mapping[str, Any]) -> dict[str, str]:
        """Return the text of each field of a row, empty if it has none."""
        values = {field: column and row[column] for field, column in self._columns_among(tuple(row)).items()}
        return {field: "" if value is None else str(value).strip()[:200] for field, value in values.items()}

    def _find_columns(self, names: tuple[str, ...]) -> dict[str, str | None]:
        """Return the column of each field among the `names` of a row, None if the row lacks it."""
        found = {
            field: next((name for name in names if name.lower() in usual), None) for field, usual in COLUMNS.items()
        }
        return found | {
            field: name if name in names else None for field, name in self._columns.items() if field in COLUMNS
        }


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
    """Return all the columns that a mapping needs if a row has none of them, else an empty list."""
    wanted = [columns.get(name, name) for name, target in mapping["categories"].items() if target != ESSENTIAL]
    return [] if set(wanted) & set(row) else wanted
