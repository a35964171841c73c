"""Vendor lists of the Transparency and Consent Framework, and their translations.

Revision ID: 0010_vendor_lists
Revises: 0009_handovers
"""

import sqlalchemy as sa
from alembic import op

revision = "0010_vendor_lists"
down_revision = "0009_handovers"
branch_labels = None
depends_on = None
works_with = "0001_schema"


def upgrade() -> None:
    op.create_table(
        "vendor_list",
        sa.Column("sha256", sa.String(71), nullable=False),
        sa.Column("language", sa.String(16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_on", sa.String(10), nullable=False),
        sa.Column("added_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", "language", "version", name="pk_vendor_list"),
    )


def downgrade() -> None:
    op.drop_table("vendor_list")
