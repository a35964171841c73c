"""Used hand-over codes between domains, how long accounts are kept, and marks on accounts.

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
    op.add_column("site", sa.Column("account_months", sa.Integer(), nullable=True))
    _allow("'receipt', 'visitor', 'account', 'period'")


def _allow(kinds: str) -> None:
    """Restrict marks to these kinds of subjects."""
    with op.batch_alter_table("privacy_mark") as table:
        table.drop_constraint("known_subject_kind", type_="check")
        table.create_check_constraint("known_subject_kind", f"subject_kind IN ({kinds})")


def downgrade() -> None:
    op.execute("DELETE FROM privacy_mark WHERE subject_kind = 'account'")
    _allow("'receipt', 'visitor', 'period'")
    op.drop_column("site", "account_months")
    op.drop_table("handover_used")
