"""Check a node's SQLite file: it is still the file of the start, writable, and used by this service alone."""

import fcntl
import os
from pathlib import Path

from sqlalchemy import Engine

from consent.storage.database.write_probe import write_problem

REPLACED = (
    "The database file was replaced or removed while the service was running; restart it, or new data will be lost."
)
SHARED = "Another service is using this database file; stop one of them, or use PostgreSQL, which supports several."


class SqliteFile:
    """The file of `engine`, and a lock file next to it that this process holds until `close`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._path = Path(engine.url.database or "")
        self._identity: tuple[int, int] | None = None
        self._lock: int | None = None

    def problem(self) -> str:
        """Return why the file can't be written to, or "" if it can."""
        present = _identity_of(self._path)
        # The database may have been created after this object, so identify it at the first check.
        self._identity = self._identity or present
        if present != self._identity:
            return REPLACED
        return write_problem(self._engine)

    def warnings(self) -> list[str]:
        """Return a warning if another service uses the file."""
        return [] if self._is_locked() else [SHARED]

    def close(self) -> None:
        """Release the file to other services."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def __del__(self) -> None:
        self.close()

    def _is_locked(self) -> bool:
        """Return whether this process holds the lock, taking it if it is free; the lock ends with the process."""
        if self._lock is not None:
            return True
        name = self._path.with_name(f"{self._path.name}.lock")
        try:
            file = os.open(name, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError:
            # The write probe reports what is wrong with a folder in which no file can be created.
            return True
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
            return False
        self._lock = file
        return True


def _identity_of(path: Path) -> tuple[int, int] | None:
    """Return what distinguishes the file from another one with its name; None if it doesn't exist."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino
