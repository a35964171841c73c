"""Who knows of an alarm, so that a way by which one does not arrive gets it later without the others getting it again.

Revision ID: 0030
Revises: 0029
"""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None
works_with = "0020"

COLUMNS = ("news", "knows", "claimed_at")


def upgrade() -> None:
    op.add_column("alarm", sa.Column("news", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("alarm", sa.Column("knows", sa.Text(), nullable=True))
    op.add_column("alarm", sa.Column("claimed_at", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    for name in reversed(COLUMNS):
        op.drop_column("alarm", name)
