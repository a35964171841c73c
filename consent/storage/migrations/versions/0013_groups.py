"""Groups of sites and roles on them; what signing in by a code and by a provider needs.

Revision ID: 0013
Revises: 0012
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "site_in_group",
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name="fk_site_in_group_site_id_site", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("site_id", "name", name="pk_site_in_group"),
    )
    op.create_table(
        "group_role",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.CheckConstraint(
            "role IN ('admin', 'marketing', 'compliance', 'viewer')", name=op.f("ck_group_role_known_role")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name="fk_group_role_user_id_user", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_group_role"),
    )
    op.create_index("ix_group_role_one", "group_role", ["user_id", "name", "role"], unique=True)
    # A unique index and no constraint: for that SQLite would copy the table, and deleting the old one empties others.
    op.add_column("user", sa.Column("totp_counter", sa.BigInteger(), nullable=True))
    op.add_column("user", sa.Column("oidc_subject", sa.String(length=600), nullable=True))
    op.create_index("ix_user_oidc_subject", "user", ["oidc_subject"], unique=True)


def downgrade() -> None:
    op.drop_index("ix_user_oidc_subject", table_name="user")
    op.drop_column("user", "oidc_subject")
    op.drop_column("user", "totp_counter")
    op.drop_table("group_role")
    op.drop_table("site_in_group")
