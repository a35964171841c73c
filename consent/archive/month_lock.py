"""Lock for detaching and restoring months: one process at a time, across all nodes."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine

from consent.log.sequencer_lock import acquire_file_lock
from consent.storage.database import advisory_locks

IDLE_TIMEOUT = "12h"
"""The transaction with the lock does nothing else, for as long as the work takes."""


class MonthMoveError(Exception):
    """The month stays where it is; the message is a sentence for whoever asked."""


@contextmanager
def month_lock(engine: Engine, instance: Path) -> Iterator[None]:
    """Keep other processes from moving months to the end of the block. Raises MonthMoveError where one does.

    On PostgreSQL by a transaction that does nothing else, since a lock of the session would be somebody else's behind a
    pooler: it has no snapshot, and so stops no vacuum. On SQLite by a file in `instance`.
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
        raise MonthMoveError("Months are being detached, attached or written anew by another process.")
