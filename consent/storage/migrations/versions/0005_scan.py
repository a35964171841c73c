"""Scans: each scan, what was found on a site so far, and when it is scanned.

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "scan",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("url", sa.String(length=600), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("heard_at", sa.BigInteger(), nullable=False),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.Column("progress", sa.Text(), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("problems", sa.Text(), nullable=False),
        sa.Column("diff", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name="fk_scan_site_id_site", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_scan"),
    )
    op.create_index("ix_scan_site", "scan", ["site_id", "id"])
    op.create_table(
        "scan_finding",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("host", sa.String(length=300), nullable=False),
        sa.Column("third_party", sa.Boolean(), nullable=False),
        sa.Column("lifetime_s", sa.BigInteger(), nullable=True),
        sa.Column("situations", sa.String(length=100), nullable=False),
        sa.Column("page", sa.String(length=600), nullable=False),
        sa.Column("made_by", sa.String(length=600), nullable=False),
        sa.Column("group", sa.String(length=20), nullable=False),
        sa.Column("purpose", sa.String(length=60), nullable=True),
        sa.Column("vendor", sa.String(length=255), nullable=False),
        sa.Column("layer", sa.String(length=40), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("suggestion", sa.String(length=20), nullable=False),
        sa.Column("is_leak", sa.Boolean(), nullable=False),
        sa.Column("first_seen", sa.BigInteger(), nullable=False),
        sa.Column("last_seen", sa.BigInteger(), nullable=False),
        sa.Column("gone_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name="fk_scan_finding_site_id_site", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_scan_finding"),
        sa.UniqueConstraint("site_id", "kind", "name", "host", name="uq_scan_finding_site_id_kind_name_host"),
    )
    op.create_table(
        "scan_schedule",
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("url", sa.String(length=600), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("regions", sa.String(length=200), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name="fk_scan_schedule_site_id_site", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("site_id", name="pk_scan_schedule"),
    )


def downgrade() -> None:
    for table in ("scan_schedule", "scan_finding", "scan"):
        op.drop_table(table)
