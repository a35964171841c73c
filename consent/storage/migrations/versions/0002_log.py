"""The consent log: tiles, checkpoints, leaves that are no receipts; configs get an index in it.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

UNLOGGED = sa.text("log_index IS NULL")


def upgrade() -> None:
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
    op.create_table(
        "log_entry",
        sa.Column("site_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("log_index", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("subject", sa.String(length=71), nullable=False),
        sa.Column("leaf_hash", sa.LargeBinary(), nullable=False),
        sa.Column("jws", sa.Text(), nullable=False),
        sa.CheckConstraint("kind IN ('config', 'key', 'erasure', 'audit')", name="ck_log_entry_known_kind"),
        sa.PrimaryKeyConstraint("site_id", "log_index", name="pk_log_entry"),
    )
    op.add_column("config", sa.Column("log_index", sa.BigInteger(), nullable=True))
    # A body may be long: without this each look for new configs would read through all of them.
    op.create_index(
        "ix_config_unlogged",
        "config",
        ["site_id", "version"],
        sqlite_where=UNLOGGED,
        postgresql_where=UNLOGGED,
    )


def downgrade() -> None:
    op.drop_index("ix_config_unlogged", table_name="config")
    op.drop_column("config", "log_index")
    for table in ("log_entry", "log_checkpoint", "log_tile"):
        op.drop_table(table)
    # What is in no log any more gets an index anew, should the log be made again.
    op.execute("UPDATE receipt SET log_index = NULL WHERE log_index IS NOT NULL")
