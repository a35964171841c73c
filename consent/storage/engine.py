"""Engines whose COMMIT means durable: the settings of each connection stand here and nowhere else."""

import contextlib
import threading
from typing import Any
from weakref import WeakKeyDictionary

from flask import Flask
from sqlalchemy import URL, Engine, create_engine, event, make_url

from consent.storage.base import db

BUSY_TIMEOUT_MS = 5000
SQLITE_PRAGMAS = (
    f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}",
    "PRAGMA journal_mode = WAL",
    # NORMAL, the usual companion of WAL, loses acknowledged receipts when the power goes.
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    # What is deleted is overwritten with zeros, in pages that stay and in free ones. Debian's SQLite does so by itself.
    "PRAGMA secure_delete = ON",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA cache_size = -32000",
    # Index pages are hit at random: the more log a checkpoint takes in, the fewer pages it writes twice.
    "PRAGMA wal_autocheckpoint = 16000",
    "PRAGMA journal_size_limit = 67108864",
)
POSTGRES_SETTINGS = (
    # Also where the server's own default is off: an acknowledged receipt is on disk.
    "SET synchronous_commit = on",
    "SET TIME ZONE 'UTC'",
    "SET idle_in_transaction_session_timeout = '60s'",
)
POSTGRES_CONNECT = {
    "connect_timeout": 2,
    "application_name": "consent",
    # A host that vanished without a word is noticed within seconds, not after the two hours of TCP's default.
    "keepalives": 1,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 5000,
}


CACHED_STATEMENTS = 256
"""How many statements sqlite3 keeps compiled: the writer's have one form for each length of a batch."""

_write_locks: WeakKeyDictionary[Engine, threading.Lock] = WeakKeyDictionary()


def write_lock(engine: Engine) -> contextlib.AbstractContextManager[object]:
    """Return what a thread that writes much holds meanwhile, so that those of one process take turns fairly.

    On SQLite alone: who finds its file locked sleeps and tries again, up to a tenth of a second too late.
    """
    if engine.dialect.name != "sqlite":
        return contextlib.nullcontext()
    return _write_locks.setdefault(engine, threading.Lock())


def database_url(url: str) -> URL:
    """Return `url` for the drivers used here: `postgres://` and `postgresql://` mean psycopg 3.

    Raises ValueError for any other database than SQLite in a file and PostgreSQL.
    """
    parsed = make_url(url)
    if parsed.drivername in ("postgres", "postgresql", "postgresql+psycopg"):
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() != "sqlite" or parsed.database in (None, "", ":memory:"):
        raise ValueError("the database must be postgresql://… or sqlite:///a file")
    return parsed


def engine_options(url: str) -> dict[str, Any]:
    """Return what `create_engine` needs for `url` besides the URL, also as SQLALCHEMY_ENGINE_OPTIONS."""
    options: dict[str, Any] = {"pool_size": 8, "max_overflow": 32, "pool_timeout": 2, "hide_parameters": True}
    if database_url(url).get_backend_name() == "postgresql":
        return options | {"pool_pre_ping": True, "connect_args": dict(POSTGRES_CONNECT)}
    # sqlite3 begins a transaction at the first write, not at a read before it, and IMMEDIATE makes it wait
    # there: one that began with a read would fail at once when another one wrote in between.
    return options | {"connect_args": {"isolation_level": "IMMEDIATE", "cached_statements": CACHED_STATEMENTS}}


def make_engine(url: str) -> Engine:
    """Make the engine of the database at `url`, each connection set so that COMMIT means durable."""
    return prepare(create_engine(database_url(url), **engine_options(url)))


def prepare(engine: Engine) -> Engine:
    """Have each new connection of `engine` run the settings above, and return the engine."""
    statements = SQLITE_PRAGMAS if engine.dialect.name == "sqlite" else POSTGRES_SETTINGS

    def set_up(connection: Any, _record: object) -> None:
        cursor = connection.cursor()
        for statement in statements:
            cursor.execute(statement)
        cursor.close()
        connection.commit()

    event.listen(engine, "connect", set_up)
    return engine


def bind(app: Flask, url: str) -> Engine:
    """Give `app` the database at `url` by Flask-SQLAlchemy, and return its engine for other threads."""
    app.config["SQLALCHEMY_DATABASE_URI"] = database_url(url)
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine_options(url)
    db.init_app(app)
    with app.app_context():
        return prepare(db.engine)
