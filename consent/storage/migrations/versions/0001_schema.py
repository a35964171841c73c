"""All tables of the first version.

Revision ID: 0001_schema
Revises:
"""

import sqlalchemy as sa
from alembic import op

revision = "0001_schema"
down_revision = None
branch_labels = None
depends_on = None
works_with = "0001_schema"

PARTITIONED_COUNTS = ("choice_count", "banner_count")
WEEK_PARTITIONS = 8
"""How many tables weekly counts are split into by site, so that a query for one site reads little of the others."""
TABLES = (
    "past_alarm",
    "alarm",
    "rate_limit_count",
    "rate_limit_attempt",
    "export_job",
    "schema_requirement",
    "node",
    "refusal_count",
    "banner_count",
    "choice_count",
    "review_decision",
    "scan_finding",
    "site_check",
    "scan_schedule",
    "screenshot",
    "scan",
    "api_token",
    "browser_session",
    "group_role",
    "site_group_member",
    "site_role",
    "user_role",
    "user",
    "role",
    "privacy_mark",
    "privacy_request",
    "retention_run",
    "erasure_list_line",
    "erasure",
    "log_entry_search",
    "log_entry",
    "log_checkpoint",
    "log_tile",
    "actor",
    "detached_receipt",
    "detached_month",
    "receipt_key",
    "receipt_personal",
    "receipt",
    "script_fetch",
    "code_approval",
    "approval_request",
    "draft_import",
    "draft_edit",
    "custom_vendor",
    "artifact",
    "config",
    "site",
)
"""In the order in which they can be dropped."""


def upgrade() -> None:
    _create_sites()
    _create_drafts()
    _create_receipts()
    _create_receipt_parts()
    _create_detached_months()
    _create_log()
    _create_log_entries()
    _create_erasures()
    _create_privacy_requests()
    _create_users()
    _create_site_roles()
    _create_sessions()
    _create_scans()
    _create_findings()
    _create_counts()
    _create_nodes()
    _create_rate_limits()
    _create_alarms()
    if op.get_bind().dialect.name == "postgresql":
        for table in PARTITIONED_COUNTS:
            _partition_counts(table)


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)


