"""Publish approvals that are signed by a passkey.

Revision ID: 0008_publish_approvals
Revises: 0007_passkeys
"""

import sqlalchemy as sa
from alembic import op

revision = "0008_publish_approvals"
down_revision = "0007_passkeys"
branch_labels = None
depends_on = None
works_with = "0001_schema"


def upgrade() -> None:
    op.create_table(
        "publish_approval",
        sa.Column("config", sa.String(71), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["config"], ["config.sha256"], name="fk_publish_approval_config_config"),
        sa.PrimaryKeyConstraint("config", name="pk_publish_approval"),
    )
    with op.batch_alter_table("site") as table:
        table.add_column(sa.Column("approval_needs_passkey", sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("site") as table:
        table.drop_column("approval_needs_passkey")
    op.drop_table("publish_approval")
