"""A later release, made from the present one: another version, one more migration, another banner."""

import shutil
from pathlib import Path

from consent.storage.maintenance import migrate
from tests.operating.service import ROOT

VERSION = "9000.0"
MARK = b"/*9000*/"
"""Precedes each script that the later release builds; no present script starts with it."""
MIGRATION = """
import sqlalchemy as sa
from alembic import op

revision = "9000"
down_revision = "{present}"
branch_labels = None
depends_on = None
works_with = "{works_with}"


def upgrade():
    op.add_column("receipt", sa.Column("of_later", sa.String(), nullable=True))
    op.create_table("of_later", sa.Column("id", sa.Integer(), primary_key=True))
"""


def make_later_release(folder: Path, *, takes_away: bool = False) -> Path:
    """Write the later release into `folder` and return the folder.

    With `takes_away`, its migration removes something that the present code needs.
    """
    for name in ("consent", "static"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    init = folder / "consent" / "__init__.py"
    init.write_text(init.read_text("utf-8").replace(_line_of_version(), f'__version__ = "{VERSION}"'), "utf-8")
    present = migrate.newest_revision()
    migration = MIGRATION.format(present=present, works_with="9000" if takes_away else present)
    (folder / "consent" / "storage" / "migrations" / "versions" / "9000_later.py").write_text(migration, "utf-8")
    for script in (folder / "static" / "banner.js", folder / "static" / "parts" / "acts.js"):
        script.write_bytes(MARK + script.read_bytes())
    return folder


def _line_of_version() -> str:
    lines = (ROOT / "consent" / "__init__.py").read_text("utf-8").splitlines()
    [found] = [line for line in lines if line.startswith("__version__ = ")]
    return found
