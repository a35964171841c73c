"""SQLite's write-ahead log stays short, whatever other connections do."""

import threading
from pathlib import Path

import pytest
from sqlalchemy import Engine

from consent.storage.database.engine import make_engine
from consent.storage.database.write_lock import write_lock
from consent.storage.maintenance import migrate, wal_checkpointer
from consent.storage.maintenance.wal_checkpointer import WalCheckpointer
from consent.storage.tables.sites import Site
from tests.polling import wait_for
from tests.storage.sample_receipts import NOW

LONG = "x" * 40_000


@pytest.fixture
def engine(tmp_path: Path):
    found = make_engine(f"sqlite:///{tmp_path}/consent.sqlite")
    migrate.upgrade(found)
    yield found
    found.dispose()


def write(engine: Engine, *names: str) -> None:
    for name in names:
        with engine.begin() as connection:
            connection.execute(Site.__table__.insert().values(key=name, name=name, draft=LONG, created_at=NOW))


def pages(engine: Engine) -> int:
    """Return the number of pages in the log."""
    with engine.connect() as connection:
        return int(connection.exec_driver_sql("PRAGMA wal_checkpoint(PASSIVE)").one()[1])


def test_a_long_log_is_begun_anew_with_the_next_write(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wal_checkpointer, "PAGES", 20)
    write(engine, *(f"first-{number}" for number in range(10)))
    WalCheckpointer(engine).checkpoint()
    write(engine, "second")
    assert pages(engine) < 20


def test_nothing_waits_for_a_short_log(engine: Engine) -> None:
    write(engine, "first")
    with write_lock(engine):
        WalCheckpointer(engine).checkpoint()


def test_a_reader_does_not_block_writers_and_the_wal_restarts(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wal_checkpointer, "PAGES", 20)
    with engine.connect() as reader:
        # Until it has fetched everything, it reads the database as it was.
        cursor = reader.exec_driver_sql("SELECT 'one' FROM sqlite_schema").cursor
        write(engine, *(f"first-{number}" for number in range(10)))
        WalCheckpointer(engine).checkpoint()
        write(engine, "second")
        assert pages(engine) > 20
        cursor.close()
    WalCheckpointer(engine).checkpoint()
    write(engine, "third")
    assert pages(engine) < 20


def test_the_thread_does_it_by_itself(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wal_checkpointer, "PAGES", 20)
    file, names = tmp_path / "consent.sqlite-wal", map(str, range(10_000))
    write(engine, *(f"first-{number}" for number in range(10)))

    def is_begun_anew() -> bool:
        before = file.stat().st_size
        write(engine, next(names))
        return file.stat().st_size == before

    assert not any(is_begun_anew() for _ in range(5))
    thread = WalCheckpointer(engine)
    thread.start()
    wait_for(is_begun_anew)
    thread.close()


def test_there_is_no_checkpointer_for_postgresql(postgres_engine: Engine) -> None:
    # An earlier test may have left a service that is still shutting down.
    before = set(threading.enumerate())
    thread = WalCheckpointer(postgres_engine)
    thread.start()
    assert not [one for one in threading.enumerate() if one.name == "backfill" and one not in before]
    thread.close()
