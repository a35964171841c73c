"""Full copies of a SQLite database: made while the service runs, checked, and restored over another."""

import contextlib
import sqlite3
from pathlib import Path

from consent.storage.tables.operations import SchemaRequirement

MAGIC = b"SQLite format 3\x00"
"""The first bytes of a SQLite file."""


class DatabaseInUseError(Exception):
    """Another process has the database open."""


class EarlierCopyError(Exception):
    """The file is a copy of a database from an earlier program."""


class DamagedCopyError(Exception):
    """The file is damaged or isn't a copy of this service's database; the message says which."""


def is_sqlite(file: Path) -> bool:
    """Return whether the file is a SQLite database."""
    with file.open("rb") as copy:
        return copy.read(len(MAGIC)) == MAGIC


def copy_database(source: Path, target: Path) -> None:
    """Write a consistent copy of the database `source` to `target`, even while others write."""
    with contextlib.closing(sqlite3.connect(source)) as live, contextlib.closing(sqlite3.connect(target)) as copy:
        live.backup(copy)


def check_copy(file: Path) -> None:
    """Check that the file is an intact copy of this service's database. Raises DamagedCopyError, EarlierCopyError."""
    try:
        with contextlib.closing(sqlite3.connect(file)) as copy:
            result = copy.execute("PRAGMA integrity_check").fetchone()[0]
            tables = {name for (name,) in copy.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    except sqlite3.DatabaseError as error:
        result = str(error)
    if result != "ok":
        raise DamagedCopyError(result)
    if "alembic_version" not in tables:
        raise DamagedCopyError("it is not a copy of this service's database")
    if SchemaRequirement.__tablename__ not in tables:
        raise EarlierCopyError


def replace_database(target: Path, copy: Path) -> None:
    """Replace the database `target`, which needn't exist yet, with the contents of the file `copy`.

    Raises DatabaseInUseError.
    """
    complete = target.with_name(target.name + ".restored")
    complete.unlink(missing_ok=True)
    try:
        copy_database(copy, complete)
        if target.exists():
            _close_log(target)
        complete.replace(target)
    finally:
        complete.unlink(missing_ok=True)


def _close_log(target: Path) -> None:
    """Prepare a database for replacement, so that none of its WAL remains beside the new one.

    Raises DatabaseInUseError: a process that had it open would go on with the deleted file, and report lost rows as
    stored.
    """
    try:
        with contextlib.closing(sqlite3.connect(target, timeout=0)) as old:
            old.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY:
            raise DatabaseInUseError from None
        # The old database is damaged, which may be why it is being replaced.
        for name in (target.name + "-wal", target.name + "-shm"):
            target.with_name(name).unlink(missing_ok=True)
