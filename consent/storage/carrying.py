"""A database of SQLite carried into PostgreSQL, where one server is no longer enough."""

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import Boolean, Connection, Engine, Table

from consent.storage.bulk import load
from consent.storage.models import Base
from consent.storage.partitions import PARTITIONED, make_months, month_of

DAY_S = 86400


class Unfit(Exception):
    """A row is none that PostgreSQL keeps; the message names its table."""


def carry(copy: Path, engine: Engine) -> None:
    """Put all rows of the SQLite file `copy` in the place of those that the PostgreSQL database of `engine` holds, or none.

    Both have the schema of this program. Raises Unfit.
    """
    tables = Base.metadata.sorted_tables
    with contextlib.closing(sqlite3.connect(copy)) as source:
        make_months(engine, _months(source))
        with engine.begin() as connection:
            names = ", ".join(_quoted(connection, table.name) for table in tables)
            connection.exec_driver_sql(f"TRUNCATE {names}")
            for table in tables:
                try:
                    load(connection, table.name, _columns(table), _rows(source, table))
                    _count_on(connection, table)
                except psycopg.Error as error:
                    raise Unfit(f"{table.name}: {str(error).splitlines()[0]}") from None


def _months(source: sqlite3.Connection) -> set[int]:
    days = " UNION ".join(f"SELECT time / {DAY_S} FROM {table}" for table in PARTITIONED)  # noqa: S608 - names of ours
    return {month_of(day * DAY_S) for (day,) in source.execute(days)}


def _columns(table: Table) -> list[str]:
    return [column.name for column in table.columns]


def _rows(source: sqlite3.Connection, table: Table) -> Iterator[list[Any]]:
    """Give the rows of a table as PostgreSQL wants them: SQLite writes truth as 0 and 1."""
    columns = ", ".join(f'"{name}"' for name in _columns(table))
    truths = [place for place, column in enumerate(table.columns) if isinstance(column.type, Boolean)]
    for found in source.execute(f'SELECT {columns} FROM "{table.name}"'):  # noqa: S608 - names of ours
        row = list(found)
        for place in truths:
            if row[place] is not None:
                row[place] = bool(row[place])
        yield row


def _count_on(connection: Connection, table: Table) -> None:
    """Have numbers that the database gives go on after those that are there."""
    column = table.autoincrement_column
    if column is None:
        return
    name = _quoted(connection, table.name)
    connection.exec_driver_sql(
        f"SELECT setval(pg_get_serial_sequence('{name}', '{column.name}'), max({column.name})) FROM {name}"  # noqa: S608
    )


def _quoted(connection: Connection, name: str) -> str:
    return connection.dialect.identifier_preparer.quote(name)
