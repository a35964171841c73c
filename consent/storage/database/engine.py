"""SQLAlchemy engines with durable COMMIT. All connection settings are here."""

from typing import Any

from flask import Flask
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url

from consent.storage.database.base import db
from consent.storage.database.database_url import with_hosts_in_query
from consent.storage.database.nonblocking import GuardedPool
from consent.storage.database.sqlite_connection import BUSY_TIMEOUT_MILLISECONDS, SqliteConnection

SQLITE_PRAGMAS = (
    f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MILLISECONDS}",
    "PRAGMA journal_mode = WAL",
    # NORMAL, which usually goes with WAL, loses acknowledged receipts on a power failure.
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    # Overwrite deleted content with zeros, in used and in free pages. The default of Debian's SQLite.
    "PRAGMA secure_delete = ON",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA cache_size = -32000",
    # Index pages are hit at random: the more of the WAL a checkpoint covers, the fewer pages it writes twice.
    "PRAGMA wal_autocheckpoint = 16000",
    "PRAGMA journal_size_limit = 67108864",
)
POSTGRES_SETTINGS = (
    # Even if the server's default is off: acknowledged receipts must be on disk.
    "SET synchronous_commit = on",
    "SET TIME ZONE 'UTC'",
    # The planner expects a scan of every month for each row, and would spend 500 ms on JIT for a 2 ms query.
    "SET jit = off",
    "SET idle_in_transaction_session_timeout = '60s'",
    # Makes the server, too, notice within seconds that a node is gone, and release its locks.
    "SET tcp_keepalives_idle = 2",
    "SET tcp_keepalives_interval = 1",
    "SET tcp_keepalives_count = 3",
    "SET tcp_user_timeout = '5s'",
)
POSTGRES_CONNECT = {
    # Per host: a machine that is switched off doesn't respond at all.
    "connect_timeout": 2,
    "application_name": "consent",
    # Of several hosts, use the one that accepts writes, never a standby that a proxy mistook for it.
    "target_session_attrs": "read-write",
    # Detects a vanished host within seconds instead of TCP's default of two hours.
    "keepalives": 1,
    "keepalives_idle": 2,
    "keepalives_interval": 1,
    "keepalives_count": 3,
    "tcp_user_timeout": 5000,
}
QUERY_TIMEOUT_SECONDS = 60.0
"""How long requests wait for an answer from PostgreSQL. Threads that should wait less use `answers_within`."""


CACHED_STATEMENTS = 256
"""How many compiled statements sqlite3 caches: the writer has a variant of each statement for each batch length."""


def database_url(url: str) -> URL:
    """Return `url` for the drivers in use: `postgres://` and `postgresql://` mean psycopg 3, with one or several hosts.

    Raises ValueError unless it is PostgreSQL or a SQLite file.
    """
    parsed = make_url(with_hosts_in_query(url))
    if parsed.drivername in ("postgres", "postgresql", "postgresql+psycopg"):
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() != "sqlite" or parsed.database in (None, "", ":memory:"):
        raise ValueError("the database must be postgresql://… or sqlite:///FILE")
    return parsed


def engine_options(url: str, **changes: str) -> dict[str, object]:
    """Return the arguments of `create_engine` for `url` other than the URL; also used as SQLALCHEMY_ENGINE_OPTIONS.

    `changes` override the libpq parameters set here; parameters in the URL override both.
    """
    options: dict[str, object] = {"pool_size": 8, "max_overflow": 32, "pool_timeout": 2, "hide_parameters": True}
    options["poolclass"] = GuardedPool
    address = database_url(url)
    if address.get_backend_name() == "postgresql":
        given = {name: value for name, value in (POSTGRES_CONNECT | changes).items() if name not in address.query}
        return options | {"pool_pre_ping": True, "connect_args": given}
    # sqlite3 opens a transaction at the first write, not at an earlier read, and IMMEDIATE makes it wait for the lock
    # there. A transaction that started with a read would fail at once if another had written in between.
    settings = {"isolation_level": "IMMEDIATE", "cached_statements": CACHED_STATEMENTS, "factory": SqliteConnection}
    return options | {"connect_args": settings}


def make_engine(url: str) -> Engine:
    """Create an engine for the database at `url` whose connections commit durably."""
    return prepare(create_engine(database_url(url), **engine_options(url)))


def make_replica_engine(url: str) -> Engine:
    """Create an engine for a standby, which is only read."""
    options = engine_options(url, target_session_attrs="standby")
    return prepare(create_engine(database_url(url), **options), QUERY_TIMEOUT_SECONDS)


def prepare(engine: Engine, timeout_s: float | None = None) -> Engine:
    """Configure new connections of `engine` as above, with the query timeout on PostgreSQL; return the engine."""
    if engine.dialect.name == "postgresql":
        # On SQLite, the PostgreSQL driver would waste 7 MB.
        from consent.storage.database.postgres_connection import prepare_postgres

        prepare_postgres(engine, POSTGRES_SETTINGS, timeout_s)
        return engine

    def set_up(connection: Any, _record: object) -> None:
        cursor = connection.cursor()
        for statement in SQLITE_PRAGMAS:
            cursor.execute(statement)
        cursor.close()
        connection.commit()

    event.listen(engine, "connect", set_up)
    return engine


def takes_writes(connection: Connection) -> bool:
    """Return whether the connected server is the primary, not a standby answering in its place."""
    query = "SELECT 'off'" if connection.dialect.name == "sqlite" else "SHOW transaction_read_only"
    return str(connection.exec_driver_sql(query).scalar_one()) == "off"


def bind(app: Flask, url: str) -> Engine:
    """Bind `app` to the database at `url` with Flask-SQLAlchemy, and return its engine for use in other threads."""
    app.config["SQLALCHEMY_DATABASE_URI"] = database_url(url)
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine_options(url)
    db.init_app(app)
    with app.app_context():
        return prepare(db.engine, QUERY_TIMEOUT_SECONDS)
