"""Whole copies of a SQLite database: taken while the service runs, checked, put in the place of another."""

import contextlib
import sqlite3
from pathlib import Path

from consent.storage.tables.operations import SchemaRequirement

MAGIC = b"SQLite format 3\x00"
"""How a file of SQLite begins."""


class DatabaseInUseError(Exception):
    """Another process has the database open."""


class EarlierCopyError(Exception):
    """The file is a copy of a database of an earlier program."""


class DamagedCopyError(Exception):
    """The file is damaged or no copy of this service's database; the message says how."""


def is_sqlite(file: Path) -> bool:
    """Return whether the file is a SQLite database."""
    with file.open("rb") as copy:
        return copy.read(len(MAGIC)) == MAGIC


def copy_database(source: Path, target: Path) -> None:
    """Write a consistent copy of the database `source` to `target` while others write."""
    with contextlib.closing(sqlite3.connect(source)) as live, contextlib.closing(sqlite3.connect(target)) as copy:
        live.backup(copy)


def check_copy(file: Path) -> None:
    """Check that the file is an undamaged copy of a database of this service. Raises DamagedCopyError, EarlierCopyError."""
    try:
        with contextlib.closing(sqlite3.connect(file)) as copy:
            result = copy.execute("PRAGMA integrity_check").fetchone()[0]
            tables = {name for (name,) in copy.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    except sqlite3.DatabaseError as error:
        result = str(error)
    if result != "ok":
        raise DamagedCopyError(result)
    if "alembic_version" not in tables:
        raise DamagedCopyError("it is no copy of this service's database")
    if SchemaRequirement.__tablename__ not in tables:
        raise EarlierCopyError


def replace_database(target: Path, copy: Path) -> None:
    """Put a copy of the file `copy` in the place of the database `target`, which may not exist yet.

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
    """Prepare a database to be replaced: nothing of its write-ahead log may be left beside the new one.

    A process that has it open would continue with a file that has no name any more, and report lost rows as stored.
    """
    try:
        with contextlib.closing(sqlite3.connect(target, timeout=0)) as old:
            old.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY:
            raise DatabaseInUseError from None
        # It is damaged, which may be why it is replaced.
        for name in (target.name + "-wal", target.name + "-shm"):
            target.with_name(name).unlink(missing_ok=True)
