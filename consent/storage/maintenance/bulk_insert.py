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
from consent.storage.receipts.choice_counters import COUNT_GIVEN, COUNT_GIVEN_POSTGRES, choice_counts
from consent.storage.receipts.new_receipt import NewReceipt

Row = Sequence[Any]
SQLITE_ROWS = 64


def load(connection: Connection, table: str, columns: Sequence[str], rows: Iterable[Row]) -> int:
    """Insert `rows` into `table` in the connection's transaction, and return how many; `columns` names their values.

    Values are None, booleans, numbers, strings and bytes.
    """
    raw: Any = connection.connection.driver_connection
    if connection.dialect.name == "sqlite":
        return _insert(raw, table, columns, rows)
    from psycopg.copy import QueuedLibpqWriter  # imported here to keep the driver out of memory on SQLite

    quote = connection.dialect.identifier_preparer.quote
    table, names = quote(table), ", ".join(map(quote, columns))
    with raw.cursor() as cursor:
        # The binary format needs no escaping or number formatting, but each value must have its column's type.
        cursor.execute(f"SELECT {names} FROM {table} LIMIT 0")  # noqa: S608 - our own names
        types = [column.type_code for column in cursor.description]
        statement = f"COPY {table} ({names}) FROM STDIN (FORMAT BINARY)"
        # Rows are generated while the database processes earlier ones.
        with cursor.copy(statement, writer=QueuedLibpqWriter(cursor)) as copy:
            copy.set_types(types)
            for row in rows:
                copy.write_row(row)
        return int(cursor.rowcount)


def load_receipts(connection: Connection, receipts: Sequence[NewReceipt]) -> None:
    """Insert receipts with their keys, personal parts and counts. Raises IntegrityError if one already exists.

    The partitions of their months must exist. The receipt writer doesn't use this: its batches may contain existing
    rows.
    """
    load(connection, "receipt_key", KEY_COLUMNS, map(key_row, receipts))
    load(connection, "receipt", WRITTEN_COLUMNS, map(receipt_row, receipts))
    personal = (personal_row(new) for new in receipts if new.salt is not None)
    load(connection, "receipt_personal", PERSONAL_COLUMNS, personal)
    count = COUNT_GIVEN if connection.dialect.name == "sqlite" else COUNT_GIVEN_POSTGRES
    raw: Any = connection.connection.driver_connection
    raw.execute(count, (choice_counts(receipts),))


def _insert(raw: Any, table: str, columns: Sequence[str], rows: Iterable[Row]) -> int:
    left, count = iter(rows), 0
    while batch := list(islice(left, SQLITE_ROWS)):
        raw.execute(insert_many(table, columns, len(batch)), [value for row in batch for value in row])
        count += len(batch)
    return count
