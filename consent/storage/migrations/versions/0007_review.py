"""What people decided on the findings of a site.

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "review_decision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("host", sa.String(length=300), nullable=False),
        sa.Column("group", sa.String(length=20), nullable=False),
        sa.Column("purpose", sa.String(length=60), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.String(length=32), nullable=False),
        sa.Column("decided_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name="fk_review_decision_site_id_site", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_review_decision"),
        sa.UniqueConstraint("site_id", "kind", "name", "host", name="uq_review_decision_site_id_kind_name_host"),
    )


def downgrade() -> None:
    op.drop_table("review_decision")
