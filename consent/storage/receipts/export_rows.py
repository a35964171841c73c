"""Stream receipts for exports, with the columns that many share as one text from the database."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from functools import partial
from typing import Any, NamedTuple

from sqlalchemy import Boolean, ColumnElement, Engine, case, func, literal_column, select

from consent.core.receipt import SHARED_COLUMNS, ReceiptFacts
from consent.storage.privacy.marks import out_of_use
from consent.storage.receipts.receipts import bounded
from consent.storage.selection.filters import VISITOR, Filters, queries
from consent.storage.tables.receipts import Receipt

STEP = 2000
"""Rows of one query: twice as many are in memory."""
MAX_CACHED = 16_384
"""How many different texts of shared columns a format caches, some 200 bytes each."""
SEPARATOR = "\x1f"
"""Stands between the parts of `ExportRow.shared`, and in none of them: all come from closed sets."""
_SEPARATOR: ColumnElement[str] = literal_column(f"'{SEPARATOR}'")
_EMPTY: ColumnElement[str] = literal_column("''")
_VALUES: dict[object, dict[str, object]] = {
    bool: {"1": True, "0": False},
    bool | None: {"1": True, "0": False, "": None},
    str | None: {"": None},
}
"""What a part of `ExportRow.shared` stands for, by the type of its column, where that is not the text itself."""
_VALUES_OF_COLUMNS = [_VALUES.get(column.type, {}) for column in fields(ReceiptFacts)]


class ExportRow(NamedTuple):
    """One receipt; `shared` holds `SHARED_COLUMNS` as one text, the same for receipts that have them alike.

    In it truth is `1` or `0`, and nothing where a column is null.
    """

    id: str
    time: int
    expires: int | None
    erased: bool
    log_index: int | None
    leaf_hash: bytes
    shared: str
    jws: str
    visitor: str | None


def stream(
    engine: Engine, site_id: int, filters: Filters, after: tuple[int, str] | None = None, step: int = STEP
) -> Iterator[ExportRow]:
    """Yield all that `filters` find, newest first, behind the receipt `after` (time and id), holding two steps at a time.

    Each step is a query of its own that continues where the last one ended: a slow reader keeps no transaction open, which
    would stop vacuum on PostgreSQL and let the log of SQLite grow without end. While one step is used the next is read.
    """
    with engine.connect() as connection:
        filters, restricted = bounded(connection, site_id, filters), out_of_use(connection, site_id)

    def fetch(after: tuple[int, str] | None) -> list[tuple[Any, ...]]:
        rows: list[tuple[Any, ...]] = []
        with engine.connect() as connection:
            for query, values in queries(_FOUND, site_id, filters, restricted, after):
                # As the driver gives them: to check each value once more takes longer than to read it.
                rows += connection.execute(query, values | {"most": step - len(rows)}).cursor.fetchall()
                if len(rows) == step:
                    break
            if engine.dialect.name == "sqlite":
                # The pages of this step: none is read again, and each connection would hold 32 MB of them.
                connection.exec_driver_sql("PRAGMA shrink_memory")
        return rows

    with ThreadPoolExecutor(1, "export-rows") as ahead:
        rows = fetch(after)
        while rows:
            coming = ahead.submit(fetch, (rows[-1][1], rows[-1][0]))
            yield from map(_row, rows)
            rows = coming.result()


_row = partial(tuple.__new__, ExportRow)
"""What `ExportRow._make` does, in a third of its time."""


def parse_shared(shared: str) -> ReceiptFacts:
    """Return the columns that `ExportRow.shared` holds."""
    parts = shared.split(SEPARATOR)
    return ReceiptFacts(*(values.get(part, part) for values, part in zip(_VALUES_OF_COLUMNS, parts, strict=True)))  # type: ignore[arg-type]


def _text(name: str) -> ColumnElement[str]:
    column = getattr(Receipt, name)
    if isinstance(column.type, Boolean):
        return case((column.is_(True), literal_column("'1'")), (column.is_(False), literal_column("'0'")), else_=_EMPTY)
    return func.coalesce(column, _EMPTY)


def _shared() -> ColumnElement[str]:
    first, *others = map(_text, SHARED_COLUMNS)
    for other in others:
        first = first.concat(_SEPARATOR).concat(other)
    return first


_OWN = (Receipt.id, Receipt.time, Receipt.expires, Receipt.erased, Receipt.log_index, Receipt.leaf_hash)
_FOUND = select(*_OWN, _shared(), Receipt.jws, VISITOR)
