"""Alembic's environment, for `consent db upgrade` and Flask-Migrate's commands."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from alembic import context
from flask import current_app
from sqlalchemy import Connection, Engine, delete, insert

from consent.storage.database import advisory_locks
from consent.storage.database.partitions import is_partition
from consent.storage.tables.registry import Base, SchemaRequirement


def include_name(name: str | None, kind: str, _parents: Any) -> bool:
    """Return whether Alembic should compare a table: not partitions, which no model describes."""
    return not (kind == "table" and name is not None and is_partition(name))


def engine() -> Engine:
    """Return the engine that `migrate.upgrade` passed, else the app's."""
    given: Engine | None = context.config.attributes.get("engine")
    return given or current_app.extensions["migrate"].db.engine


def lock_schema(connection: Connection) -> None:
    """Lock out other migrations until this transaction ends."""
    if connection.dialect.name == "postgresql":
        # Two nodes may start at the same time.
        advisory_locks.wait_for_lock(connection, advisory_locks.MIGRATION)
        # Writers queue behind a statement waiting for a lock, so it gives up before they time out, and is retried.
        connection.exec_driver_sql("SET LOCAL lock_timeout = '250ms'")
    else:
        # sqlite3 doesn't begin a transaction before DDL: without this, a failed migration would be left half done.
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def save_requirement(connection: Connection) -> None:
    """Save the oldest revision whose code works with the database as it is now."""
    present = context.get_context().get_current_revision() or "base"
    applied = list(context.script.iterate_revisions(present, "base"))
    required = {script.module.works_with for script in applied}
    if required:
        connection.execute(delete(SchemaRequirement))
        newest = next(script.revision for script in applied if script.revision in required)
        connection.execute(insert(SchemaRequirement).values(revision=newest))


@contextmanager
def free_tables(connection: Connection) -> Iterator[None]:
    """Allow SQLite to rebuild referenced tables: with foreign keys on, it would delete the referencing rows, or refuse."""
    if connection.dialect.name != "sqlite":
        yield
        return
    # SQLite ignores this within a transaction.
    connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
    try:
        yield
    finally:
        connection.rollback()
        connection.exec_driver_sql("PRAGMA foreign_keys = ON")


def run() -> None:
    """Run the migrations in one transaction."""
    with engine().connect() as connection, free_tables(connection):
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            include_name=include_name,
            render_as_batch=connection.dialect.name == "sqlite",
            transactional_ddl=True,
        )
        with context.begin_transaction():
            lock_schema(connection)
            context.run_migrations()
            save_requirement(connection)
        connection.commit()


if context.is_offline_mode():
    raise SystemExit("migrations query the database that they change, so there is no offline mode")
run()
