"""Checkpoints that witnesses cosign.

Revision ID: 0002_witnesses
Revises: 0001_schema
"""

import sqlalchemy as sa
from alembic import op

revision = "0002_witnesses"
down_revision = "0001_schema"
branch_labels = None
depends_on = None
works_with = "0001_schema"


def upgrade() -> None:
    op.create_table(
        "witnessed_checkpoint",
        sa.Column("site_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("is_cosigned", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("site_id", "size", name="pk_witnessed_checkpoint"),
    )
    op.create_table(
        "cosignature",
        sa.Column("site_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("witness", sa.String(255), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("site_id", "size", "witness", name="pk_cosignature"),
    )
    op.create_table(
        "witness_status",
        sa.Column("site_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("witness", sa.String(255), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("cosigned_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("failing_since", sa.BigInteger(), nullable=True),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("is_refusal", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("site_id", "witness", name="pk_witness_status"),
    )


def downgrade() -> None:
    for table in ("witness_status", "cosignature", "witnessed_checkpoint"):
        op.drop_table(table)
