"""The schema of a database: brought to the newest revision, and asked whether this program works on it."""

import time
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, select
from sqlalchemy.exc import OperationalError

from consent.storage.node_models import SchemaNeed

FOLDER = Path(__file__).parent / "migrations"
TRIES, PAUSE_S = 120, 0.5
"""How often a migration is tried that meets locks of writers, and for how long it lets them go first."""
_LOCKED = "55P03"
"""PostgreSQL's code where `lock_timeout` was reached."""


class NewerDatabase(Exception):
    """The database was brought to a version for which this program is too old."""


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Bring the database up to `revision`; do nothing where it is there already, or further and fit for this program.

    Raises NewerDatabase.
    """
    present = current_revision(engine)
    if present is not None and present not in _revisions():
        if said := fault(engine):
            raise NewerDatabase(said)
        return
    for left in reversed(range(TRIES)):
        try:
            return command.upgrade(_config(engine), revision)
        except OperationalError as error:
            if not left or getattr(error.orig, "sqlstate", None) != _LOCKED:
                raise
            time.sleep(PAUSE_S)


def downgrade(engine: Engine, revision: str) -> None:
    """Take the database back to `revision`, or to nothing with `base`."""
    command.downgrade(_config(engine), revision)


def current_revision(engine: Engine) -> str | None:
    """Return the revision that the database is at, or None for an empty one."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


@cache
def newest_revision() -> str:
    """Return the revision that this code was written for."""
    head = ScriptDirectory(str(FOLDER)).get_current_head()
    assert head is not None  # noqa: S101 - the first revision is shipped with the package
    return head


def fault(engine: Engine) -> str:
    """Return in a sentence why this program cannot work on the database, or nothing where it can.

    It can where the database is of its own revision, and on a newer one that took nothing away which it needs.
    """
    present, newest = current_revision(engine), newest_revision()
    if present == newest:
        return ""
    if present is None:
        return "The database is empty: run `consent db upgrade`."
    if present in _revisions():
        return f"The database is at version {present}, not {newest}: run `consent db upgrade`."
    with engine.connect() as connection:
        need = connection.execute(select(SchemaNeed.revision)).scalar_one()
    if need in _revisions():
        return ""
    return f"The database is at version {present} and needs a program of {need} or later; this one is of {newest}."


@cache
def _revisions() -> frozenset[str]:
    return frozenset(script.revision for script in ScriptDirectory(str(FOLDER)).walk_revisions())


def _config(engine: Engine) -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["engine"] = engine
    return config
