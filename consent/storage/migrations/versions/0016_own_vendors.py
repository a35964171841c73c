"""Vendors that a site described by itself.

Revision ID: 0016
Revises: 0015
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "own_vendor",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("vendor", sa.String(length=63), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("changed_by", sa.String(length=32), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name="fk_own_vendor_site_id_site", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_own_vendor"),
        sa.UniqueConstraint("site_id", "vendor", name="uq_own_vendor_site_id_vendor"),
    )


def downgrade() -> None:
    op.drop_table("own_vendor")
