"""What is counted over all processes: tries of something secret, and networks that write much.

Revision ID: 0028
Revises: 0021
"""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0021"
branch_labels = None
depends_on = None
works_with = "0020"


def upgrade() -> None:
    op.create_table(
        "attempt",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("times", sa.Text(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_attempt"),
    )
    op.create_table(
        "write_count",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("process", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", "process", name="pk_write_count"),
    )


def downgrade() -> None:
    op.drop_table("write_count")
    op.drop_table("attempt")
