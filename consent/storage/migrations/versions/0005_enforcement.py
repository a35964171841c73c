"""Counts of sampled page views, and the days whose counts were signed.

Revision ID: 0005_enforcement
Revises: 0004_draft_comments
"""

import sqlalchemy as sa
from alembic import op

revision = "0005_enforcement"
down_revision = "0004_draft_comments"
branch_labels = None
depends_on = None
works_with = "0001_schema"

TABLES = ("enforcement_day", "asked_count", "view_count")


def upgrade() -> None:
    op.create_table(
        "view_count",
        sa.Column("site_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("hour", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("views", sa.BigInteger(), nullable=False),
        sa.Column("asked", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("site_id", "hour", "state", name="pk_view_count"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "asked_count",
        sa.Column("site_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("hour", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("vendor", sa.String(64), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("is_own", sa.Boolean(), nullable=False),
        sa.Column("page", sa.String(60), nullable=False),
        sa.Column("views", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("site_id", "hour", "vendor", "state", "is_own", "page", name="pk_asked_count"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "enforcement_day",
        sa.Column("site_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("day", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("signed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("site_id", "day", name="pk_enforcement_day"),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)
