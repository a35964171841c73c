"""The language of an alarm channel's messages; those of existing channels stay English.

Revision ID: 0021_alarm_channel_language
Revises: 0020_alarm_channel_label
"""

import sqlalchemy as sa
from alembic import op

revision = "0021_alarm_channel_language"
down_revision = "0020_alarm_channel_label"
branch_labels = None
depends_on = None
works_with = "0001_schema"


def upgrade() -> None:
    op.add_column("alarm_channel", sa.Column("language", sa.String(8), nullable=False, server_default="en"))


def downgrade() -> None:
    with op.batch_alter_table("alarm_channel") as table:
        table.drop_column("language")
