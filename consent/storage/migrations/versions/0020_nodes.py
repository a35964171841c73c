"""What equal nodes know of each other, and from which revision on code fits the database.

Revision ID: 0020
Revises: 0022
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0022"
branch_labels = None
depends_on = None
works_with = "0020"


def upgrade() -> None:
    op.create_table(
        "schema_need", sa.Column("revision", sa.String(32), nullable=False), _key("schema_need", "revision")
    )
    op.create_table(
        "node",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("host", sa.String(255), nullable=False),
        sa.Column("version", sa.String(50), nullable=False),
        sa.Column("revision", sa.String(32), nullable=False),
        sa.Column("receipt_key", sa.String(43), nullable=False),
        sa.Column("log_key", sa.String(43), nullable=False),
        sa.Column("secret", sa.String(43), nullable=False),
        sa.Column("started", sa.BigInteger(), nullable=False),
        sa.Column("seen", sa.BigInteger(), nullable=False),
        sa.Column("ahead", sa.BigInteger(), nullable=False),
        _key("node", "id"),
    )
    op.create_table(
        "asked_export",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("asked", sa.Text(), nullable=False),
        _key("asked_export", "id"),
    )
    op.create_index("ix_asked_export_site", "asked_export", ["site_id", "time"])
    op.create_table(
        "erasure_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site", sa.String(64), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        _key("erasure_line", "id"),
    )


def downgrade() -> None:
    for table in ("erasure_line", "asked_export", "node", "schema_need"):
        op.drop_table(table)


def _key(table: str, column: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(column, name=f"pk_{table}")
