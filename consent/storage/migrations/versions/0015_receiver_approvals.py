"""Receiver addresses awaiting a second user, events for a single receiver, and checks for expired grants.

Revision ID: 0015_receiver_approvals
Revises: 0014_user_language
"""

import sqlalchemy as sa
from alembic import op

revision = "0015_receiver_approvals"
down_revision = "0014_user_language"
branch_labels = None
depends_on = None
works_with = "0001_schema"


def upgrade() -> None:
    op.create_table(
        "expiry_check",
        sa.Column("site_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("checked_until", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("site_id", name="pk_expiry_check"),
    )
    with op.batch_alter_table("outbox") as table:
        table.add_column(sa.Column("receiver_id", sa.String(32), nullable=True))
    with op.batch_alter_table("replay") as table:
        table.add_column(sa.Column("account", sa.String(32), nullable=True))
    with op.batch_alter_table("receiver") as table:
        table.add_column(sa.Column("proposed", sa.LargeBinary(), nullable=True))
        table.add_column(sa.Column("proposed_by", sa.String(32), nullable=True))
        table.add_column(sa.Column("proposed_at", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("receiver") as table:
        for name in ("proposed_at", "proposed_by", "proposed"):
            table.drop_column(name)
    with op.batch_alter_table("replay") as table:
        table.drop_column("account")
    with op.batch_alter_table("outbox") as table:
        table.drop_column("receiver_id")
    op.drop_table("expiry_check")
