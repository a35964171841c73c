"""One dispatcher over all nodes: an advisory lock of PostgreSQL, or a file where the database is SQLite's."""

from contextlib import AbstractContextManager
from pathlib import Path

from sqlalchemy import Connection, Engine

from consent.log.sequencer_lock import acquire_file_lock
from consent.storage.database import advisory_locks

IDLE_TIMEOUT = "20s"
"""A process that is cut off loses the lock after it: the dispatcher shows a sign of life each second."""
FILE = "delivery.lock"


class Leader:
    """Holds the lock for as long as `is_leader` is asked."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self._engine, self._folder = engine, folder
        self._connection: Connection | None = None
        self._file: AbstractContextManager[bool] | None = None

    def is_leader(self) -> bool:
        """Return whether this process alone sends, from now until the next call. Raises SQLAlchemyError."""
        if self._engine.dialect.name == "sqlite":
            return self._has_file()
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
        """Release the lock, so that another process sends."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.invalidate()
            connection.close()
        held, self._file = self._file, None
        if held is not None:
            held.__exit__(None, None, None)

    def _has_file(self) -> bool:
        if self._file is None:
            lock = acquire_file_lock(self._folder / FILE)
            if not lock.__enter__():
                lock.__exit__(None, None, None)
                return False
            self._file = lock
        return True
