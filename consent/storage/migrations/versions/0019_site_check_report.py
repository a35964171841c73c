"""The findings and colors of a site's last check.

Revision ID: 0019_site_check_report
Revises: 0018_idempotency_keys
"""

import sqlalchemy as sa
from alembic import op

revision = "0019_site_check_report"
down_revision = "0018_idempotency_keys"
branch_labels = None
depends_on = None
works_with = "0001_schema"


def upgrade() -> None:
    op.add_column("site_check", sa.Column("report", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("site_check", "report")
