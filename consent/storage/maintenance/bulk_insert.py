"""Bulk insert: COPY on PostgreSQL, multi-row INSERT on SQLite."""

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

from sqlalchemy import Connection

from consent.core.receipt import WRITTEN_COLUMNS
from consent.storage.receipts.batch_sql import (
    KEY_COLUMNS,
    PERSONAL_COLUMNS,
    insert_many,
    key_row,
    personal_row,
    receipt_row,
)
from consent.storage.receipts.choice_counters import COUNT_GIVEN, COUNT_GIVEN_POSTGRES, counted
from consent.storage.receipts.new_receipt import NewReceipt

Row = Sequence[Any]
SQLITE_ROWS = 64


def load(connection: Connection, table: str, columns: Sequence[str], rows: Iterable[Row]) -> int:
    """Add `rows` to `table` in the connection's transaction, and return how many; `columns` name their values.

    Values are None, booleans, numbers, texts and bytes.
    """
    raw: Any = connection.connection.driver_connection
    if connection.dialect.name == "sqlite":
        return _insert(raw, table, columns, rows)
    from psycopg.copy import QueuedLibpqWriter  # on SQLite the driver stays out of memory

    quote = connection.dialect.identifier_preparer.quote
    table, names = quote(table), ", ".join(map(quote, columns))
    with raw.cursor() as cursor:
        # Rows in the binary form need no escapes and no digits; it wants each value in the type of its column.
        cursor.execute(f"SELECT {names} FROM {table} LIMIT 0")  # noqa: S608 - names of ours
        types = [column.type_code for column in cursor.description]
        statement = f"COPY {table} ({names}) FROM STDIN (FORMAT BINARY)"
        # What makes the next rows goes on while the database takes these.
        with cursor.copy(statement, writer=QueuedLibpqWriter(cursor)) as copy:
            copy.set_types(types)
            for row in rows:
                copy.write_row(row)
        return int(cursor.rowcount)


def load_receipts(connection: Connection, news: Sequence[NewReceipt]) -> None:
    """Add receipts with their keys, personal parts and counts. Raises IntegrityError where one is there already.

    Their months must be there. The writer of receipts goes another way: its batches may hold what is there already.
    """
    load(connection, "receipt_key", KEY_COLUMNS, map(key_row, news))
    load(connection, "receipt", WRITTEN_COLUMNS, map(receipt_row, news))
    personal = (personal_row(new) for new in news if new.salt is not None)
    load(connection, "receipt_personal", PERSONAL_COLUMNS, personal)
    count = COUNT_GIVEN if connection.dialect.name == "sqlite" else COUNT_GIVEN_POSTGRES
    raw: Any = connection.connection.driver_connection
    raw.execute(count, (counted(news),))


def _insert(raw: Any, table: str, columns: Sequence[str], rows: Iterable[Row]) -> int:
    left, count = iter(rows), 0
    while piece := list(islice(left, SQLITE_ROWS)):
        raw.execute(insert_many(table, columns, len(piece)), [value for row in piece for value in row])
        count += len(piece)
    return count
