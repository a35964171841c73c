"""A second person before a publish, where the script was seen last, and how many times a site's preview links were ended.

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("site", sa.Column("second_person", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("site", sa.Column("previews_ended", sa.Integer(), server_default="0", nullable=False))
    op.create_table(
        "publish_request",
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("asked_by", sa.String(length=255), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name="fk_publish_request_site_id_site", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("site_id", name="pk_publish_request"),
    )
    op.create_table(
        "script_seen",
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("origin", sa.String(length=300), nullable=False),
        sa.Column("config", sa.String(length=71), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name="fk_script_seen_site_id_site", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("site_id", "origin", name="pk_script_seen"),
    )


def downgrade() -> None:
    op.drop_table("script_seen")
    op.drop_table("publish_request")
    op.drop_column("site", "previews_ended")
    op.drop_column("site", "second_person")
