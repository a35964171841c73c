"""Alarm and weekly summary channels set by a site's users.

Revision ID: 0013_alarm_channels
Revises: 0012_visitor_requests
"""

import sqlalchemy as sa
from alembic import op

revision = "0013_alarm_channels"
down_revision = "0012_visitor_requests"
branch_labels = None
depends_on = None
works_with = "0001_schema"


def upgrade() -> None:
    op.create_table(
        "alarm_channel",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("alarms", sa.Boolean(), nullable=False),
        sa.Column("weekly_since", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name="fk_alarm_channel_site_id_site", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_alarm_channel"),
        sa.UniqueConstraint("site_id", "kind", "address", name="uq_alarm_channel_site_id_kind_address"),
    )
    op.create_index("ix_alarm_channel_site_id", "alarm_channel", ["site_id"])


def downgrade() -> None:
    op.drop_table("alarm_channel")
