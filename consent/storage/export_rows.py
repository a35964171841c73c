"""Receipts as exports read them: what many have in common comes as one text, put together by the database."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

from sqlalchemy import Boolean, ColumnElement, Engine, Select, case, func, literal_column, select

from consent.storage.base import Transaction
from consent.storage.filters import Filters
from consent.storage.models import Receipt, ReceiptPersonal
from consent.storage.receipts import behind, conditions_of

STEP = 1000
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
        query = _query(connection, site_id, filters).limit(step)
    with ThreadPoolExecutor(1, "export-rows") as ahead:
        coming = ahead.submit(_fetch, engine, behind(query, *after) if after else query)
        while True:
            rows = coming.result()
            if len(rows) == step:
                coming = ahead.submit(_fetch, engine, behind(query, rows[-1][1], rows[-1][0]))
            yield from map(ExportRow._make, rows)
            if len(rows) < step:
                return


def _fetch(engine: Engine, query: Select[Any]) -> list[tuple[Any, ...]]:
    """Return the rows as the driver gives them: to look at each value once more takes longer than to read it."""
    compiled = query.compile(dialect=engine.dialect, compile_kwargs={"render_postcompile": True})
    values = compiled.construct_params()
    given = tuple(values[name] for name in compiled.positiontup or ()) if compiled.positional else dict(values)
    with engine.connect() as connection:
        return list(connection.exec_driver_sql(str(compiled), given).cursor.fetchall())


def _query(transaction: Transaction, site_id: int, filters: Filters) -> Select[Any]:
    # Asked for each row: a join would let the planner read whole months.
    same = (ReceiptPersonal.time == Receipt.time, ReceiptPersonal.receipt_id == Receipt.id)
    visitor = select(ReceiptPersonal.visitor).where(*same).scalar_subquery()
    said: ColumnElement[str] = _text(SAID[0])
    for name in SAID[1:]:
        said = said.concat(_APART).concat(_text(name))
    columns = (Receipt.id, Receipt.time, Receipt.expires, Receipt.erased, Receipt.log_index, Receipt.leaf_hash)
    found = select(*columns, said, Receipt.jws, visitor).where(*conditions_of(transaction, site_id, filters))
    return found.order_by(Receipt.time.desc(), Receipt.id.desc())


def _text(name: str) -> ColumnElement[str]:
    column = getattr(Receipt, name)
    if isinstance(column.type, Boolean):
        return case((column.is_(True), literal_column("'1'")), (column.is_(False), literal_column("'0'")), else_=_EMPTY)
    return func.coalesce(column, _EMPTY)
