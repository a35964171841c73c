"""Databases created by other versions: one from before the first release, one from a later release."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine

from consent.storage.maintenance import migrate

LATER = """
import sqlalchemy as sa
from alembic import op

revision = "9000"
down_revision = "{present}"
branch_labels = None
depends_on = None
works_with = "{works_with}"


def upgrade():
    op.add_column("receipt", sa.Column("of_later", sa.String(), nullable=True))
"""
EARLIER_SENTENCE = (
    "The database is at version 0032 of an earlier program: export its receipts with that program,"
    " and start with a new database."
)


def make_earlier(engine: Engine) -> None:
    """Change a database into one from before the first release, which named a table differently."""
    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE schema_requirement RENAME TO schema_need")
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0032'")


@contextmanager
def later_program(folder: Path, works_with: str | None = None) -> Iterator[None]:
    """Add a migration to the running program, as a later release would.

    After it, code from revision `works_with` on still works, by default only the present one.
    """
    present, later = migrate.newest_revision(), folder / "later"
    shutil.copytree(migrate.FOLDER, later, dirs_exist_ok=True)
    script = LATER.format(present=present, works_with=works_with or present)
    (later / "versions" / "9000_later.py").write_text(script, "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(migrate, "FOLDER", later)
        _forget()
        try:
            yield
        finally:
            patch.undo()
            _forget()


def _forget() -> None:
    migrate.newest_revision.cache_clear()
    migrate._parents.cache_clear()


UpgradeByLater = Callable[[Engine, str], None]
