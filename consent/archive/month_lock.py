"""Lock for detaching and restoring months: one process at a time, across all nodes."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine

from consent.log.sequencer_lock import acquire_file_lock
from consent.storage.database import advisory_locks

IDLE_TIMEOUT = "12h"
"""The transaction with the lock sits idle for as long as the work takes."""


class MonthMoveError(Exception):
    """The month was not moved; the message is a sentence for whoever requested it."""


@contextmanager
def month_lock(engine: Engine, instance: Path) -> Iterator[None]:
    """Keep other processes from moving months until the block ends. Raises MonthMoveError if one is doing so.

    On PostgreSQL the lock is held by a transaction that does nothing else: a session lock would end up with another
    client behind a pooler. The transaction has no snapshot, so it doesn't hold back vacuum. On SQLite it is a file in
    `instance`.
    """
    if engine.dialect.name == "sqlite":
        with acquire_file_lock(instance / "months.lock") as has_lock:
            _check(has_lock)
            yield
        return
    with engine.begin() as connection:
        _check(advisory_locks.try_lock(connection, advisory_locks.MONTHS, IDLE_TIMEOUT))
        yield


def _check(has_lock: bool) -> None:
    if not has_lock:
        raise MonthMoveError("Another process is detaching, attaching or rewriting months.")
