"""SQLite connection whose writing transactions take turns with those of all other threads of this process."""

import re
import sqlite3
from collections.abc import Callable
from types import TracebackType
from typing import Any, Literal, Self

from consent.storage.database.query_timeout import query_timeout
from consent.storage.database.write_lock import WriteLockError, lock_of

BUSY_TIMEOUT_MILLISECONDS = 5000
"""How long a transaction waits for another process that writes."""
WRITE_LOCK_SECONDS = 30.0
"""How long it waits for others of this process, of which each is short; `answers_within` sets another time."""
_READS = re.compile(
    r"\s*(?:SELECT|VALUES|PRAGMA|EXPLAIN|SAVEPOINT|RELEASE|COMMIT|END|ROLLBACK|WITH(?!.*\b(?:INTO|SET|DELETE)\b))\b",
    re.IGNORECASE | re.DOTALL,
)
"""Statements that need no lock of the database for themselves."""


class SqliteCursor(sqlite3.Cursor):
    """Takes the write lock before the first statement that writes; its connection releases it with the transaction."""

    connection: "SqliteConnection"

    def execute(self, sql: str, parameters: Any = (), /) -> Self:
        """Run one statement. Raises OperationalError where others write for too long."""
        self.connection.run(sql, lambda: super(SqliteCursor, self).execute(sql, parameters))
        return self

    def executemany(self, sql: str, parameters: Any, /) -> Self:
        """Run one statement for each of `parameters`, as `execute` does."""
        self.connection.run(sql, lambda: super(SqliteCursor, self).executemany(sql, parameters))
        return self


class SqliteConnection(sqlite3.Connection):
    """Holds the write lock of its database file from the first statement that writes to the end of the transaction."""

    def __init__(self, database: str, *arguments: Any, **named: Any) -> None:
        super().__init__(database, *arguments, **named)
        self._lock = lock_of(database)
        self._held: object | None = None

    def run(self, sql: str, run: Callable[[], object]) -> None:
        """Call `run` for the statement `sql`, with the lock where it writes. Raises OperationalError."""
        if self._held is None:
            if _READS.match(sql):
                run()
                return
            self._acquire()
        try:
            run()
        except sqlite3.OperationalError as error:
            if getattr(error, "sqlite_errorname", "") == "SQLITE_BUSY" and not self.in_transaction:
                self._lock.give_up_older(BUSY_TIMEOUT_MILLISECONDS / 1000)
            raise
        finally:
            self._release_after_transaction()

    def cursor(self, factory: Any = SqliteCursor) -> Any:
        """Return a cursor that takes the lock."""
        return super().cursor(factory)

    def execute(self, sql: str, parameters: Any = (), /) -> Any:
        """Run one statement on a cursor of its own."""
        return self.cursor().execute(sql, parameters)

    def executemany(self, sql: str, parameters: Any, /) -> Any:
        """Run one statement for each of `parameters` on a cursor of its own."""
        return self.cursor().executemany(sql, parameters)

    def commit(self) -> None:
        """Commit the transaction and release the lock."""
        try:
            super().commit()
        finally:
            self._release_after_transaction()

    def rollback(self) -> None:
        """Roll the transaction back and release the lock."""
        try:
            super().rollback()
        finally:
            self._release_after_transaction()

    def close(self) -> None:
        """Close the connection, which rolls its transaction back, and release the lock."""
        super().close()
        self._release()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> Literal[False]:
        try:
            return super().__exit__(kind, error, trace)
        finally:
            self._release_after_transaction()

    def __del__(self) -> None:
        # The file is unlocked once the connection is gone; nobody who waits does so for a connection that nobody has.
        self._release()

    def _acquire(self) -> None:
        try:
            self._held = self._lock.acquire(query_timeout() or WRITE_LOCK_SECONDS)
        except WriteLockError as error:
            locked = sqlite3.OperationalError(f"database is locked: {error}")
            locked.sqlite_errorname = "SQLITE_BUSY"
            raise locked from None

    def _release_after_transaction(self) -> None:
        if self._held is not None and not self.in_transaction:
            self._release()

    def _release(self) -> None:
        held, self._held = getattr(self, "_held", None), None
        if held is not None:
            self._lock.release(held)
