"""The name that users give to an alarm channel.

Revision ID: 0020_alarm_channel_label
Revises: 0019_site_check_report
"""

import sqlalchemy as sa
from alembic import op

revision = "0020_alarm_channel_label"
down_revision = "0019_site_check_report"
branch_labels = None
depends_on = None
works_with = "0001_schema"


def upgrade() -> None:
    op.add_column("alarm_channel", sa.Column("label", sa.String(80), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("alarm_channel") as table:
        table.drop_column("label")
