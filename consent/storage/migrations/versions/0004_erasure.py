"""What was erased, what may not be erased or used, and for how long a site keeps receipts.

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "erasure",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("level", sa.String(length=10), nullable=False),
        sa.Column("cause", sa.String(length=10), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by", sa.String(length=255), nullable=False),
        sa.Column("in_files", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.CheckConstraint("level IN ('unlink', 'full')", name="ck_erasure_known_level"),
        sa.CheckConstraint("cause IN ('request', 'retention', 'restore')", name="ck_erasure_known_cause"),
        sa.PrimaryKeyConstraint("id", name="pk_erasure"),
    )
    op.create_table(
        "receipt_mark",
        sa.Column("site_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=11), nullable=False),
        sa.Column("subject_kind", sa.String(length=7), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by", sa.String(length=255), nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("kind IN ('hold', 'restriction')", name="ck_receipt_mark_known_kind"),
        sa.CheckConstraint("subject_kind IN ('receipt', 'visitor')", name="ck_receipt_mark_known_subject_kind"),
        sa.PrimaryKeyConstraint("site_id", "kind", "subject_kind", "subject", name="pk_receipt_mark"),
    )
    op.add_column("site", sa.Column("retention_months", sa.Integer(), server_default="36", nullable=False))


def downgrade() -> None:
    op.drop_column("site", "retention_months")
    op.drop_table("receipt_mark")
    op.drop_table("erasure")
