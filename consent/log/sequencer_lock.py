"""Leader lock of the sequencer: one process at a time, across all nodes."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection

from consent.storage.database import advisory_locks

IDLE_TIMEOUT = "5s"
"""How long a process cut off in the middle of a round keeps the lock: no round is ever idle for that long."""


def acquire(transaction: Connection) -> bool:
    """Acquire the sequencer lock for this transaction, and return whether that worked; for SQLite, see `acquire_file`."""
    if transaction.dialect.name == "sqlite":
        return True
    return advisory_locks.try_lock(transaction, advisory_locks.SEQUENCER, IDLE_TIMEOUT)


@contextmanager
def acquire_file(connection: Connection, folder: Path) -> Iterator[bool]:
    """Acquire the lock by a file in `folder` on SQLite, where all processes are on this machine; yield whether that worked.

    On PostgreSQL, each round acquires the lock itself.
    """
    if connection.dialect.name != "sqlite":
        yield True
        return
    with acquire_file_lock(folder / "sequencer.lock") as has_lock:
        yield has_lock


@contextmanager
def acquire_file_lock(path: Path) -> Iterator[bool]:
    """Lock the file until the end of the block, and yield whether no other process on this machine had locked it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