def _create_sites() -> None:
    op.create_table(
        "site",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("draft", sa.Text(), nullable=False),
        sa.Column("draft_revision", sa.Integer(), server_default="1", nullable=False),
        sa.Column("live_config", sa.String(71), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("retention_months", sa.Integer(), server_default="36", nullable=False),
        sa.Column("requires_approval", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("preview_generation", sa.Integer(), server_default="0", nullable=False),
        sa.Column("prunes_automatically", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_site"),
        sa.UniqueConstraint("key", name="uq_site_key"),
    )
    op.create_table(
        "config",
        sa.Column("sha256", sa.String(71), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("published_at", sa.BigInteger(), nullable=False),
        sa.Column("published_by", sa.String(255), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("log_index", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name="fk_config_site_id_site"),
        sa.PrimaryKeyConstraint("sha256", name="pk_config"),
        sa.UniqueConstraint("site_id", "version", name="uq_config_site_id_version"),
    )
    op.create_index(
        "ix_config_unlogged",
        "config",
        ["site_id", "version"],
        sqlite_where=sa.text("log_index IS NULL"),
        postgresql_where=sa.text("log_index IS NULL"),
    )
    op.create_table(
        "artifact",
        sa.Column("sha256", sa.String(71), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name="pk_artifact"),
    )


def _create_drafts() -> None:
    op.create_table(
        "custom_vendor",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("vendor", sa.String(63), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("changed_by", sa.String(32), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name="fk_custom_vendor_site_id_site", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_custom_vendor"),
        sa.UniqueConstraint("site_id", "vendor", name="uq_custom_vendor_site_id_vendor"),
    )
    op.create_table(
        "draft_edit",
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("part", sa.String(500), nullable=False),
        sa.Column("by", sa.String(64), nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name="fk_draft_edit_site_id_site", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("site_id", "part", name="pk_draft_edit"),
    )
    op.create_table(
        "draft_import",
        sa.Column("site_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("file", sa.String(255), nullable=False),
        sa.Column("by", sa.String(64), nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name="fk_draft_import_site_id_site", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("site_id", name="pk_draft_import"),
    )
    op.create_table(
        "approval_request",
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("requested_by", sa.String(255), nullable=False),
        sa.Column("requested_at", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name="fk_approval_request_site_id_site", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("site_id", name="pk_approval_request"),
    )
    op.create_table(
        "code_approval",
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(71), nullable=False),
        sa.Column("by", sa.String(64), nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("withdrawn_by", sa.String(64), nullable=True),
        sa.Column("withdrawn_at", sa.BigInteger(), nullable=True),
        sa.Column("mac", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name="fk_code_approval_site_id_site", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("site_id", "code", name="pk_code_approval"),
    )
    op.create_table(
        "script_fetch",
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("origin", sa.String(300), nullable=False),
        sa.Column("config", sa.String(71), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("fetched_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name="fk_script_fetch_site_id_site", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("site_id", "origin", name="pk_script_fetch"),
    )


def _create_receipts() -> None:
    op.create_table(
        "receipt",
        sa.Column("id", sa.String(32), nullable=False),
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
            "site_id",
            "time",
            "id",
            "country",
            "regime",
            "action",
            "method",
            "functional",
            "analytics",
            "advertising",
            "gpc",
            "dnt",
            "language",
            "vendors",
            "erased",
            "subdivision",
            "origin_checked",
        ],
    )


def _create_receipt_parts() -> None:
    op.create_table(
        "receipt_personal",
        sa.Column("time", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("receipt_id", sa.String(32), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("visitor", sa.String(), nullable=True),
        sa.Column("previous", sa.String(32), nullable=True),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("time", "receipt_id", name="pk_receipt_personal"),
        postgresql_partition_by="RANGE (time)",
    )
    op.create_index(
        "ix_receipt_personal_visitor",
        "receipt_personal",
        ["site_id", "visitor", "time"],
        sqlite_where=sa.text("visitor IS NOT NULL"),
        postgresql_where=sa.text("visitor IS NOT NULL"),
    )
    op.create_table(
        "receipt_key",
        sa.Column("site_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("key", sa.String(32), nullable=False),
        sa.Column("receipt_id", sa.String(32), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("body_mac", sa.LargeBinary(), nullable=True),
        sa.Column("salt", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("site_id", "key", name="pk_receipt_key"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_receipt_key_created_at", "receipt_key", ["created_at"])


def _create_detached_months() -> None:
    op.create_table(
        "detached_month",
        sa.Column("site_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("month", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("file", sa.String(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("receipts", sa.BigInteger(), nullable=False),
        sa.Column("blank", sa.BigInteger(), nullable=False),
        sa.Column("erased", sa.BigInteger(), nullable=False),
        sa.Column("detached_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("site_id", "month", name="pk_detached_month"),
    )
    op.create_table(
        "detached_receipt",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("log_index", sa.BigInteger(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("erased", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("is_ending", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_detached_receipt"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_detached_receipt_time", "detached_receipt", ["site_id", "time", "id"])


def _create_log() -> None:
    op.create_table(
        "actor",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_actor"),
    )
    op.create_table(
        "log_tile",
        sa.Column("site_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("level", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hashes", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("site_id", "level", "number", name="pk_log_tile"),
    )
    op.create_table(
        "log_checkpoint",
        sa.Column("site_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("site_id", name="pk_log_checkpoint"),
    )


def _create_log_entries() -> None:
    op.create_table(
        "log_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("log_index", sa.BigInteger(), nullable=True),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("subject", sa.String(255), nullable=False),
        sa.Column("actor", sa.String(32), nullable=True),
        sa.Column("leaf_hash", sa.LargeBinary(), nullable=False),
        sa.Column("jws", sa.Text(), nullable=False),
        sa.CheckConstraint("kind IN ('config', 'key', 'erasure', 'audit')", name="known_kind"),
        sa.PrimaryKeyConstraint("id", name="pk_log_entry"),
    )
    op.create_index("ix_log_entry_actor", "log_entry", ["site_id", "actor", "id"])
    op.create_index("ix_log_entry_kind", "log_entry", ["site_id", "kind", "id"])
    op.create_index("ix_log_entry_order", "log_entry", ["site_id", "id"])
    op.create_index("ix_log_entry_place", "log_entry", ["site_id", "log_index"], unique=True)
    op.create_index("ix_log_entry_subject", "log_entry", ["site_id", "subject", "id"])
    op.create_index("ix_log_entry_time", "log_entry", ["site_id", "time", "id"])
    op.create_table(
        "log_entry_search",
        sa.Column("site_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("entry_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("actor", sa.String(32), nullable=True),
        sa.Column("target", sa.String(32), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("site_id", "entry_id", name="pk_log_entry_search"),
        sqlite_with_rowid=False,
    )


def _create_erasures() -> None:
    op.create_table(
        "erasure",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("level", sa.String(10), nullable=False),
        sa.Column("cause", sa.String(10), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by", sa.String(255), nullable=False),
        sa.Column("is_purge_pending", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.CheckConstraint("cause IN ('request', 'retention', 'restore')", name="known_cause"),
        sa.CheckConstraint("level IN ('unlink', 'full')", name="known_level"),
        sa.PrimaryKeyConstraint("id", name="pk_erasure"),
    )
    op.create_table(
        "erasure_list_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site", sa.String(64), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_erasure_list_line"),
    )
    op.create_table(
        "retention_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("by", sa.String(255), nullable=False),
        sa.Column("months", sa.Integer(), nullable=False),
        sa.Column("requested_at", sa.BigInteger(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=True),
        sa.Column("heartbeat_at", sa.BigInteger(), nullable=True),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.Column("receipts", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("exempt", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_retention_run"),
    )
    op.create_index("ix_retention_run_site", "retention_run", ["site_id", "id"])


def _create_privacy_requests() -> None:
    op.create_table(
        "privacy_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("place", sa.String(6), nullable=False),
        sa.Column("law", sa.String(120), nullable=False),
        sa.Column("received", sa.Integer(), nullable=False),
        sa.Column("due", sa.Integer(), nullable=False),
        sa.Column("extended", sa.Integer(), nullable=True),
        sa.Column("extension_reason", sa.Text(), nullable=False),
        sa.Column("closed", sa.Integer(), nullable=True),
        sa.Column("outcome", sa.String(20), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("reference", sa.String(60), nullable=False),
        sa.Column("added_at", sa.BigInteger(), nullable=False),
        sa.Column("added_by", sa.String(32), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name="fk_privacy_request_site_id_site", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_privacy_request"),
    )
    op.create_index("ix_privacy_request_site", "privacy_request", ["site_id", "id"])
    op.create_table(
        "privacy_mark",
        sa.Column("site_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(11), nullable=False),
        sa.Column("subject_kind", sa.String(7), nullable=False),
        sa.Column("subject", sa.String(64), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by", sa.String(255), nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("kind IN ('hold', 'restriction', 'objection')", name="known_kind"),
        sa.CheckConstraint("subject_kind IN ('receipt', 'visitor', 'period')", name="known_subject_kind"),
        sa.PrimaryKeyConstraint("site_id", "kind", "subject_kind", "subject", name="pk_privacy_mark"),
    )


def _create_users() -> None:
    op.create_table(
        "role",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("description", sa.String(255), nullable=True),
        sa.Column("permissions", sa.UnicodeText(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_role"),
        sa.UniqueConstraint("name", name="uq_role_name"),
    )
    op.create_table(
        "user",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("audit_id", sa.String(32), nullable=False),
        sa.Column("email", sa.String(255), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("password", sa.String(255), nullable=True),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("fs_uniquifier", sa.String(64), nullable=False),
        sa.Column("created_at", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("tf_primary_method", sa.String(64), nullable=True),
        sa.Column("tf_totp_secret", sa.String(255), nullable=True),
        sa.Column("tf_phone_number", sa.String(128), nullable=True),
        sa.Column("totp_counter", sa.BigInteger(), nullable=True),
        sa.Column("oidc_subject", sa.String(600), nullable=True),
        sa.Column("mf_recovery_codes", sa.UnicodeText(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_user"),
        sa.UniqueConstraint("audit_id", name="uq_user_audit_id"),
        sa.UniqueConstraint("email", name="uq_user_email"),
        sa.UniqueConstraint("fs_uniquifier", name="uq_user_fs_uniquifier"),
    )
    op.create_index("ix_user_oidc_subject", "user", ["oidc_subject"], unique=True)
    op.create_table(
        "user_role",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("role_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["role_id"], ["role.id"], name="fk_user_role_role_id_role", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name="fk_user_role_user_id_user", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user_id", "role_id", name="pk_user_role"),
    )


def _create_site_roles() -> None:
    op.create_table(
        "site_role",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=True),
        sa.Column("role", sa.String(20), nullable=False),
        sa.CheckConstraint("role IN ('admin', 'marketing', 'compliance', 'viewer')", name="known_role"),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name="fk_site_role_site_id_site", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name="fk_site_role_user_id_user", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_site_role"),
    )
    op.create_index(
        "ix_site_role_instance",
        "site_role",
        ["user_id", "role"],
        unique=True,
        sqlite_where=sa.text("site_id IS NULL"),
        postgresql_where=sa.text("site_id IS NULL"),
    )
    op.create_index("ix_site_role_site", "site_role", ["user_id", "site_id", "role"], unique=True)
    op.create_table(
        "site_group_member",
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name="fk_site_group_member_site_id_site", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("site_id", "name", name="pk_site_group_member"),
    )
    op.create_table(
        "group_role",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("role", sa.String(20), nullable=False),
        sa.CheckConstraint("role IN ('admin', 'marketing', 'compliance', 'viewer')", name="known_role"),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name="fk_group_role_user_id_user", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_group_role"),
    )
    op.create_index("ix_group_role_group", "group_role", ["user_id", "name", "role"], unique=True)


def _create_sessions() -> None:
    op.create_table(
        "browser_session",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("device", sa.String(60), nullable=False),
        sa.Column("method", sa.String(20), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("last_used_at", sa.BigInteger(), nullable=False),
        sa.Column("authenticated_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name="fk_browser_session_user_id_user", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_browser_session"),
        sa.UniqueConstraint("hash", name="uq_browser_session_hash"),
    )
    op.create_index("ix_browser_session_user_id", "browser_session", ["user_id"])
    op.create_table(
        "api_token",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("prefix", sa.String(16), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=True),
        sa.Column("additional_sites", sa.String(), nullable=True),
        sa.Column("scopes", sa.String(), nullable=False),
        sa.Column("last_used_day", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name="fk_api_token_site_id_site", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_api_token"),
        sa.UniqueConstraint("hash", name="uq_api_token_hash"),
    )


def _create_scans() -> None:
    op.create_table(
        "scan",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("url", sa.String(600), nullable=False),
        sa.Column("requested_at", sa.BigInteger(), nullable=False),
        sa.Column("heartbeat_at", sa.BigInteger(), nullable=False),
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
        "screenshot",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("scan_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("region", sa.String(10), nullable=False),
        sa.Column("page", sa.String(600), nullable=False),
        sa.Column("is_after_choice", sa.Boolean(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["scan_id"], ["scan.id"], name="fk_screenshot_scan_id_scan", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_screenshot"),
    )
    op.create_index("ix_screenshot_scan_id", "screenshot", ["scan_id"])
    op.create_table(
        "scan_schedule",
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("url", sa.String(600), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("regions", sa.String(200), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("blocks_publishing", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name="fk_scan_schedule_site_id_site", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("site_id", name="pk_scan_schedule"),
    )
    op.create_table(
        "site_check",
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("url", sa.String(600), nullable=False),
        sa.Column("checked_at", sa.BigInteger(), nullable=False),
        sa.Column("tags", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name="fk_site_check_site_id_site", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("site_id", name="pk_site_check"),
    )


def _create_findings() -> None:
    op.create_table(
        "scan_finding",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("name", sa.String(300), nullable=False),
        sa.Column("host", sa.String(300), nullable=False),
        sa.Column("third_party", sa.Boolean(), nullable=False),
        sa.Column("lifetime_s", sa.BigInteger(), nullable=True),
        sa.Column("situations", sa.String(100), nullable=False),
        sa.Column("page", sa.String(600), nullable=False),
        sa.Column("made_by", sa.String(600), nullable=False),
        sa.Column("group", sa.String(20), nullable=False),
        sa.Column("purpose", sa.String(60), nullable=True),
        sa.Column("vendor", sa.String(255), nullable=False),
        sa.Column("layer", sa.String(40), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("suggestion", sa.String(20), nullable=False),
        sa.Column("is_leak", sa.Boolean(), nullable=False),
        sa.Column("leaks", sa.Text(), server_default="[]", nullable=False),
        sa.Column("first_seen", sa.BigInteger(), nullable=False),
        sa.Column("last_seen", sa.BigInteger(), nullable=False),
        sa.Column("gone_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name="fk_scan_finding_site_id_site", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_scan_finding"),
        sa.UniqueConstraint("site_id", "kind", "name", "host", name="uq_scan_finding_site_id_kind_name_host"),
    )
    op.create_table(
        "review_decision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("name", sa.String(300), nullable=False),
        sa.Column("host", sa.String(300), nullable=False),
        sa.Column("group", sa.String(20), nullable=False),
        sa.Column("purpose", sa.String(60), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.String(32), nullable=False),
        sa.Column("decided_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name="fk_review_decision_site_id_site", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_review_decision"),
        sa.UniqueConstraint("site_id", "kind", "name", "host", name="uq_review_decision_site_id_kind_name_host"),
    )


def _create_counts() -> None:
    op.create_table(
        "choice_count",
        sa.Column("site_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("span", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("day", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("config", sa.String(71), nullable=False),
        sa.Column("country", sa.String(), nullable=False),
        sa.Column("subdivision", sa.String(), nullable=False),
        sa.Column("regime", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("variant", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("method", sa.String(), nullable=False),
        sa.Column("choice", sa.String(3), nullable=False),
        sa.Column("device", sa.String(10), nullable=False),
        sa.Column("is_bot", sa.Boolean(), nullable=False),
        sa.Column("arrival", sa.String(10), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "site_id",
            "span",
            "day",
            "config",
            "country",
            "subdivision",
            "regime",
            "language",
            "variant",
            "action",
            "method",
            "choice",
            "device",
            "is_bot",
            "arrival",
            name="pk_choice_count",
        ),
        sqlite_with_rowid=False,
        postgresql_partition_by="LIST (span)",
    )
    op.create_table(
        "banner_count",
        sa.Column("site_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("span", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("day", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("config", sa.String(71), nullable=False),
        sa.Column("country", sa.String(), nullable=False),
        sa.Column("subdivision", sa.String(), nullable=False),
        sa.Column("regime", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("variant", sa.String(), nullable=False),
        sa.Column("device", sa.String(10), nullable=False),
        sa.Column("is_bot", sa.Boolean(), nullable=False),
        sa.Column("event", sa.String(10), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "site_id",
            "span",
            "day",
            "config",
            "country",
            "subdivision",
            "regime",
            "language",
            "variant",
            "device",
            "is_bot",
            "event",
            name="pk_banner_count",
        ),
        sqlite_with_rowid=False,
        postgresql_partition_by="LIST (span)",
    )
    op.create_table(
        "refusal_count",
        sa.Column("site_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("day", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("site_id", "day", "code", name="pk_refusal_count"),
        sqlite_with_rowid=False,
    )


def _create_nodes() -> None:
    op.create_table(
        "node",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("host", sa.String(255), nullable=False),
        sa.Column("version", sa.String(50), nullable=False),
        sa.Column("revision", sa.String(32), nullable=False),
        sa.Column("receipt_key", sa.String(43), nullable=False),
        sa.Column("log_key", sa.String(43), nullable=False),
        sa.Column("secret", sa.String(43), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("heartbeat_at", sa.BigInteger(), nullable=False),
        sa.Column("clock_offset", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_node"),
    )
    op.create_table(
        "schema_requirement",
        sa.Column("revision", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("revision", name="pk_schema_requirement"),
    )
    op.create_table(
        "export_job",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("request", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_export_job"),
    )
    op.create_index("ix_export_job_site", "export_job", ["site_id", "time"])


def _create_rate_limits() -> None:
    op.create_table(
        "rate_limit_attempt",
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("times", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_rate_limit_attempt"),
    )
    op.create_table(
        "rate_limit_count",
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("process", sa.String(32), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", "process", name="pk_rate_limit_count"),
    )


def _create_alarms() -> None:
    op.create_table(
        "alarm",
        sa.Column("site_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("items", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("revision", sa.Integer(), server_default="0", nullable=False),
        sa.Column("notified", sa.Text(), server_default="{}", nullable=False),
        sa.Column("claimed_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("site_id", "kind", name="pk_alarm"),
    )
    op.create_table(
        "past_alarm",
        sa.Column("site_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("since", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=False),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("site_id", "kind", "since", name="pk_past_alarm"),
    )


def _partition_counts(table: str) -> None:
    """Create the partitions of a table of counts: one for days, and one per eighth of the sites for weeks."""
    op.execute(f"CREATE TABLE {table}_days PARTITION OF {table} FOR VALUES IN (1)")
    op.execute(f"CREATE TABLE {table}_weeks PARTITION OF {table} FOR VALUES IN (7) PARTITION BY HASH (site_id)")
    for part in range(WEEK_PARTITIONS):
        op.execute(
            f"CREATE TABLE {table}_weeks_{part} PARTITION OF {table}_weeks"
            f" FOR VALUES WITH (MODULUS {WEEK_PARTITIONS}, REMAINDER {part})"
        )
