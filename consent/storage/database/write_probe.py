"""Check whether a SQLite file is writable, by a write that changes nothing."""

from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from consent.storage.database.outage import reason_of

DENIALS = ("SQLITE_READONLY", "SQLITE_IOERR", "SQLITE_PERM", "SQLITE_CORRUPT", "SQLITE_NOTADB")
"""Prefixes of SQLite error names that mean no write can succeed."""


def write_problem(engine: Engine) -> str:
    """Return a sentence on why the SQLite database of `engine` isn't writable, or "".

    A disk remounted read-only after an error, or another user's file, can still be read without error. Not reported: a
    locked file, which someone is writing to, and a full disk, which actual writes detect. Raises OperationalError if
    the file can't be opened.
    """
    if engine.dialect.name != "sqlite":
        return ""
    try:
        with engine.begin() as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            present = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
            # The header page is written and synced to disk, although its value doesn't change.
            connection.exec_driver_sql(f"PRAGMA user_version = {int(present)}")
    except OperationalError as error:
        name = str(getattr(error.orig, "sqlite_errorname", ""))
        if name in ("SQLITE_BUSY", "SQLITE_FULL"):
            return ""
        if not name.startswith(DENIALS):
            raise
        return f"The database file is not writable ({reason_of(error)}); check its disk, owner and mode."
    return ""
