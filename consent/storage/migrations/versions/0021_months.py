"""Detached months: in which file they lie, and an index of their receipts.

Revision ID: 0021
Revises: 0020
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None
works_with = "0020"


def upgrade() -> None:
    op.create_table(
        "detached_month",
        sa.Column("site_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("month", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("file", sa.String(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("receipts", sa.BigInteger(), nullable=False),
        sa.Column("blank", sa.BigInteger(), nullable=False),
        sa.Column("erased", sa.BigInteger(), nullable=False),
        sa.Column("detached_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("site_id", "month", name="pk_detached_month"),
    )
    op.create_table(
        "detached_receipt",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("ends", sa.BigInteger(), nullable=False),
        sa.Column("log_index", sa.BigInteger(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("erased", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("is_ending", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_detached_receipt"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_detached_receipt_time", "detached_receipt", ["site_id", "time", "id"])


def downgrade() -> None:
    op.drop_table("detached_receipt")
    op.drop_table("detached_month")
