"""SQLAlchemy engines with durable COMMIT: the only place with connection settings."""

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
    # NORMAL, the usual companion of WAL, loses acknowledged receipts when the power goes.
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    # What is deleted is overwritten with zeros, in pages that stay and in free ones. Debian's SQLite does so by default.
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
    # The planner reckons with a scan of each month for each row, and compiles half a second for two milliseconds of work.
    "SET jit = off",
    "SET idle_in_transaction_session_timeout = '60s'",
    # The server too notices within seconds that a node was cut off, and gives up what that one had locked.
    "SET tcp_keepalives_idle = 2",
    "SET tcp_keepalives_interval = 1",
    "SET tcp_keepalives_count = 3",
    "SET tcp_user_timeout = '5s'",
)
POSTGRES_CONNECT = {
    # Of each host: a machine that is switched off says nothing.
    "connect_timeout": 2,
    "application_name": "consent",
    # Of several hosts the one that takes writes, and never a standby that a proxy took for it.
    "target_session_attrs": "read-write",
    # A host that vanished without a word is noticed within seconds, not after the two hours of TCP's default.
    "keepalives": 1,
    "keepalives_idle": 2,
    "keepalives_interval": 1,
    "keepalives_count": 3,
    "tcp_user_timeout": 5000,
}
QUERY_TIMEOUT_SECONDS = 60.0
"""So long a request waits for an answer of PostgreSQL; `answers_within` is for threads that should wait less."""


CACHED_STATEMENTS = 256
"""How many statements sqlite3 keeps compiled: the writer's have one form for each length of a batch."""


def database_url(url: str) -> URL:
    """Return `url` for the drivers used here: `postgres://` and `postgresql://` mean psycopg 3; it may have several hosts.

    Raises ValueError for any other database than SQLite in a file and PostgreSQL.
    """
    parsed = make_url(with_hosts_in_query(url))
    if parsed.drivername in ("postgres", "postgresql", "postgresql+psycopg"):
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() != "sqlite" or parsed.database in (None, "", ":memory:"):
        raise ValueError("the database must be postgresql://… or sqlite:///a file")
    return parsed


def engine_options(url: str, **changes: str) -> dict[str, object]:
    """Return what `create_engine` needs for `url` besides the URL, also as SQLALCHEMY_ENGINE_OPTIONS.

    `changes` are parameters of libpq in the place of those here; the address's own are before both.
    """
    options: dict[str, object] = {"pool_size": 8, "max_overflow": 32, "pool_timeout": 2, "hide_parameters": True}
    options["poolclass"] = GuardedPool
    address = database_url(url)
    if address.get_backend_name() == "postgresql":
        given = {name: value for name, value in (POSTGRES_CONNECT | changes).items() if name not in address.query}
        return options | {"pool_pre_ping": True, "connect_args": given}
    # sqlite3 begins a transaction at the first write, not at a read before it, and IMMEDIATE makes it wait
    # there: one that began with a read would fail at once when another one wrote in between.
    settings = {"isolation_level": "IMMEDIATE", "cached_statements": CACHED_STATEMENTS, "factory": SqliteConnection}
    return options | {"connect_args": settings}


def make_engine(url: str) -> Engine:
    """Create the engine of the database at `url`, each connection set so that COMMIT means durable."""
    return prepare(create_engine(database_url(url), **engine_options(url)))


def make_replica_engine(url: str) -> Engine:
    """Create the engine of a standby that is only read."""
    options = engine_options(url, target_session_attrs="standby")
    return prepare(create_engine(database_url(url), **options), QUERY_TIMEOUT_SECONDS)


def prepare(engine: Engine, timeout_s: float | None = None) -> Engine:
    """Configure each new connection of `engine` as above, with the query timeout on PostgreSQL; return the engine."""
    if engine.dialect.name == "postgresql":
        # On SQLite the driver of PostgreSQL would take 7 MB for nothing.
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
    """Return whether what answers is the primary, and no standby that stands in for it."""
    query = "SELECT 'off'" if connection.dialect.name == "sqlite" else "SHOW transaction_read_only"
    return str(connection.exec_driver_sql(query).scalar_one()) == "off"


def bind(app: Flask, url: str) -> Engine:
    """Bind `app` to the database at `url` by Flask-SQLAlchemy, and return its engine for other threads."""
    app.config["SQLALCHEMY_DATABASE_URI"] = database_url(url)
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine_options(url)
    db.init_app(app)
    with app.app_context():
        return prepare(db.engine, QUERY_TIMEOUT_SECONDS)
