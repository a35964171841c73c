"""A SQLite file that can be read but not written is detected; one that another process is writing to is fine."""

import contextlib
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import Engine, event

from consent.storage.database.engine import make_engine
from consent.storage.database.sqlite_connection import SqliteConnection
from consent.storage.database.write_probe import write_problem


@pytest.fixture
def file(ready_sqlite_database: str) -> Path:
    return Path(ready_sqlite_database.removeprefix("sqlite:///"))


@pytest.fixture
def database(file: Path):
    engine = make_engine(f"sqlite:///{file}")
    yield engine
    engine.dispose()


def _read_only(engine: Engine, file: Path) -> None:
    """Make new connections open the file read-only, as on a read-only disk."""

    def connect(*_: object) -> SqliteConnection:
        return sqlite3.connect(f"file:{file}?mode=ro", uri=True, factory=SqliteConnection, isolation_level="IMMEDIATE")

    engine.dispose()
    event.listen(engine, "do_connect", connect)


def test_a_file_that_takes_writes_is_as_it_was(database: Engine, file: Path) -> None:
    with contextlib.closing(sqlite3.connect(file)) as beside:
        beside.execute("PRAGMA user_version = 7")
        assert write_problem(database) == ""
        assert beside.execute("PRAGMA user_version").fetchone() == (7,)


def test_a_file_that_is_only_read_is_noticed(database: Engine, file: Path) -> None:
    with contextlib.closing(sqlite3.connect(file)):
        _read_only(database, file)
        with database.connect() as connection:
            assert connection.exec_driver_sql("SELECT count(*) FROM site").scalar() == 0
        assert "is not writable (attempt to write a readonly database)" in write_problem(database)


def test_a_file_that_somebody_writes_to_takes_writes(database: Engine, file: Path) -> None:
    event.listen(database, "connect", lambda raw, _: raw.execute("PRAGMA busy_timeout = 20"))
    with contextlib.closing(sqlite3.connect(file)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert write_problem(database) == ""


def test_postgresql_says_it_by_itself(postgres_engine: Engine) -> None:
    assert write_problem(postgres_engine) == ""
