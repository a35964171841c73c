"""Migrate all data from SQLite to PostgreSQL."""

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import Boolean, Connection, Engine, Table

from consent.core.days import DAY_SECONDS
from consent.storage.database.base import Base
from consent.storage.database.partitions import PARTITIONED, create_months, month_of
from consent.storage.maintenance.bulk_insert import load


class UnsupportedRowError(Exception):
    """PostgreSQL can't store a row; the message names its table."""


def copy_all(copy: Path, engine: Engine) -> None:
    """Replace the contents of `engine`'s PostgreSQL database with those of the SQLite file `copy`, or change nothing.

    Both have this program's schema. Raises UnsupportedRowError.
    """
    tables = Base.metadata.sorted_tables
    with contextlib.closing(sqlite3.connect(copy)) as source:
        create_months(engine, _months(source))
        with engine.begin() as connection:
            names = ", ".join(_quoted(connection, table.name) for table in tables)
            connection.exec_driver_sql(f"TRUNCATE {names}")
            for table in tables:
                try:
                    load(connection, table.name, _columns(table), _rows(source, table))
                    _reset_sequence(connection, table)
                except psycopg.Error as error:
                    raise UnsupportedRowError(f"{table.name}: {str(error).splitlines()[0]}") from None


def _months(source: sqlite3.Connection) -> set[int]:
    days = " UNION ".join(f"SELECT time / {DAY_SECONDS} FROM {table}" for table in PARTITIONED)  # noqa: S608 - names of ours
    return {month_of(day * DAY_SECONDS) for (day,) in source.execute(days)}


def _columns(table: Table) -> list[str]:
    return [column.name for column in table.columns]


def _rows(source: sqlite3.Connection, table: Table) -> Iterator[list[Any]]:
    """Yield a table's rows in PostgreSQL's types: SQLite stores booleans as 0 and 1."""
    columns = ", ".join(f'"{name}"' for name in _columns(table))
    booleans = [place for place, column in enumerate(table.columns) if isinstance(column.type, Boolean)]
    for cells in source.execute(f'SELECT {columns} FROM "{table.name}"'):  # noqa: S608 - our own names
        row = list(cells)
        for place in booleans:
            if row[place] is not None:
                row[place] = bool(row[place])
        yield row


def _reset_sequence(connection: Connection, table: Table) -> None:
    """Set the table's sequence to continue after the highest id."""
    column = table.autoincrement_column
    if column is None:
        return
    name = _quoted(connection, table.name)
    connection.exec_driver_sql(
        f"SELECT setval(pg_get_serial_sequence('{name}', '{column.name}'), max({column.name})) FROM {name}"  # noqa: S608
    )


def _quoted(connection: Connection, name: str) -> str:
    return connection.dialect.identifier_preparer.quote(name)
