"""What an alarm tells of, so that it is told again when more joins it.

Revision ID: 0029
Revises: 0028
"""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None
works_with = "0020"


def upgrade() -> None:
    op.add_column("alarm", sa.Column("things", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("alarm", "things")
