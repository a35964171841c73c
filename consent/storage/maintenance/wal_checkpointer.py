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
"""WAL pages at which the WAL is restarted, which makes the writer wait some milliseconds."""
TRIES = 4


class WalCheckpointer:
    """Background checkpointer of SQLite's WAL, ten times a second; does nothing on PostgreSQL.

    By default, the COMMIT that finds the WAL too long checkpoints it, and all visitors choosing at that moment wait 30
    ms, every second on a busy service (sqlite.org, "Write-Ahead Logging", 2.2). Connections still do so if this falls
    behind.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine, self._outage = engine, Outage(engine, "backfill")
        self._last_state = (0, 0)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="backfill", daemon=True)

    def start(self) -> None:
        """Start the thread if the database is SQLite."""
        if self._engine.dialect.name == "sqlite":
            self._thread.start()

    def close(self) -> None:
        """Stop the thread."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(5)

    def checkpoint(self) -> None:
        """Checkpoint the WAL; if it is long, completely, so that the next write restarts it."""
        with self._engine.connect() as connection:
            state = _checkpoint_passive(connection)
            if state == self._last_state or state[0] < PAGES:
                self._last_state = state
                return
            # All but the last pages are moved and synced to disk while others write.
            for _ in range(TRIES):
                pages, moved = _checkpoint_passive(connection)
                if pages == moved:
                    break
            with write_lock(self._engine):
                self._last_state = _checkpoint_passive(connection)

    def _watch(self) -> None:
        while not self._stop.wait(EVERY_SECONDS):
            try:
                self.checkpoint()
                self._outage.is_over()
            except SQLAlchemyError as error:
                self._outage.begins(error)
            except Exception:
                log.exception("checkpointing the WAL failed")


def _checkpoint_passive(connection: Connection) -> tuple[int, int]:
    """Checkpoint the WAL as far as readers allow, without waiting; return its pages and how many were moved."""
    _, pages, moved = connection.exec_driver_sql("PRAGMA wal_checkpoint(PASSIVE)").one()
    return pages, moved
