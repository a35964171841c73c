"""Log a database outage or full disk once, with its cause, and log when it ends."""

import logging
import re
import threading
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Engine
from sqlalchemy.exc import TimeoutError as NoneFree

log = logging.getLogger(__name__)

LOST_STATES = ("08", "57P", "25006")
"""Prefixes of PostgreSQL error codes for lost or refused connections, and for a standby."""
REFUSALS = ("SQLITE_ERROR", "SQLITE_FULL")
"""SQLite errors caused by the statement or a full disk: the file itself is usable."""
EACH_HOST = re.compile(r"- host: '([^']*)', port: '([^']*)', hostaddr: \S+: (.*?)(?= - host: |$)")
"""How psycopg reports the result for each of several hosts."""
REPEATS = re.compile(
    r'connection failed: |connection to server at "[^"]*"(?: \([^)]*\))?, port \d+ failed: '
    r"| Is the server running on that host and accepting TCP/IP connections\?"
)


class _Database:
    """State of one database, shared by all parts of a process."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.is_down = False
        self.outages = 0
        self.missing: set[Outage] = set()
        """The steady parts that currently get no service."""


_databases: WeakKeyDictionary[Engine, _Database] = WeakKeyDictionary()
_databases_lock = threading.Lock()


class Outage:
    """View of an outage by one part, `what`, that queries the database of `engine` repeatedly.

    `is_steady` is true if the part keeps querying in any case: the outage ends once all steady parts are served again.
    """

    def __init__(self, engine: Engine, what: str, *, is_steady: bool = False) -> None:
        self._what, self._is_steady, self._reason = what, is_steady, ""
        self._lost_errors = (engine.dialect.loaded_dbapi.OperationalError, engine.dialect.loaded_dbapi.InterfaceError)
        with _databases_lock:
            self._database = _databases.setdefault(engine, _Database())
        self._outage = self._database.outages

    def begins(self, error: Exception) -> None:
        """Log that the database is unavailable or full unless already logged; log other errors once for this part."""
        if self.explains(error):
            return
        self._is_served()
        last, self._reason = self._reason, reason_of(error)
        if last != self._reason:
            log.error("%s: the database rejected the query (%s)", self._what, self._reason)

    def explains(self, error: Exception) -> bool:
        """Log that the database is unavailable or full unless already logged; return False for any other error."""
        is_full = is_disk_full(error)
        if not is_full and not self._is_lost(error):
            return False
        if self._is_first():
            what = "the disk of the database is full" if is_full else "the database does not answer"
            log.error("%s (%s); noticed by: %s", what, reason_of(error), self._what)
        return True

    def is_over(self) -> None:
        """Record that the database serves this part, and log the end of an outage once it serves all steady parts."""
        self._reason = ""
        self._is_served()

    def _is_first(self) -> bool:
        """Record that this part isn't served, and return whether that is news."""
        database = self._database
        with database.lock:
            # A part not served since the previous outage is still reporting that one, e.g. over a stuck connection.
            is_new = not database.is_down and self._outage == database.outages
            database.is_down = database.is_down or is_new
            if database.is_down and self._is_steady:
                database.missing.add(self)
        return is_new

    def _is_served(self) -> None:
        database = self._database
        with database.lock:
            database.missing.discard(self)
            is_back = database.is_down and self._is_steady and not database.missing
            if is_back:
                database.is_down = False
                database.outages += 1
            if not database.is_down:
                self._outage = database.outages
        if is_back:
            log.info("the database answers again")

    def _is_lost(self, error: Any) -> bool:
        """Return whether the database was unreachable or didn't answer, as opposed to rejecting the query."""
        if isinstance(error, NoneFree) or getattr(error, "connection_invalidated", False):
            return True
        cause = getattr(error, "orig", None) or error
        if state := getattr(cause, "sqlstate", None):
            return str(state).startswith(LOST_STATES)
        return isinstance(cause, self._lost_errors) and getattr(cause, "sqlite_errorname", "") not in REFUSALS


def is_disk_full(error: Any) -> bool:
    """Return whether the database's disk is full. It still answers; only another write can show that there is room."""
    cause = getattr(error, "orig", None) or error
    return getattr(cause, "sqlstate", None) == "53100" or getattr(cause, "sqlite_errorname", "") == "SQLITE_FULL"


def reason_of(error: Exception) -> str:
    """Return the driver's message on one line, each reason once. It contains hosts and users, but no password."""
    cause = getattr(error, "orig", None) or error
    text = " ".join(str(cause).split())
    hosts: dict[str, list[str]] = {}
    for host, port, reason in EACH_HOST.findall(text):
        hosts.setdefault(REPEATS.sub("", reason), []).append(f"{host}:{port}")
    return (
        "; ".join(f"{', '.join(addresses)}: {reason}" for reason, addresses in hosts.items())
        or text
        or type(cause).__name__
    )
