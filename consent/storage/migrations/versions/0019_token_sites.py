"""Tokens for several sites, and the day on which one was last used.

Revision ID: 0019
Revises: 0018
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("api_token", sa.Column("more_sites", sa.String(), nullable=True))
    op.add_column("api_token", sa.Column("last_used_day", sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column("api_token", "last_used_day")
    op.drop_column("api_token", "more_sites")
