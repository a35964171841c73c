"""Where the values of a draft come from.

Revision ID: 0017
Revises: 0016
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "draft_edit",
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("part", sa.String(length=500), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name="fk_draft_edit_site_id_site", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("site_id", "part", name="pk_draft_edit"),
    )
    op.create_table(
        "draft_import",
        sa.Column("site_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("file", sa.String(length=255), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name="fk_draft_import_site_id_site", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("site_id", name="pk_draft_import"),
    )


def downgrade() -> None:
    op.drop_table("draft_import")
    op.drop_table("draft_edit")
