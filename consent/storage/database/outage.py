"""Log a database outage or full disk once, with its reason, and its end."""

import logging
import re
import threading
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Engine
from sqlalchemy.exc import TimeoutError as NoneFree

log = logging.getLogger(__name__)

LOST_STATES = ("08", "57P", "25006")
"""How states of PostgreSQL begin with which it ends a connection, takes none, or is a standby."""
REFUSALS = ("SQLITE_ERROR", "SQLITE_FULL")
"""Errors of SQLite that come of the statement, or of the disk: the file itself can be used."""
EACH_HOST = re.compile(r"- host: '([^']*)', port: '([^']*)', hostaddr: \S+: (.*?)(?= - host: |$)")
"""How psycopg reports what became of each of several hosts."""
REPEATS = re.compile(
    r'connection failed: |connection to server at "[^"]*"(?: \([^)]*\))?, port \d+ failed: '
    r"| Is the server running on that host and accepting TCP/IP connections\?"
)


class _Database:
    """What all parts of a process know of one database."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.is_away = False
        self.outages = 0
        self.missing: set[Outage] = set()
        """The steady parts that it does not serve."""


_databases: WeakKeyDictionary[Engine, _Database] = WeakKeyDictionary()
_making = threading.Lock()


class Outage:
    """The view of one part, `what`, that queries the database of `engine` again and again.

    `is_steady` is true where it continues to query whatever else happens: the outage is over once all of these are
    served again.
    """

    def __init__(self, engine: Engine, what: str, *, is_steady: bool = False) -> None:
        self._what, self._is_steady, self._reason = what, is_steady, ""
        self._faults = (engine.dialect.loaded_dbapi.OperationalError, engine.dialect.loaded_dbapi.InterfaceError)
        with _making:
            self._database = _databases.setdefault(engine, _Database())
        self._outage = self._database.outages

    def begins(self, error: Exception) -> None:
        """Log that the database is unavailable or full, where no part has; of another error, that this part meets it."""
        if self.explains(error):
            return
        self._is_served()
        last, self._reason = self._reason, reason_of(error)
        if last != self._reason:
            log.error("%s: the database refuses the query (%s)", self._what, self._reason)

    def explains(self, error: Exception) -> bool:
        """Log that the database is unavailable or full, where no part has; return False for another error."""
        is_full = is_disk_full(error)
        if not is_full and not self._is_lost(error):
            return False
        if self._is_first():
            what = "the disk of the database is full" if is_full else "the database does not answer"
            log.error("%s (%s); noticed by: %s", what, reason_of(error), self._what)
        return True

    def is_over(self) -> None:
        """Record that the database serves this part, and log so where it was unavailable and now serves all."""
        self._reason = ""
        self._is_served()

    def _is_first(self) -> bool:
        """Record that this part is not served, and return whether that is new."""
        database = self._database
        with database.lock:
            # Who was not served since the last outage still speaks of that one, such as by a connection that was stuck.
            is_news = not database.is_away and self._outage == database.outages
            database.is_away = database.is_away or is_news
            if database.is_away and self._is_steady:
                database.missing.add(self)
        return is_news

    def _is_served(self) -> None:
        database = self._database
        with database.lock:
            database.missing.discard(self)
            is_back = database.is_away and self._is_steady and not database.missing
            if is_back:
                database.is_away = False
                database.outages += 1
            if not database.is_away:
                self._outage = database.outages
        if is_back:
            log.info("the database answers again")

    def _is_lost(self, error: Any) -> bool:
        """Return whether the database was not reached or did not answer: it did not refuse the query."""
        if isinstance(error, NoneFree) or getattr(error, "connection_invalidated", False):
            return True
        cause = getattr(error, "orig", None) or error
        if state := getattr(cause, "sqlstate", None):
            return str(state).startswith(LOST_STATES)
        return isinstance(cause, self._faults) and getattr(cause, "sqlite_errorname", "") not in REFUSALS


def is_disk_full(error: Any) -> bool:
    """Return whether the disk of the database has no room left: it still answers, and only another write finds room."""
    cause = getattr(error, "orig", None) or error
    return getattr(cause, "sqlstate", None) == "53100" or getattr(cause, "sqlite_errorname", "") == "SQLITE_FULL"


def reason_of(error: Exception) -> str:
    """Return the driver's message in one line, each reason once. It names hosts and users, no password."""
    cause = getattr(error, "orig", None) or error
    text = " ".join(str(cause).split())
    hosts: dict[str, list[str]] = {}
    for host, port, reason in EACH_HOST.findall(text):
        hosts.setdefault(REPEATS.sub("", reason), []).append(f"{host}:{port}")
    return "; ".join(f"{', '.join(of)}: {reason}" for reason, of in hosts.items()) or text or type(cause).__name__
