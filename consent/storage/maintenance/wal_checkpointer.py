"""Checkpoint SQLite's WAL in a background thread so the writer never waits."""

import logging
import threading

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from consent.storage.database.outage import Outage
from consent.storage.database.write_lock import write_lock

log = logging.getLogger(__name__)

EVERY_SECONDS = 0.1
PAGES = 4000
"""So many pages the log holds before it is begun anew, which the writer waits for some milliseconds."""
TRIES = 4


class WalCheckpointer:
    """Checks ten times a second, on SQLite alone.

    Left to itself the COMMIT that finds the log long moves it, and all visitors who choose wait 30 ms for that, each second
    on a busy service (sqlite.org, "Write-Ahead Logging", 2.2). The connections still do so where this comes too late.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine, self._outage = engine, Outage(engine, "backfill")
        self._seen = (0, 0)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="backfill", daemon=True)

    def start(self) -> None:
        """Start the thread, where the database is SQLite."""
        if self._engine.dialect.name == "sqlite":
            self._thread.start()

    def close(self) -> None:
        """End the thread."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(5)

    def checkpoint(self) -> None:
        """Move what there is; where it is much, to the end, so that the next write begins the log anew."""
        with self._engine.connect() as connection:
            seen = _move(connection)
            if seen == self._seen or seen[0] < PAGES:
                self._seen = seen
                return
            # All but the last pages are moved, and brought to the disk, while others write.
            for _ in range(TRIES):
                pages, moved = _move(connection)
                if pages == moved:
                    break
            with write_lock(self._engine):
                self._seen = _move(connection)

    def _watch(self) -> None:
        while not self._stop.wait(EVERY_SECONDS):
            try:
                self.checkpoint()
                self._outage.is_over()
            except SQLAlchemyError as error:
                self._outage.begins(error)


def _move(connection: Connection) -> tuple[int, int]:
    """Checkpoint the WAL as far as no reader needs it, without waiting; return its pages, and how many were moved."""
    _, pages, moved = connection.exec_driver_sql("PRAGMA wal_checkpoint(PASSIVE)").one()
    return pages, moved
