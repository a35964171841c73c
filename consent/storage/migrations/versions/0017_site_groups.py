"""Settings and accounts shared by site groups, former realms, site deletion, and accounts in checked pages.

Revision ID: 0017_site_groups
Revises: 0016_user_display
"""

import sqlalchemy as sa
from alembic import op

revision = "0017_site_groups"
down_revision = "0016_user_display"
branch_labels = None
depends_on = None
works_with = "0001_schema"


def upgrade() -> None:
    op.create_table(
        "site_group",
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("settings", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("realm", sa.String(63), nullable=True),
        sa.PrimaryKeyConstraint("name", name="pk_site_group"),
        sa.UniqueConstraint("realm", name="uq_site_group_realm"),
    )
    op.create_table(
        "former_realm",
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("realm", sa.String(63), nullable=False),
        sa.Column("left_on", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name="fk_former_realm_site_id_site", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("site_id", "realm", name="pk_former_realm"),
    )
    with op.batch_alter_table("site") as table:
        table.add_column(sa.Column("realm", sa.String(63), nullable=True))
        table.add_column(sa.Column("deleted_at", sa.BigInteger(), nullable=True))
    op.create_index("ix_site_realm", "site", ["realm"])
    with op.batch_alter_table("subject_account") as table:
        table.add_column(sa.Column("earlier", sa.String(32), nullable=True))
    with op.batch_alter_table("site_check") as table:
        table.add_column(sa.Column("accounts", sa.Text(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("site_check") as table:
        table.drop_column("accounts")
    with op.batch_alter_table("subject_account") as table:
        table.drop_column("earlier")
    op.drop_index("ix_site_realm", table_name="site")
    with op.batch_alter_table("site") as table:
        table.drop_column("deleted_at")
        table.drop_column("realm")
    op.drop_table("former_realm")
    op.drop_table("site_group")
