"""Everything: sites and their configs, receipts and their keys, people and their roles.

Revision ID: 0001
Revises:
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = (
    "user_role",
    "site_role",
    "user",
    "role",
    "receipt_personal",
    "receipt_key",
    "receipt",
    "api_token",
    "shown_count",
    "config",
    "artefact",
    "site",
)


def upgrade() -> None:
    _sites()
    _receipts()
    _people()


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)


def _sites() -> None:
    """Create what is published for sites."""
    op.create_table(
        "site",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("draft", sa.Text(), nullable=False),
        sa.Column("draft_revision", sa.Integer(), server_default="1", nullable=False),
        sa.Column("live_config", sa.String(length=71), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_site"),
        sa.UniqueConstraint("key", name="uq_site_key"),
    )
    op.create_table(
        "artefact",
        sa.Column("sha256", sa.String(length=71), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name="pk_artefact"),
    )
    op.create_table(
        "shown_count",
        sa.Column("site_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("day", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("regime", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("variant", sa.String(), nullable=False),
        sa.Column("config", sa.String(length=71), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("site_id", "day", "regime", "language", "variant", "config", name="pk_shown_count"),
    )
    op.create_table(
        "api_token",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("prefix", sa.String(length=16), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=True),
        sa.Column("scopes", sa.String(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name="fk_api_token_site_id_site", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_api_token"),
        sa.UniqueConstraint("hash", name="uq_api_token_hash"),
    )
    op.create_table(
        "config",
        sa.Column("sha256", sa.String(length=71), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("published_at", sa.BigInteger(), nullable=False),
        sa.Column("published_by", sa.String(length=255), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name="fk_config_site_id_site"),
        sa.PrimaryKeyConstraint("sha256", name="pk_config"),
        sa.UniqueConstraint("site_id", "version", name="uq_config_site_id_version"),
    )


def _receipts() -> None:
    """Create the tables of receipts; on PostgreSQL `partitions` makes their months."""
    op.create_table(
        "receipt",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("time", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("log_index", sa.BigInteger(), nullable=True),
        sa.Column("erased", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("origin_checked", sa.Boolean(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("method", sa.String(), nullable=False),
        sa.Column("country", sa.String(), nullable=True),
        sa.Column("subdivision", sa.String(), nullable=True),
        sa.Column("regime", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("variant", sa.String(), nullable=False),
        sa.Column("functional", sa.Boolean(), nullable=True),
        sa.Column("analytics", sa.Boolean(), nullable=True),
        sa.Column("advertising", sa.Boolean(), nullable=True),
        sa.Column("gpc", sa.Boolean(), nullable=False),
        sa.Column("dnt", sa.Boolean(), nullable=False),
        sa.Column("age_band", sa.String(), nullable=False),
        sa.Column("layer", sa.Integer(), nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=True),
        sa.Column("config", sa.String(), nullable=False),
        sa.Column("vendors", sa.Text(), nullable=False),
        sa.Column("leaf_hash", sa.LargeBinary(), nullable=False),
        sa.Column("jws", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", "time", name="pk_receipt"),
        postgresql_partition_by="RANGE (time)",
    )
    op.create_index("ix_receipt_log", "receipt", ["site_id", "log_index", "time", "id"], unique=True)
    op.create_index(
        "ix_receipt_search",
        "receipt",
        [
            *("site_id", "time", "id", "country", "regime", "action", "method", "functional", "analytics"),
            *("advertising", "gpc", "dnt", "language", "vendors", "erased"),
        ],
    )
    op.create_table(
        "receipt_key",
        sa.Column("site_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("receipt_id", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("body_mac", sa.LargeBinary(), nullable=True),
        sa.Column("salt", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("site_id", "key", name="pk_receipt_key"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_receipt_key_created_at", "receipt_key", ["created_at"], unique=False)
    op.create_table(
        "receipt_personal",
        sa.Column("time", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("receipt_id", sa.String(length=32), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("visitor", sa.String(), nullable=True),
        sa.Column("previous", sa.String(length=32), nullable=True),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("time", "receipt_id", name="pk_receipt_personal"),
        postgresql_partition_by="RANGE (time)",
    )
    op.create_index(
        "ix_receipt_personal_visitor",
        "receipt_personal",
        ["site_id", "visitor", "time"],
        unique=False,
        sqlite_where=sa.text("visitor IS NOT NULL"),
        postgresql_where=sa.text("visitor IS NOT NULL"),
    )


def _people() -> None:
    """Create the people of the dashboard and their roles."""
    op.create_table(
        "role",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("description", sa.String(length=255), nullable=True),
        sa.Column("permissions", sa.UnicodeText(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_role"),
        sa.UniqueConstraint("name", name="uq_role_name"),
    )
    op.create_table(
        "user",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("audit_id", sa.String(length=32), nullable=False),
        sa.Column("email", sa.String(length=255), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("password", sa.String(length=255), nullable=True),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("fs_uniquifier", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("tf_primary_method", sa.String(length=64), nullable=True),
        sa.Column("tf_totp_secret", sa.String(length=255), nullable=True),
        sa.Column("tf_phone_number", sa.String(length=128), nullable=True),
        sa.Column("mf_recovery_codes", sa.UnicodeText(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_user"),
        sa.UniqueConstraint("audit_id", name="uq_user_audit_id"),
        sa.UniqueConstraint("email", name="uq_user_email"),
        sa.UniqueConstraint("fs_uniquifier", name="uq_user_fs_uniquifier"),
    )
    op.create_table(
        "site_role",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=True),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.CheckConstraint("role IN ('admin', 'marketing', 'compliance', 'viewer')", name="ck_site_role_known_role"),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name="fk_site_role_site_id_site", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name="fk_site_role_user_id_user", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_site_role"),
    )
    op.create_index(
        "ix_site_role_every",
        "site_role",
        ["user_id", "role"],
        unique=True,
        sqlite_where=sa.text("site_id IS NULL"),
        postgresql_where=sa.text("site_id IS NULL"),
    )
    op.create_index("ix_site_role_one", "site_role", ["user_id", "site_id", "role"], unique=True)
    op.create_table(
        "user_role",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("role_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["role_id"], ["role.id"], name="fk_user_role_role_id_role", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name="fk_user_role_user_id_user", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user_id", "role_id", name="pk_user_role"),
    )
