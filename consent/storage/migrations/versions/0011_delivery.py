"""Delivery of choices to other systems: outbox, receivers, pending deliveries, and acknowledgments.

Revision ID: 0011_delivery
Revises: 0010_vendor_lists
"""

import sqlalchemy as sa
from alembic import op

revision = "0011_delivery"
down_revision = "0010_vendor_lists"
branch_labels = None
depends_on = None
works_with = "0001_schema"

TABLES = ("delivery_hour", "replay", "used_ack", "ack", "delivery", "receiver", "outbox")


def upgrade() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("receipt_id", sa.String(32), nullable=True),
        sa.Column("type", sa.String(32), nullable=False),
        sa.Column("subject_no", sa.String(32), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=True),
        sa.Column("refuses", sa.Boolean(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
    )
    op.create_index("ix_outbox_order", "outbox", ["site_id", "n"], unique=True)
    op.create_index("ix_outbox_subject", "outbox", ["site_id", "subject_no", "n"])
    op.create_table(
        "receiver",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("public_name", sa.String(100), nullable=False),
        sa.Column("adapter", sa.String(40), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("settings", sa.Text(), nullable=False),
        sa.Column("secret_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("groups", sa.String(100), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("cursor", sa.BigInteger(), nullable=False),
        sa.Column("ack", sa.String(8), nullable=False),
        sa.Column("knows_accounts", sa.Boolean(), nullable=False),
        sa.Column("signature", sa.String(8), nullable=False),
        sa.Column("content_type", sa.String(16), nullable=False),
        sa.Column("secret_no", sa.Integer(), nullable=False),
        sa.Column("old_secret_until", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("heard_at", sa.BigInteger(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("failing_since", sa.BigInteger(), nullable=True),
        sa.Column("next_probe_at", sa.BigInteger(), nullable=False),
        sa.Column("last_problem", sa.String(255), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name="fk_receiver_site_id_site", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_receiver"),
    )
    op.create_index("ix_receiver_site_id", "receiver", ["site_id"])
    op.create_table(
        "delivery",
        sa.Column("receiver_id", sa.String(32), nullable=False),
        sa.Column("n", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("event", sa.String(32), nullable=False),
        sa.Column("subject_no", sa.String(32), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("refuses", sa.Boolean(), nullable=False),
        sa.Column("is_replay", sa.Boolean(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=False),
        sa.Column("last", sa.String(255), nullable=False),
        sa.Column("took_ms", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("receiver_id", "n", name="pk_delivery"),
    )
    op.create_index("ix_delivery_due", "delivery", ["receiver_id", "state", "next_at", "n"])
    op.create_index("ix_delivery_subject", "delivery", ["receiver_id", "subject_no", "n"])
    op.create_table(
        "ack",
        sa.Column("receiver_id", sa.String(32), nullable=False),
        sa.Column("event", sa.String(32), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("noted_at", sa.BigInteger(), nullable=False),
        sa.Column("ref", sa.String(100), nullable=False),
        sa.Column("body_sha256", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("receiver_id", "event", "state", name="pk_ack"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_ack_noted", "ack", ["receiver_id", "noted_at"])
    op.create_table(
        "used_ack",
        sa.Column("receiver_id", sa.String(32), nullable=False),
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("receiver_id", "id", name="pk_used_ack"),
    )
    op.create_index("ix_used_ack_expires_at", "used_ack", ["expires_at"])
    op.create_table(
        "replay",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("receiver_id", sa.String(32), nullable=False),
        sa.Column("next_n", sa.BigInteger(), nullable=False),
        sa.Column("to_n", sa.BigInteger(), nullable=False),
        sa.Column("subjects", sa.String(8), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("done_at", sa.BigInteger(), nullable=True),
        sa.Column("sent", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_replay"),
    )
    op.create_index("ix_replay_receiver_id", "replay", ["receiver_id"])
    op.create_table(
        "delivery_hour",
        sa.Column("receiver_id", sa.String(32), nullable=False),
        sa.Column("logged_until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("receiver_id", name="pk_delivery_hour"),
    )
    op.add_column("subject_account", sa.Column("sub_sealed", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    op.drop_column("subject_account", "sub_sealed")
    for table in TABLES:
        op.drop_table(table)
