"""Pictures of a scan, and where each finding leaked.

Revision ID: 0024
Revises: 0019
"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("scan_finding", sa.Column("leaks", sa.Text(), server_default="[]", nullable=False))
    op.create_table(
        "scan_picture",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("scan_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("region", sa.String(length=10), nullable=False),
        sa.Column("page", sa.String(length=600), nullable=False),
        sa.Column("is_after_choice", sa.Boolean(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["scan_id"], ["scan.id"], name="fk_scan_picture_scan_id_scan", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_scan_picture"),
    )
    op.create_index("ix_scan_picture_scan_id", "scan_picture", ["scan_id"])


def downgrade() -> None:
    op.drop_table("scan_picture")
    op.drop_column("scan_finding", "leaks")
