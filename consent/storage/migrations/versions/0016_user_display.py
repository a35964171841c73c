"""Theme and time zone of a user, and when a site was archived.

Revision ID: 0016_user_display
Revises: 0015_receiver_approvals
"""

import sqlalchemy as sa
from alembic import op

revision = "0016_user_display"
down_revision = "0015_receiver_approvals"
branch_labels = None
depends_on = None
works_with = "0001_schema"


def upgrade() -> None:
    with op.batch_alter_table("user") as table:
        table.add_column(sa.Column("theme", sa.String(8), nullable=True))
        table.add_column(sa.Column("time_zone", sa.String(64), nullable=True))
    with op.batch_alter_table("site") as table:
        table.add_column(sa.Column("archived_at", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("site") as table:
        table.drop_column("archived_at")
    with op.batch_alter_table("user") as table:
        table.drop_column("time_zone")
        table.drop_column("theme")
