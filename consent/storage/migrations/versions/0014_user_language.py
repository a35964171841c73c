"""Dashboard language chosen by a user.

Revision ID: 0014_user_language
Revises: 0013_alarm_channels
"""

import sqlalchemy as sa
from alembic import op

revision = "0014_user_language"
down_revision = "0013_alarm_channels"
branch_labels = None
depends_on = None
works_with = "0001_schema"


def upgrade() -> None:
    with op.batch_alter_table("user") as table:
        table.add_column(sa.Column("language", sa.String(8), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("user") as table:
        table.drop_column("language")
