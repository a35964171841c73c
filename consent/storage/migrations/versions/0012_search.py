"""The index of searches knows subdivision and origin check too, so that rare ones are found without reading the rows.

Revision ID: 0012
Revises: 0011
"""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

NAME = "ix_receipt_search"
BEFORE = [
    *("site_id", "time", "id", "country", "regime", "action", "method", "functional", "analytics"),
    *("advertising", "gpc", "dnt", "language", "vendors", "erased"),
]


def upgrade() -> None:
    op.drop_index(NAME, "receipt")
    op.create_index(NAME, "receipt", [*BEFORE, "subdivision", "origin_checked"])


def downgrade() -> None:
    op.drop_index(NAME, "receipt")
    op.create_index(NAME, "receipt", BEFORE)
