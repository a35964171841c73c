"""Broadcast changes to other nodes with LISTEN/NOTIFY of PostgreSQL; receivers also poll now and then."""

import os
import selectors
import threading
from typing import Any

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from consent.storage.database.base import Transaction

CHANNEL = "consent_live"


def notify_nodes(transaction: Transaction) -> None:
    """Notify every node of a new live config, once this transaction is committed."""
    connection = transaction if isinstance(transaction, Connection) else transaction.connection()
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"NOTIFY {CHANNEL}")


class Notices:
    """What one thread waits for. Behind a pooler, which hands no notices on, and on SQLite it is time alone."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._hears = engine.dialect.name == "postgresql"
        self._stop = threading.Event()
        self._listening: Any = None
        self._bell, self._ring = os.pipe() if self._hears else (-1, -1)

    def wait(self, seconds: float) -> bool:
        """Return once a node notified of a change, at the latest after `seconds`; False where it is time to end."""
        connection = self._connection() if self._hears and not self._stop.is_set() else None
        if connection is None:
            return not self._stop.wait(seconds)
        try:
            if not _was_notified(connection) and self._stirs(connection, seconds):
                _was_notified(connection)
        except self._engine.dialect.loaded_dbapi.Error:
            self._drop()
            return not self._stop.wait(seconds)
        return not self._stop.is_set()

    def close(self) -> None:
        """Stop: `wait` returns False from now on, and at once where it waits."""
        self._stop.set()
        if self._ring >= 0:
            os.close(self._ring)
            self._ring = -1

    def end(self) -> None:
        """Return the connection to the pool; for the thread that waited."""
        self._drop()
        if self._bell >= 0:
            os.close(self._bell)
            self._bell = -1

    def _stirs(self, connection: Any, seconds: float) -> bool:
        """Wait until the connection has something to read, or it is time to end; False where neither comes in time."""
        with selectors.DefaultSelector() as selector:
            selector.register(connection.fileno(), selectors.EVENT_READ)
            selector.register(self._bell, selectors.EVENT_READ)
            return bool(selector.select(seconds))

    def _connection(self) -> Any:
        """Return the connection that listens, or None where there can be none now."""
        if self._listening is None:
            try:
                self._listening = self._engine.connect()
            except SQLAlchemyError:
                return None
            connection: Any = self._listening.connection.dbapi_connection
            if connection.is_pooled:
                self._hears = False
                self._drop()
                return None
            try:
                connection.autocommit = True
                connection.execute(f"LISTEN {CHANNEL}")
            except self._engine.dialect.loaded_dbapi.Error:
                self._drop()
                return None
        return self._listening.connection.dbapi_connection

    def _drop(self) -> None:
        listening, self._listening = self._listening, None
        if listening is not None:
            # Never back to the pool: it would go on to listen there.
            listening.invalidate()
            listening.close()


def _was_notified(connection: Any) -> bool:
    """Return whether the connection was notified of a change, without waiting."""
    return bool(list(connection.notifies(timeout=0)))
