"""Passkeys of users.

Revision ID: 0007_passkeys
Revises: 0006_language_model
"""

import sqlalchemy as sa
from alembic import op

revision = "0007_passkeys"
down_revision = "0006_language_model"
branch_labels = None
depends_on = None
works_with = "0001_schema"


def upgrade() -> None:
    op.create_table(
        "passkey",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("credential_id", sa.LargeBinary(1024), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("transports", sa.UnicodeText(), nullable=True),
        sa.Column("backup_state", sa.Boolean(), nullable=False),
        sa.Column("device_type", sa.String(64), nullable=False),
        sa.Column("extensions", sa.String(255), nullable=True),
        sa.Column("lastuse_datetime", sa.DateTime(timezone=True), nullable=False),
        sa.Column("usage", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name="fk_passkey_user_id_user", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_passkey"),
        sa.UniqueConstraint("credential_id", name="uq_passkey_credential_id"),
    )
    op.create_index("ix_passkey_user_id", "passkey", ["user_id"])
    with op.batch_alter_table("user") as table:
        table.add_column(sa.Column("fs_webauthn_user_handle", sa.String(64), nullable=True))
        table.create_unique_constraint("uq_user_fs_webauthn_user_handle", ["fs_webauthn_user_handle"])


def downgrade() -> None:
    with op.batch_alter_table("user") as table:
        table.drop_constraint("uq_user_fs_webauthn_user_handle", type_="unique")
        table.drop_column("fs_webauthn_user_handle")
    op.drop_table("passkey")
