"""Requests that visitors submit themselves, and an index of receipts by age band.

Revision ID: 0012_visitor_requests
Revises: 0011_delivery
"""

import sqlalchemy as sa
from alembic import op

revision = "0012_visitor_requests"
down_revision = "0011_delivery"
branch_labels = None
depends_on = None
works_with = "0001_schema"

TABLE = "visitor_request"
KNOWN = sa.text("age_band <> 'unknown' AND age_band <> ''")


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("place", sa.String(6), nullable=False),
        sa.Column("proof", sa.String(8), nullable=False),
        sa.Column("language", sa.String(20), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("confirm_hash", sa.String(64), nullable=True),
        sa.Column("follow_hash", sa.String(64), nullable=True),
        sa.Column("address_hash", sa.String(64), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("proof IN ('browser', 'account', 'mail', 'none')", name="known_proof"),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=f"fk_{TABLE}_site_id_site", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["request_id"], ["privacy_request.id"], name=f"fk_{TABLE}_request_id_privacy_request", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=f"pk_{TABLE}"),
        sa.UniqueConstraint("request_id", name=f"uq_{TABLE}_request_id"),
        sa.UniqueConstraint("confirm_hash", name=f"uq_{TABLE}_confirm_hash"),
        sa.UniqueConstraint("follow_hash", name=f"uq_{TABLE}_follow_hash"),
    )
    op.create_index("ix_visitor_request_site", TABLE, ["site_id", "expires_at"])
    op.create_index("ix_visitor_request_address", TABLE, ["address_hash"])
    op.create_index(
        "ix_receipt_age_band",
        "receipt",
        ["site_id", "age_band", "time", "id"],
        sqlite_where=KNOWN,
        postgresql_where=KNOWN,
    )


def downgrade() -> None:
    op.drop_index("ix_receipt_age_band", "receipt")
    op.drop_table(TABLE)
