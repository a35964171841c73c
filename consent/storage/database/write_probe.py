"""Probe that finds out whether a SQLite file can be written, by a write that changes nothing."""

from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from consent.storage.database.outage import reason_of

DENIALS = ("SQLITE_READONLY", "SQLITE_IOERR", "SQLITE_PERM", "SQLITE_CORRUPT", "SQLITE_NOTADB")
"""How the names of errors begin with which no write succeeds."""


def write_problem(engine: Engine) -> str:
    """Return in a sentence why the database of `engine` takes no writes, or "" where it does; on SQLite alone.

    A disk that is mounted read-only after an error, or a file of another user, is still read without an error. Where the
    file is locked somebody writes, and a full disk is noticed by whoever finds no room. Raises OperationalError where the
    file cannot be opened.
    """
    if engine.dialect.name != "sqlite":
        return ""
    try:
        with engine.begin() as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            present = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
            # The header page is written and brought to the disk, though its number stays the same.
            connection.exec_driver_sql(f"PRAGMA user_version = {int(present)}")
    except OperationalError as error:
        name = str(getattr(error.orig, "sqlite_errorname", ""))
        if name in ("SQLITE_BUSY", "SQLITE_FULL"):
            return ""
        if not name.startswith(DENIALS):
            raise
        return f"The database file takes no writes ({reason_of(error)}): look at its disk, and at its owner and mode."
    return ""
