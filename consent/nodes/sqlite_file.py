"""Checks of a node on the SQLite file that it serves: the same file as at the start, writable, and of this service alone."""

import fcntl
import os
from pathlib import Path

from sqlalchemy import Engine

from consent.storage.database.write_probe import write_problem

REPLACED = "The database file was replaced or removed while the service ran; start it anew, or what it keeps is lost."
SHARED = "Another service runs on this database file: stop one of them, or use PostgreSQL, which serves several."


class SqliteFile:
    """The file of `engine`, with a lock file beside it that this process holds until `close`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._path = Path(engine.url.database or "")
        self._identity: tuple[int, int] | None = None
        self._lock: int | None = None

    def problem(self) -> str:
        """Return why nothing may be written to the file, or "" where it may."""
        present = _identity_of(self._path)
        # Before the first look the database may have been made.
        self._identity = self._identity or present
        if present != self._identity:
            return REPLACED
        return write_problem(self._engine)

    def warnings(self) -> list[str]:
        """Return in a sentence that another service has the file, where one does."""
        return [] if self._is_locked() else [SHARED]

    def close(self) -> None:
        """Leave the file to another service."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def __del__(self) -> None:
        self.close()

    def _is_locked(self) -> bool:
        """Return whether the lock is of this process, which takes it where it is free; it ends with the process."""
        if self._lock is not None:
            return True
        name = self._path.with_name(f"{self._path.name}.lock")
        try:
            file = os.open(name, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError:
            # The probe says what is wrong with a folder that takes no file.
            return True
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
            return False
        self._lock = file
        return True


def _identity_of(path: Path) -> tuple[int, int] | None:
    """Return what tells the file from another one under its name; None where there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino
