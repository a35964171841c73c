"""Accounts of signed-in visitors: site keys, documents, names, and the account number in a receipt's personal part.

Revision ID: 0003_subjects
Revises: 0002_witnesses
"""

import sqlalchemy as sa
from alembic import op

revision = "0003_subjects"
down_revision = "0002_witnesses"
branch_labels = None
depends_on = None
works_with = "0001_schema"

TABLES = ("subject_alias", "subject_name", "subject_account", "subject_used", "subject_key", "subject_secret")


def upgrade() -> None:
    op.create_table(
        "subject_secret",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("fingerprint", sa.String(16), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_subject_secret"),
    )
    op.create_table(
        "subject_key",
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("kid", sa.String(8), nullable=False),
        sa.Column("key_no", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("retired_at", sa.BigInteger(), nullable=True),
        sa.Column("is_leaked", sa.Boolean(), nullable=False),
        sa.Column("used_on", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name="fk_subject_key_site_id_site", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("site_id", "kid", name="pk_subject_key"),
    )
    op.create_table(
        "subject_used",
        sa.Column("site_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("jti", sa.String(32), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("site_id", "jti", name="pk_subject_used"),
    )
    op.create_index("ix_subject_used_expires_at", "subject_used", ["expires_at"])
    op.create_table(
        "subject_account",
        sa.Column("number", sa.String(32), nullable=False),
        sa.Column("realm", sa.String(63), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("gpc", sa.BigInteger(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("seen_month", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_subject_account"),
    )
    op.create_index("ix_subject_account_realm", "subject_account", ["realm", "seen_month"])
    op.create_table(
        "subject_name",
        sa.Column("realm", sa.String(63), nullable=False),
        sa.Column("key_no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("lookup", sa.LargeBinary(16), nullable=False),
        sa.Column("number", sa.String(32), nullable=False),
        sa.Column("seen_month", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("realm", "key_no", "lookup", name="pk_subject_name"),
    )
    op.create_index("ix_subject_name_number", "subject_name", ["number"])
    op.create_table(
        "subject_alias",
        sa.Column("alias", sa.String(32), nullable=False),
        sa.Column("number", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("alias", name="pk_subject_alias"),
    )
    op.create_index("ix_subject_alias_number", "subject_alias", ["number"])
    op.add_column("receipt_personal", sa.Column("account", sa.String(32), nullable=True))
    named = sa.text("account IS NOT NULL")
    op.create_index(
        "ix_receipt_personal_account",
        "receipt_personal",
        ["site_id", "account", "time"],
        sqlite_where=named,
        postgresql_where=named,
    )


def downgrade() -> None:
    op.drop_index("ix_receipt_personal_account", "receipt_personal")
    op.drop_column("receipt_personal", "account")
    for table in TABLES:
        op.drop_table(table)
