"""Words of log entries, by which the audit trail is searched, and alarms that are over.

Revision ID: 0022
Revises: 0024
"""

import sqlalchemy as sa
from alembic import op

from consent.storage.entry_words import words_of

revision = "0022"
down_revision = "0024"
branch_labels = None
depends_on = None

STEP = 1000
INDEXES = {
    "ix_log_entry_order": ["site_id", "id"],
    "ix_log_entry_time": ["site_id", "time", "id"],
    "ix_log_entry_subject": ["site_id", "subject", "id"],
    "ix_log_entry_actor": ["site_id", "actor", "id"],
}


def upgrade() -> None:
    for name, columns in INDEXES.items():
        op.create_index(name, "log_entry", columns)
    op.create_table(
        "log_entry_words",
        sa.Column("site_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("entry_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("actor", sa.String(length=32), nullable=True),
        sa.Column("about", sa.String(length=32), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("site_id", "entry_id", name="pk_log_entry_words"),
        sqlite_with_rowid=False,
    )
    _fill()
    op.create_table(
        "past_alarm",
        sa.Column("site_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("since", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=False),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("site_id", "kind", "since", name="pk_past_alarm"),
    )


def downgrade() -> None:
    op.drop_table("past_alarm")
    op.drop_table("log_entry_words")
    for name in INDEXES:
        op.drop_index(name, "log_entry")


def _fill() -> None:
    connection, last = op.get_bind(), 0
    entry = sa.table("log_entry", *map(sa.column, ("id", "site_id", "kind", "subject", "actor", "jws")))
    words = sa.table("log_entry_words", *map(sa.column, ("site_id", "entry_id", "actor", "about", "words")))
    while rows := connection.execute(sa.select(entry).where(entry.c.id > last).order_by(entry.c.id).limit(STEP)).all():
        found = [
            {"site_id": row.site_id, "entry_id": row.id} | words_of(row.kind, row.subject, row.actor, row.jws)._asdict()
            for row in rows
        ]
        connection.execute(sa.insert(words), found)
        last = rows[-1].id
