"""Schema migrations with Alembic, and the check that this release supports the database schema."""

import re
import time
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Engine, String, column, inspect, select, table
from sqlalchemy.exc import OperationalError

from consent.storage.tables.operations import SchemaRequirement

if TYPE_CHECKING:
    from alembic.config import Config

# Alembic is imported by the functions that migrate: a service that only compares revisions saves 7 MB.

FOLDER = Path(__file__).parent.parent / "migrations"
TRIES, PAUSE_SECONDS = 120, 0.5
"""How often to try a migration that is blocked by writers' locks, and the pause between tries."""
_REVISION = re.compile(r'^revision = "(\w+)"$.*?^down_revision = (?:"(\w+)"|None)$', re.MULTILINE | re.DOTALL)
_PRESENT = select(column("version_num", String)).select_from(table("alembic_version"))
_LOCKED = "55P03"
"""PostgreSQL's error code when `lock_timeout` expires."""


EARLIER = "of an earlier program: export its receipts with that program, and start with a new database."
"""The message for databases and copies from before the first release, whose tables had other names."""


class UnsupportedDatabaseError(Exception):
    """The database belongs to a newer version that this program doesn't support, or to an earlier program."""


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Migrate the database to `revision`; do nothing if it is there already, or is newer but supported.

    Raises UnsupportedDatabaseError.
    """
    from alembic import command

    present = current_revision(engine)
    if present is not None and present not in _revisions():
        if problem := schema_problem(engine):
            raise UnsupportedDatabaseError(problem)
        return
    for left in reversed(range(TRIES)):
        try:
            return command.upgrade(_config(engine), revision)
        except OperationalError as error:
            if not left or getattr(error.orig, "sqlstate", None) != _LOCKED:
                raise
            time.sleep(PAUSE_SECONDS)


def downgrade(engine: Engine, revision: str) -> None:
    """Migrate the database back to `revision`, or to an empty one with `base`."""
    from alembic import command

    command.downgrade(_config(engine), revision)


def current_revision(engine: Engine) -> str | None:
    """Return the database's revision, or None for an empty database."""
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(_PRESENT).scalar_one_or_none()


@cache
def newest_revision() -> str:
    """Return the revision that this code was written for."""
    (newest,) = _parents().keys() - _parents().values()
    return newest


def earlier_problem(engine: Engine) -> str:
    """Return a sentence if an earlier program made the database, which can't be upgraded, else ""."""
    present = current_revision(engine)
    with engine.connect() as connection:
        if present is None or inspect(connection).has_table(SchemaRequirement.__tablename__):
            return ""
    return f"The database is at version {present} {EARLIER}"


def schema_problem(engine: Engine) -> str:
    """Return a sentence on why this program can't use the database, or "" if it can.

    It can use its own revision, and newer ones that removed nothing it needs.
    """
    present, newest = current_revision(engine), newest_revision()
    if present == newest:
        return ""
    if present is None:
        return "The database is empty; run `consent db upgrade`."
    if present in _revisions():
        return f"The database is at version {present}, not {newest}; run `consent db upgrade`."
    if problem := earlier_problem(engine):
        return problem
    with engine.connect() as connection:
        required = connection.execute(select(SchemaRequirement.revision)).scalar_one()
    if required in _revisions():
        return ""
    return (
        f"The database is at version {present} and requires a program at version {required} or later; this "
        f"one is at {newest}."
    )


def _revisions() -> frozenset[str]:
    return frozenset(_parents())


@cache
def _parents() -> dict[str, str | None]:
    """Return each shipped revision with its predecessor, parsed from the migration files."""
    texts = [path.read_text("utf-8") for path in (FOLDER / "versions").glob("[0-9]*.py")]
    return {found[1]: found[2] for text in texts if (found := _REVISION.search(text))}


def _config(engine: Engine) -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["engine"] = engine
    return config
