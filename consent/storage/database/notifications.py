"""Broadcast changes to other nodes with PostgreSQL's LISTEN/NOTIFY; receivers also poll occasionally."""

import os
import selectors
import threading
from typing import Any

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from consent.storage.database.base import Transaction

CHANNEL = "consent_live"


def notify_nodes(transaction: Transaction) -> None:
    """Notify every node of a new live config when this transaction commits."""
    connection = transaction if isinstance(transaction, Connection) else transaction.connection()
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"NOTIFY {CHANNEL}")


class ChangeListener:
    """Notifications for one thread.

    On SQLite, or behind a pooler, which doesn't relay them, `wait` only waits for time.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._can_listen = engine.dialect.name == "postgresql"
        self._stop = threading.Event()
        self._listener: Any = None
        self._wake_reader, self._wake_writer = os.pipe() if self._can_listen else (-1, -1)

    def wait(self, seconds: float) -> bool:
        """Wait for a notification, at most `seconds`; return False once closed."""
        connection = self._connection() if self._can_listen and not self._stop.is_set() else None
        if connection is None:
            return not self._stop.wait(seconds)
        try:
            if not _was_notified(connection) and self._wait_readable(connection, seconds):
                _was_notified(connection)
        except self._engine.dialect.loaded_dbapi.Error:
            self._drop()
            return not self._stop.wait(seconds)
        return not self._stop.is_set()

    def close(self) -> None:
        """Stop: `wait` returns False from now on, immediately if it is waiting."""
        self._stop.set()
        if self._wake_writer >= 0:
            os.close(self._wake_writer)
            self._wake_writer = -1

    def end(self) -> None:
        """Release the connection; to be called by the thread that waited."""
        self._drop()
        if self._wake_reader >= 0:
            os.close(self._wake_reader)
            self._wake_reader = -1

    def _wait_readable(self, connection: Any, seconds: float) -> bool:
        """Wait until the connection has data or `close` was called; return False on timeout."""
        with selectors.DefaultSelector() as selector:
            selector.register(connection.fileno(), selectors.EVENT_READ)
            selector.register(self._wake_reader, selectors.EVENT_READ)
            return bool(selector.select(seconds))

    def _connection(self) -> Any:
        """Return the listening connection, or None if there can't be one now."""
        if self._listener is None:
            try:
                self._listener = self._engine.connect()
            except SQLAlchemyError:
                return None
            connection: Any = self._listener.connection.dbapi_connection
            if connection.is_pooled:
                self._can_listen = False
                self._drop()
                return None
            try:
                connection.autocommit = True
                connection.execute(f"LISTEN {CHANNEL}")
            except self._engine.dialect.loaded_dbapi.Error:
                self._drop()
                return None
        return self._listener.connection.dbapi_connection

    def _drop(self) -> None:
        listening, self._listener = self._listener, None
        if listening is not None:
            # Don't return it to the pool: it would keep listening there.
            listening.invalidate()
            listening.close()


def _was_notified(connection: Any) -> bool:
    """Return whether a notification has arrived, without waiting."""
    return bool(list(connection.notifies(timeout=0)))
