"""SQLite connection whose write transactions take turns with those of other threads in this process."""

import re
import sqlite3
from collections.abc import Callable
from types import TracebackType
from typing import Any, Literal, Self

from consent.storage.database.query_timeout import query_timeout
from consent.storage.database.write_lock import WriteLockError, lock_of

BUSY_TIMEOUT_MILLISECONDS = 5000
"""How long a transaction waits for another process that is writing."""
WRITE_LOCK_SECONDS = 30.0
"""How long it waits for other threads of this process, whose writes are short; `answers_within` overrides this."""
_READS = re.compile(
    r"\s*(?:SELECT|VALUES|PRAGMA|EXPLAIN|SAVEPOINT|RELEASE|COMMIT|END|ROLLBACK|WITH(?!.*\b(?:INTO|SET|DELETE)\b))\b",
    re.IGNORECASE | re.DOTALL,
)
"""Statements that need no write lock of their own."""


class SqliteCursor(sqlite3.Cursor):
    """Cursor that takes the write lock before a statement that writes; its connection releases the lock."""

    connection: "SqliteConnection"

    def execute(self, sql: str, parameters: Any = (), /) -> Self:
        """Run one statement. Raises OperationalError if others keep writing for too long."""
        self.connection.run(sql, lambda: super(SqliteCursor, self).execute(sql, parameters))
        return self

    def executemany(self, sql: str, parameters: Any, /) -> Self:
        """Run one statement for each item of `parameters`. Raises OperationalError as `execute` does."""
        self.connection.run(sql, lambda: super(SqliteCursor, self).executemany(sql, parameters))
        return self


class SqliteConnection(sqlite3.Connection):
    """Connection that holds its file's write lock from the first writing statement to the end of the transaction."""

    def __init__(self, database: str, *arguments: Any, **named: Any) -> None:
        super().__init__(database, *arguments, **named)
        self._lock = lock_of(database)
        self._held: object | None = None

    def run(self, sql: str, run: Callable[[], object]) -> None:
        """Call `run`, holding the lock if the statement `sql` writes. Raises OperationalError."""
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
        """Run one statement on a new cursor."""
        return self.cursor().execute(sql, parameters)

    def executemany(self, sql: str, parameters: Any, /) -> Any:
        """Run one statement for each item of `parameters` on a new cursor."""
        return self.cursor().executemany(sql, parameters)

    def commit(self) -> None:
        """Commit the transaction and release the lock."""
        try:
            super().commit()
        finally:
            self._release_after_transaction()

    def rollback(self) -> None:
        """Roll back the transaction and release the lock."""
        try:
            super().rollback()
        finally:
            self._release_after_transaction()

    def close(self) -> None:
        """Close the connection, which rolls back its transaction, and release the lock."""
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
        # SQLite unlocks the file once the connection is gone, so nothing is left to wait for.
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
