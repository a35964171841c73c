"""SQLAlchemy engines with durable COMMIT: the only place with connection settings."""

import logging
from collections.abc import Sequence
from typing import Any

import psycopg
from flask import Flask
from psycopg import errors
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url

from consent.storage.database.base import db
from consent.storage.database.database_url import with_hosts_in_query
from consent.storage.database.query_timeout import query_timeout
from consent.storage.database.sqlite_connection import BUSY_TIMEOUT_MILLISECONDS, SqliteConnection

log = logging.getLogger(__name__)


class NodeConnection(psycopg.Connection[Any]):
    """A connection that is given up where no answer comes, as when a proxy goes on with one whose server is gone.

    `is_pooled` is true where a pooler is between: what is set or prepared on one transaction is not there on the next.
    """

    timeout_s: float | None = None
    is_pooled = False

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        """Wait for the answer to the query of `gen`. Raises OperationalError where none comes in time."""
        if timeout is not None:
            return super().wait(gen, interval, timeout)
        seconds = query_timeout() or self.timeout_s
        try:
            return super().wait(gen, interval, seconds)
        except errors._WaitTimeout:
            # Not cancelled: a COMMIT that waits for a standby would end as if the standby had it.
            self.pgconn.finish()
            raise psycopg.OperationalError(f"no answer within {seconds:g} s") from None


def prepare_postgres(engine: Engine, settings: Sequence[str], timeout_s: float | None) -> None:
    """Run `settings` on each new connection of `engine`, with the query timeout."""

    def connect(_dialect: object, _record: object, arguments: Any, named: Any) -> NodeConnection:
        connection = NodeConnection.connect(*arguments, **named)
        connection.timeout_s = timeout_s
        return connection

    def set_up(connection: NodeConnection, _record: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid(), current_setting('synchronous_commit')")
            [(pid, commits)] = cursor.fetchall()
            # A pooler gives out numbers of its own, since the server behind it changes.
            connection.is_pooled = pid != connection.pgconn.backend_pid
            if connection.is_pooled:
                connection.prepare_threshold = None
                _check_durable(connection, commits)
            else:
                for statement in settings:
                    cursor.execute(statement.encode())
        connection.commit()

    def give_up_standby(context: Any) -> None:
        if isinstance(context.original_exception, errors.ReadOnlySqlTransaction):
            context.is_disconnect = True

    event.listen(engine, "do_connect", connect)
    event.listen(engine, "connect", set_up)
    event.listen(engine, "handle_error", give_up_standby)


def _check_durable(connection: NodeConnection, commits: str) -> None:
    if commits not in ("on", "remote_apply"):
        connection.close()
        sentence = (
            f"synchronous_commit is {commits}, and behind a pooler the service cannot set it: let the database do"
        )
        log.error("%s (ALTER DATABASE … SET synchronous_commit = on)", sentence)
        raise psycopg.OperationalError(sentence)


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
