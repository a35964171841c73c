"""Hand-over codes between domains that have granted something.

Revision ID: 0009_handovers
Revises: 0008_publish_approvals
"""

import sqlalchemy as sa
from alembic import op

revision = "0009_handovers"
down_revision = "0008_publish_approvals"
branch_labels = None
depends_on = None
works_with = "0001_schema"


def upgrade() -> None:
    op.create_table(
        "handover_used",
        sa.Column("nonce_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("nonce_hash", name="pk_handover_used"),
    )
    op.create_index("ix_handover_used_expires_at", "handover_used", ["expires_at"])


def downgrade() -> None:
    op.drop_table("handover_used")
