"""Whose turn it is to sequence: one process at a time, on however many nodes."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection

LOCK = 0x636F6E73656E7403
"""Of the advisory lock on PostgreSQL: `consent` and 3."""
_TAKE = f"""
SELECT pg_try_advisory_xact_lock({LOCK}), set_config('idle_in_transaction_session_timeout', '5s', true)
"""


def take_turn(transaction: Connection) -> bool:
    """Tell whether the round of this transaction is ours, which it is to its end; on SQLite see `turn`.

    Not a lock of the session: behind a pooler that would be somebody else's. Who is cut off in the middle of a round
    loses it after five seconds; a round does not rest for so long.
    """
    if transaction.dialect.name == "sqlite":
        return True
    return bool(transaction.exec_driver_sql(_TAKE).scalar())


@contextmanager
def turn(connection: Connection, folder: Path) -> Iterator[bool]:
    """Tell whether it is our turn by a file in `folder` on SQLite, where every process is on this machine.

    On PostgreSQL each round asks for itself.
    """
    if connection.dialect.name != "sqlite":
        yield True
        return
    with file_turn(folder / "sequencer.lock") as is_ours:
        yield is_ours


@contextmanager
def file_turn(path: Path) -> Iterator[bool]:
    """Tell whether no other process of this machine has locked the file, which is ours to the end of the block."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
