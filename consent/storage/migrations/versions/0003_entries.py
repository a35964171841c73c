"""Entries of a log are written with what they tell of, and get their index later.

Revision ID: 0003
Revises: 0002
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

KEPT = ("site_id", "log_index", "kind", "subject", "leaf_hash", "jws")


def upgrade() -> None:
    kept = _read("SELECT e.*, c.published_at AS time FROM log_entry e JOIN config c ON c.sha256 = e.subject")
    op.drop_table("log_entry")
    op.create_table(
        "log_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("log_index", sa.BigInteger(), nullable=True),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("actor", sa.String(length=32), nullable=True),
        sa.Column("leaf_hash", sa.LargeBinary(), nullable=False),
        sa.Column("jws", sa.Text(), nullable=False),
        sa.CheckConstraint("kind IN ('config', 'key', 'erasure', 'audit')", name="ck_log_entry_known_kind"),
        sa.PrimaryKeyConstraint("id", name="pk_log_entry"),
    )
    op.create_index("ix_log_entry_place", "log_entry", ["site_id", "log_index"], unique=True)
    op.create_index("ix_log_entry_kind", "log_entry", ["site_id", "kind", "id"])
    _write(kept, (*KEPT, "time"))


def downgrade() -> None:
    # What waits for its index is lost with it, and whoever goes back has no use for it.
    kept = _read("SELECT * FROM log_entry WHERE log_index IS NOT NULL")
    op.drop_table("log_entry")
    op.create_table(
        "log_entry",
        sa.Column("site_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("log_index", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("subject", sa.String(length=71), nullable=False),
        sa.Column("leaf_hash", sa.LargeBinary(), nullable=False),
        sa.Column("jws", sa.Text(), nullable=False),
        sa.CheckConstraint("kind IN ('config', 'key', 'erasure', 'audit')", name="ck_log_entry_known_kind"),
        sa.PrimaryKeyConstraint("site_id", "log_index", name="pk_log_entry"),
    )
    _write([{**row, "subject": row["subject"][:71]} for row in kept], KEPT)


def _read(query: str) -> list[dict[str, Any]]:
    return [dict(row) for row in op.get_bind().execute(sa.text(query)).mappings()]


def _write(rows: list[dict[str, Any]], names: tuple[str, ...]) -> None:
    if rows:
        table = sa.table("log_entry", *(sa.column(name) for name in names))
        op.bulk_insert(table, [{name: row[name] for name in names} for row in rows])
