"""`consent classify run`: read a CSV file of cookies and URLs, and write it back with answers."""

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from consent.classifier.classifier import Classifier
from consent.classifier.cooccurrence import NameAnswer
from consent.classifier.name_index import KnownName
from consent.classifier.observation import Observation
from consent.classifier.parallel_map import map_chunks
from consent.classifier.purposes import purpose_groups
from consent.core.groups import GROUPS

COLUMNS = ("name", "domain", "value", "expiry_s", "third_party", "script")
ANSWERS = ("group", "purpose", "layer", "vendor", "confidence", "reason")
FLAGS = {"": None, "0": False, "1": True, "false": False, "true": True, "no": False, "yes": True}
MAX_NAME_LENGTH = 1000
MAX_LIST_LENGTH = 200
MAX_FIELD_LENGTH = 2**24
"""Maximum length of a field; browsers let sites store values of several megabytes."""
CONTROL = re.compile(r"[\x00-\x1f\x7f]")
Row = dict[str, str]


class Table(NamedTuple):
    """Column names, and the cells of each row in the same order."""

    columns: list[str]
    rows: list[list[str]]

    def column_reader(self, names: Iterable[str]) -> Callable[[Sequence[str]], Row]:
        """Return a function that extracts from a row's cells those columns of `names` that exist."""
        places = [(name, self.columns.index(name)) for name in names if name in self.columns]
        return lambda cells: {name: cells[place] for name, place in places}


class Form(NamedTuple):
    """An output format: header, row, separator `between` rows, and footer."""

    head: Callable[[Sequence[str]], str]
    row: Callable[[Sequence[str], Sequence[str]], str]
    """Takes the columns and the cells."""
    between: str = ""
    foot: str = ""


class TableError(ValueError):
    """Raised when a file can't be used; the message is one sentence that names the row."""


def read_rows(path: Path) -> Table:
    """Return the rows of a CSV file that has at least one of the columns. Raises TableError."""
    table = _read(path)
    if not {*COLUMNS} & {*table.columns}:
        raise TableError(f"{path.name} has none of the columns {', '.join(COLUMNS)}.")
    checks = [(table.columns.index(name), check) for name, check in CHECKS.items() if name in table.columns]
    for number, cells in enumerate(table.rows, start=2):
        for place, check in checks:
            if problem := check(cells[place]):
                raise TableError(f"{path.name}, row {number}: {problem}")
    return table


def read_catalog(path: Path) -> list[KnownName]:
    """Return the names in a CSV file that has at least the columns `name` and `group`. Raises TableError.

    A name is a prefix if `is_wildcard` is 1 or the name ends in `*`. `domain` or `domains` (separated by `;`) are the
    owner's. Nothing in the file is treated as a regular expression.
    """
    table = _read(path)
    if missing := {"name", "group"} - {*table.columns}:
        raise TableError(f"{path.name} lacks the column {min(missing)}.")
    rows = []
    for number, row in enumerate(map(table.column_reader(table.columns), table.rows), start=2):
        if problem := _list_error(row):
            raise TableError(f"{path.name}, row {number}: {problem}")
        rows.append(_known(row))
    return rows


def answered_columns(table: Table) -> list[str]:
    """Return the columns that `answered` writes; an input column named like an answer column becomes `given_…`."""
    return [*(_output_name(name, table.columns) for name in table.columns), *ANSWERS]


def answered(classifier: Classifier, table: Table, form: Form) -> Iterator[str]:
    """Yield the text of the table with an answer added to each row; the names in a file are classified together."""
    columns, asked_columns = answered_columns(table), table.column_reader(COLUMNS)

    def alone(cells: Sequence[Sequence[str]]) -> list[NameAnswer]:
        observations = [_observation(asked_columns(row)) for row in cells]
        named = iter(classifier.classify_separately([one for one in observations if one.name]))
        return [
            next(named) if one.name else NameAnswer(classifier.address(one.script or one.domain))
            for one in observations
        ]

    together = classifier.combine(chain.from_iterable(map_chunks(alone, table.rows)))

    def line(number: int) -> str:
        answer = together.answer(number)
        cells = (answer.group, answer.purpose or "", answer.layer, answer.vendor, f"{answer.confidence:.2f}")
        before = form.between if number else ""
        return before + form.row(columns, [*table.rows[number], *cells, answer.reason])

    def text(numbers: Sequence[int]) -> str:
        return "".join(map(line, numbers))

    yield form.head(columns)
    yield from map_chunks(text, range(len(table.rows)))
    yield form.foot


