"""Whose turn it is to sequence: one process at a time, on however many nodes."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection

LOCK = 0x636F6E73656E7403
"""Of the advisory lock on PostgreSQL: `consent` and 3."""


@contextmanager
def turn(connection: Connection, folder: Path) -> Iterator[bool]:
    """Tell whether it is our turn, and keep it to the end of the block.

    On PostgreSQL the lock lies on `connection` itself, which does the work too: where it breaks, both end together.
    On SQLite, where every process is on this machine, it is that of a file in `folder`.
    """
    with _advisory(connection) if connection.dialect.name == "postgresql" else _of_file(folder) as is_ours:
        yield is_ours


@contextmanager
def _advisory(connection: Connection) -> Iterator[bool]:
    is_ours = bool(connection.exec_driver_sql(f"SELECT pg_try_advisory_lock({LOCK})").scalar_one())
    connection.commit()
    try:
        yield is_ours
    finally:
        if is_ours and not connection.invalidated:
            connection.rollback()
            connection.exec_driver_sql(f"SELECT pg_advisory_unlock({LOCK})")
            connection.commit()


@contextmanager
def _of_file(folder: Path) -> Iterator[bool]:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "sequencer.lock").open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
