"""Elect one dispatcher across all nodes: by a PostgreSQL advisory lock, or by a file lock on SQLite."""

from contextlib import AbstractContextManager
from pathlib import Path

from sqlalchemy import Connection, Engine

from consent.log.sequencer_lock import acquire_file_lock
from consent.storage.database import advisory_locks

IDLE_TIMEOUT = "20s"
"""A process that is cut off loses the lock after this time; the dispatcher sends a keep-alive every second."""
FILE = "delivery.lock"


class Leader:
    """Holds the lock as long as `is_leader` keeps being called."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self._engine, self._folder = engine, folder
        self._connection: Connection | None = None
        self._file: AbstractContextManager[bool] | None = None

    def is_leader(self) -> bool:
        """Return whether this process alone may send until the next call. Raises SQLAlchemyError."""
        if self._engine.dialect.name == "sqlite":
            return self._holds_file_lock()
        if self._connection is not None:
            try:
                advisory_locks.keep_alive(self._connection)
            except BaseException:
                self.release()
                raise
            return True
        connection = self._engine.connect()
        try:
            if advisory_locks.try_lock(connection, advisory_locks.DELIVERY, IDLE_TIMEOUT):
                self._connection = connection
                return True
        except BaseException:
            connection.close()
            raise
        connection.close()
        return False

    def release(self) -> None:
        """Release the lock, so that another process can send."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.invalidate()
            connection.close()
        held, self._file = self._file, None
        if held is not None:
            held.__exit__(None, None, None)

    def _holds_file_lock(self) -> bool:
        if self._file is None:
            lock = acquire_file_lock(self._folder / FILE)
            if not lock.__enter__():
                lock.__exit__(None, None, None)
                return False
            self._file = lock
        return True
