"""Write transactions of one process on SQLite take turns, and fail if another process is writing."""

import contextlib
import gc
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError

from consent.storage.database import sqlite_connection
from consent.storage.database.engine import make_engine
from consent.storage.database.query_timeout import answers_within
from consent.storage.database.write_lock import WriteLock, WriteLockError, lock_of, write_lock
from tests.polling import wait_for


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "consent.sqlite"


@pytest.fixture
def engine(file: Path) -> Iterator[Engine]:
    engine = make_engine(f"sqlite:///{file}")
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE counter (value INTEGER)")
        connection.exec_driver_sql("INSERT INTO counter VALUES (0)")
    yield engine
    engine.dispose()


@pytest.fixture
def is_impatient(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait only 20 ms for other processes."""
    _set_busy_timeout(engine, 20)
    monkeypatch.setattr(sqlite_connection, "BUSY_TIMEOUT_MILLISECONDS", 20)


def test_many_threads_write_without_a_busy_timeout(engine: Engine) -> None:
    _set_busy_timeout(engine, 0)
    errors = _in_threads(16, lambda: [_add(engine, pause=0.001) for _ in range(10)])
    assert errors == []
    assert _value(engine) == 160


def test_two_engines_of_one_file_take_turns_too(engine: Engine, file: Path) -> None:
    others = [make_engine(f"sqlite:///{file.parent / '.' / file.name}") for _ in range(3)]
    for one in (engine, *others):
        _set_busy_timeout(one, 0)
    turns = iter([engine, *others] * 2)
    assert _in_threads(8, lambda: [_add(one, pause=0.002) for one in [next(turns)] * 10]) == []
    assert _value(engine) == 80
    for one in others:
        one.dispose()


def test_waiters_are_served_in_order() -> None:
    lock, served = WriteLock(), []
    held = lock.acquire(1)
    threads = []
    for number in range(5):
        threads.append(threading.Thread(target=_serve, args=(lock, served, number)))
        threads[-1].start()
        wait_for(lambda: len(lock._waiting) == len(threads))
    lock.release(held)
    for thread in threads:
        thread.join()
    assert served == [0, 1, 2, 3, 4]


def test_a_thread_that_writes_on_two_connections_gets_an_error_immediately(engine: Engine) -> None:
    with engine.connect() as first, engine.connect() as second:
        first.exec_driver_sql("UPDATE counter SET value = 1")
        begun = time.monotonic()
        with pytest.raises(OperationalError, match="this thread is already writing on another connection"):
            second.exec_driver_sql("UPDATE counter SET value = 2")
        assert time.monotonic() - begun < 2
        second.rollback()
        assert second.exec_driver_sql("SELECT value FROM counter").scalar() == 0
        first.commit()
        second.exec_driver_sql("UPDATE counter SET value = value + 1")
        second.commit()
    assert _value(engine) == 2


def test_nested_blocks_of_one_transaction_write(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE counter SET value = 1")
        with connection.begin_nested():
            connection.exec_driver_sql("UPDATE counter SET value = value + 1")
        with pytest.raises(OperationalError), connection.begin_nested():
            connection.exec_driver_sql("UPDATE counter SET unknown = 1")
    assert _value(engine) == 2
    _add(engine)


def _commit(connection: Connection) -> None:
    connection.commit()


def _roll_back(connection: Connection) -> None:
    connection.rollback()


def _close(connection: Connection) -> None:
    connection.close()


def _invalidate(connection: Connection) -> None:
    connection.invalidate()


def _end_in_sql(connection: Connection) -> None:
    connection.exec_driver_sql("ROLLBACK")


@pytest.mark.parametrize("end", [_commit, _roll_back, _close, _invalidate, _end_in_sql])
def test_the_lock_ends_with_the_transaction(engine: Engine, end: Callable[[Connection], None]) -> None:
    with engine.connect() as connection:
        connection.exec_driver_sql("UPDATE counter SET value = 1")
        end(connection)
        _add(engine)


@pytest.mark.slow
def test_the_lock_of_a_connection_that_was_forgotten_is_free(engine: Engine, file: Path) -> None:
    connection = sqlite3.connect(file, factory=sqlite_connection.SqliteConnection)
    connection.execute("UPDATE counter SET value = 1")
    with pytest.raises(WriteLockError):
        lock_of(str(file)).acquire(0)
    del connection
    gc.collect()
    _add(engine)


def test_a_raw_connection_takes_the_lock_in_every_way_to_run_a_statement(file: Path, engine: Engine) -> None:
    raw = sqlite3.connect(file, factory=sqlite_connection.SqliteConnection)
    add = "INSERT INTO counter VALUES (?)"
    ways: list[Callable[[], Any]] = [
        lambda: raw.execute(add, (1,)),
        lambda: raw.executemany(add, [(1,)]),
        lambda: raw.cursor().execute(add, (1,)),
        lambda: raw.cursor().executemany(add, [(1,)]),
        lambda: raw.execute("BEGIN IMMEDIATE"),
    ]
    for way in ways:
        with raw:
            way()
            with pytest.raises(WriteLockError):
                lock_of(str(file)).acquire(0)
        lock_of(str(file)).release(lock_of(str(file)).acquire(0))
    raw.close()


def test_a_read_needs_no_lock(engine: Engine) -> None:
    held = lock_of(engine.url.database or "").acquire(1)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT value FROM counter").scalar() == 0
        query = "WITH few AS (SELECT value FROM counter) SELECT value FROM few"
        assert connection.exec_driver_sql(query).scalar() == 0
    lock_of(engine.url.database or "").release(held)


def test_a_thread_waits_as_long_as_it_says(engine: Engine) -> None:
    with write_lock(engine):
        errors: list[Exception] = []

        def write_soon() -> None:
            with answers_within(0.05):
                _add(engine)

        errors += _in_threads(1, write_soon)
    assert "timed out waiting for other writers" in str(errors[0])
    _add(engine)
    assert _value(engine) == 1


@pytest.mark.usefixtures("is_impatient")
def test_another_process_that_writes_ends_the_wait_of_all(engine: Engine, file: Path) -> None:
    with contextlib.closing(sqlite3.connect(file)) as other, other:
        other.execute("UPDATE counter SET value = value")
        begun = time.monotonic()
        errors = _in_threads(12, lambda: _add(engine))
        assert time.monotonic() - begun < 10
    assert [type(error) for error in errors] == [OperationalError] * 12
    assert _in_threads(12, lambda: _add(engine)) == []
    assert _value(engine) == 12


def test_a_short_write_of_another_process_is_waited_for(engine: Engine, file: Path) -> None:
    other = sqlite3.connect(file, check_same_thread=False)
    other.execute("UPDATE counter SET value = value")
    timer = threading.Timer(0.2, other.commit)
    timer.start()
    assert _in_threads(8, lambda: _add(engine)) == []
    timer.join()
    other.close()
    assert _value(engine) == 8


def _serve(lock: WriteLock, served: list[int], number: int) -> None:
    held = lock.acquire(10)
    served.append(number)
    lock.release(held)


def _add(engine: Engine, pause: float = 0.0) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE counter SET value = value + 1")
        time.sleep(pause)


def _value(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.exec_driver_sql("SELECT value FROM counter").scalar_one())


def _set_busy_timeout(engine: Engine, milliseconds: int) -> None:
    from sqlalchemy import event

    engine.dispose()
    event.listen(engine, "connect", lambda raw, _: raw.execute(f"PRAGMA busy_timeout = {milliseconds}"))


def _in_threads(count: int, work: Callable[[], object]) -> list[Exception]:
    """Run `work` in `count` threads at once, and return the exceptions raised."""
    errors: list[Exception] = []

    def run() -> None:
        try:
            work()
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return errors
