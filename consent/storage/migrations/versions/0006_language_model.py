"""Suggestions of an operator's language model for unknown findings.

Revision ID: 0006_language_model
Revises: 0005_enforcement
"""

import sqlalchemy as sa
from alembic import op

revision = "0006_language_model"
down_revision = "0005_enforcement"
branch_labels = None
depends_on = None
works_with = "0001_schema"

TABLE = "language_model_suggestion"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("name", sa.String(300), nullable=False),
        sa.Column("host", sa.String(300), nullable=False),
        sa.Column("group", sa.String(20), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("model", sa.String(200), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=f"fk_{TABLE}_site_id_site", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=f"pk_{TABLE}"),
        sa.UniqueConstraint("site_id", "kind", "name", "host", name=f"uq_{TABLE}_site_id_kind_name_host"),
    )


def downgrade() -> None:
    op.drop_table(TABLE)
