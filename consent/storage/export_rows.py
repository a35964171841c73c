"""Receipts as exports read them: what many have in common comes as one text, put together by the database."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, NamedTuple

from sqlalchemy import Boolean, ColumnElement, Engine, case, func, literal_column, select

from consent.storage.filters import Filters
from consent.storage.marks import out_of_use
from consent.storage.newest_first import VISITOR, queries
from consent.storage.receipt_models import Receipt
from consent.storage.receipts import bounded

STEP = 2000
"""Rows of one query: twice as many are in memory."""
APART = "\x1f"
"""Stands between the parts of `said`, and in none of them: all come from closed sets."""
SAID = (
    *("action", "method", "functional", "analytics", "advertising", "vendors", "country", "subdivision", "regime"),
    *("config", "language", "gpc", "dnt", "age_band", "origin_checked"),
)
_APART: ColumnElement[str] = literal_column(f"'{APART}'")
_EMPTY: ColumnElement[str] = literal_column("''")


class ExportRow(NamedTuple):
    """One receipt; `said` holds the columns `SAID`, alike for all receipts that say the same in the same circumstances.

    In it truth is `1` or `0`, and nothing where a column is null.
    """

    id: str
    time: int
    expires: int | None
    erased: bool
    log_index: int | None
    leaf_hash: bytes
    said: str
    jws: str
    visitor: str | None


def stream(
    engine: Engine, site_id: int, filters: Filters, after: tuple[int, str] | None = None, step: int = STEP
) -> Iterator[ExportRow]:
    """Yield all that `filters` find, newest first, behind the receipt `after` (time and id), holding two steps at a time.

    Each step is a query of its own that goes on where the last one ended: a slow reader keeps no transaction open, which
    would stop vacuum on PostgreSQL and let the log of SQLite grow without end. While one step is used the next is read.
    """
    with engine.connect() as connection:
        filters, restricted = bounded(connection, site_id, filters), out_of_use(connection, site_id)

    def fetch(after: tuple[int, str] | None) -> list[tuple[Any, ...]]:
        rows: list[tuple[Any, ...]] = []
        with engine.connect() as connection:
            for query, values in queries(_FOUND, site_id, filters, restricted, after):
                # As the driver gives them: to look at each value once more takes longer than to read it.
                rows += connection.execute(query, values | {"most": step - len(rows)}).cursor.fetchall()
                if len(rows) == step:
                    break
            if engine.dialect.name == "sqlite":
                # The pages of this step: none is asked for again, and each connection would keep 32 MB of them.
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


def _text(name: str) -> ColumnElement[str]:
    column = getattr(Receipt, name)
    if isinstance(column.type, Boolean):
        return case((column.is_(True), literal_column("'1'")), (column.is_(False), literal_column("'0'")), else_=_EMPTY)
    return func.coalesce(column, _EMPTY)


def _said() -> ColumnElement[str]:
    said = _text(SAID[0])
    for name in SAID[1:]:
        said = said.concat(_APART).concat(_text(name))
    return said


_OWN = (Receipt.id, Receipt.time, Receipt.expires, Receipt.erased, Receipt.log_index, Receipt.leaf_hash)
_FOUND = select(*_OWN, _said(), Receipt.jws, VISITOR)
