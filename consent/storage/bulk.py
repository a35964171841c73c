"""Many rows at once: COPY on PostgreSQL, statements of many rows on SQLite."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from psycopg.copy import QueuedLibpqWriter
from sqlalchemy import Connection

from consent.storage.batches import (
    KEY_COLUMNS,
    PERSONAL_COLUMNS,
    RECEIPT_COLUMNS,
    insert_many,
    key_row,
    personal_row,
    receipt_row,
)
from consent.storage.choice_counts import COUNT_GIVEN, COUNT_GIVEN_POSTGRES, counted
from consent.storage.new_receipt import NewReceipt

Row = Sequence[Any]
PIECE = 512
"""Rows that are handed to the database together."""
SQLITE_ROWS = 64
_ESCAPED = str.maketrans({"\\": r"\\", "\n": r"\n", "\r": r"\r", "\t": r"\t"})


def load(connection: Connection, table: str, columns: Sequence[str], rows: Iterable[Row]) -> int:
    """Add `rows` to `table` in the connection's transaction, and return how many; `columns` name their values.

    Values are None, booleans, whole numbers, texts and bytes.
    """
    raw: Any = connection.connection.driver_connection
    if connection.dialect.name == "sqlite":
        return _insert(raw, table, columns, rows)
    count = 0
    statement = f"COPY {table} ({', '.join(columns)}) FROM STDIN"
    # What makes the next rows goes on while the database takes these.
    with raw.cursor() as cursor, cursor.copy(statement, writer=QueuedLibpqWriter(cursor)) as copy:
        for piece in _pieces(rows, PIECE):
            copy.write("".join([_line(row) for row in piece]).encode())
            count += len(piece)
    return count


def load_receipts(connection: Connection, news: Sequence[NewReceipt]) -> None:
    """Add receipts with their keys, personal parts and counts. Raises IntegrityError where one is there already.

    Their months must be there. The writer of receipts goes another way: its batches may hold what is there already.
    """
    load(connection, "receipt_key", KEY_COLUMNS, map(key_row, news))
    load(connection, "receipt", RECEIPT_COLUMNS, map(receipt_row, news))
    personal = (personal_row(new) for new in news if new.salt is not None)
    load(connection, "receipt_personal", PERSONAL_COLUMNS, personal)
    count = COUNT_GIVEN if connection.dialect.name == "sqlite" else COUNT_GIVEN_POSTGRES
    raw: Any = connection.connection.driver_connection
    raw.execute(count, (counted(news),))


def _insert(raw: Any, table: str, columns: Sequence[str], rows: Iterable[Row]) -> int:
    count = 0
    for piece in _pieces(rows, SQLITE_ROWS):
        raw.execute(insert_many(table, columns, len(piece)), [value for row in piece for value in row])
        count += len(piece)
    return count


def _pieces(rows: Iterable[Row], size: int) -> Iterator[list[Row]]:
    left = iter(rows)
    while piece := list(islice(left, size)):
        yield piece


def _line(row: Row) -> str:
    """Return a row in the text format of COPY."""
    return "\t".join([_text(value) for value in row]) + "\n"


def _text(value: Any) -> str:
    if value.__class__ is str:
        # Most have nothing to escape, which is quicker to see than to do.
        is_plain = "\\" not in value and "\n" not in value and "\t" not in value and "\r" not in value
        return value if is_plain else value.translate(_ESCAPED)
    if value is None:
        return r"\N"
    if isinstance(value, bool):
        return "t" if value else "f"
    return rf"\\x{value.hex()}" if isinstance(value, bytes) else str(value)