class _AsText:
    """A file-like object whose `write` returns the row."""

    write = staticmethod(str)


_csv_line: Callable[[Sequence[str]], str] = csv.writer(_AsText(), lineterminator="\n").writerow


def _json_line(columns: Sequence[str], cells: Sequence[str]) -> str:
    row = dict(zip(columns, cells, strict=True))
    return json.dumps(row | {"confidence": float(row["confidence"])}, ensure_ascii=False)


FORMS = {
    "csv": Form(_csv_line, lambda _columns, cells: _csv_line(cells)),
    "json": Form(lambda _columns: "[\n", _json_line, ",\n", "\n]\n"),
}
"""CSV with additional columns, or a JSON array with one line per row, in which the confidence is a number."""


def _observation(row: Row) -> Observation:
    expiry = row.get("expiry_s", "")
    return Observation(
        row.get("name", ""),
        row.get("domain", ""),
        row.get("value") or None,
        int(expiry) if expiry else None,
        FLAGS[row.get("third_party", "").lower()],
        row.get("script", ""),
    )


def _output_name(name: str, columns: Sequence[str]) -> str:
    """Return the name under which a column is written, even if this command wrote the input file."""
    first = name
    while first.startswith("given_"):
        first = first.removeprefix("given_")
    return f"given_{name}" if first in ANSWERS and first in columns else name


def _read(path: Path) -> Table:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise TableError(f"{path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError as error:
        raise TableError(f"{path.name} is not in UTF-8: byte {error.start + 1} is not part of a character.") from None
    csv.field_size_limit(MAX_FIELD_LENGTH)
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
        columns, *rows = [next(reader, []), *filter(None, reader)]
    except csv.Error as error:
        raise TableError(f"{path.name} is no CSV file that can be read: {error}.") from None
    if len({*columns}) != len(columns):
        raise TableError(f"{path.name} has two columns of one name.")
    if not rows:
        raise TableError(f"{path.name} has no rows; the first line names the columns.")
    for number, row in enumerate(rows, start=2):
        if len(row) != len(columns):
            raise TableError(f"{path.name}, row {number}: it has more or fewer fields than the first line has names.")
    return Table(columns, rows)


def _delimiter(text: str) -> str:
    """Return the delimiter used in the first line: a comma, or, as in many office exports, a semicolon or a tab."""
    first = text.partition("\n")[0]
    return next((mark for mark in ",;\t" if mark in first), ",")


def _name_error(text: str, column: str = "name", longest: int = MAX_NAME_LENGTH) -> str:
    return f"{column} is longer than {longest} signs." if len(text) > longest else _flag_error(text, column)


def _flag_error(text: str, column: str) -> str:
    return f"{column} has a control character." if CONTROL.search(text) else ""


def _expiry_error(text: str) -> str:
    if not text or (text.isascii() and text.isdecimal() and len(text) < 16):
        return ""
    return "expiry_s is a number of seconds, 0 until the browser is closed, or empty."


def _party_error(text: str) -> str:
    return "" if text.lower() in FLAGS else "third_party is 1 or 0, or empty where it is not known."


CHECKS: dict[str, Callable[[str], str]] = {
    "name": _name_error,
    "domain": partial(_name_error, column="domain"),
    "script": partial(_flag_error, column="script"),
    "expiry_s": _expiry_error,
    "third_party": _party_error,
}
"""Checks for the cells of each column, in the order in which errors are reported."""


def _list_error(row: Row) -> str:
    for column in ("name", "vendor", "domain", "domains"):
        if problem := _name_error(row.get(column, ""), column, MAX_LIST_LENGTH):
            return problem
    if len(row["name"].rstrip("*")) < (2 if _is_prefix(row) else 1) or "*" in row["name"][:-1]:
        return "a name is plain text, with a * at its end at most, and a beginning has two signs or more."
    if row["group"] not in GROUPS:
        return f"group is one of {', '.join(GROUPS)}."
    if row.get("purpose") and purpose_groups().get(row["purpose"]) != row["group"]:
        return f"purpose is a code of the group {row['group']}, or empty."
    return ""


def _is_prefix(row: Row) -> bool:
    return row.get("is_wildcard") == "1" or row["name"].endswith("*")


def _known(row: Row) -> KnownName:
    domains = row.get("domains") or row.get("domain") or ""
    name = row["name"].removesuffix("*") + "*" if _is_prefix(row) else row["name"]
    owned = tuple(part.strip().lower().lstrip(".") for part in domains.split(";") if part.strip())
    return KnownName(name, row["group"], row.get("purpose") or None, row.get("vendor", ""), owned)
