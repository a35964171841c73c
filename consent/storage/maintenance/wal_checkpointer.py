"""Checkpoint SQLite's WAL in a background thread so the writer never waits."""

from sqlalchemy import Connection, Engine

from consent.storage.database.database_thread import DatabaseThread
from consent.storage.database.write_lock import write_lock

EVERY_SECONDS = 0.1
PAGES = 4000
"""WAL pages at which the WAL is restarted, which makes the writer wait some milliseconds."""
TRIES = 4


class WalCheckpointer(DatabaseThread):
    """Background checkpointer of SQLite's WAL, ten times a second; does nothing on PostgreSQL.

    By default, the COMMIT that finds the WAL too long checkpoints it, and all visitors choosing at that moment wait 30
    ms, every second on a busy service (sqlite.org, "Write-Ahead Logging", 2.2). Connections still do so if this falls
    behind.
    """

    def __init__(self, engine: Engine) -> None:
        super().__init__("backfill", engine, EVERY_SECONDS)
        self._last_state = (0, 0)

    def start(self) -> None:
        """Start the thread if the database is SQLite."""
        if self._engine.dialect.name == "sqlite":
            super().start()

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

    def _round(self) -> None:
        self.checkpoint()


def _checkpoint_passive(connection: Connection) -> tuple[int, int]:
    """Checkpoint the WAL as far as readers allow, without waiting; return its pages and how many were moved."""
    _, pages, moved = connection.exec_driver_sql("PRAGMA wal_checkpoint(PASSIVE)").one()
    return pages, moved
