"""Choices in numbers: those of the receipts that are there, and from now on of each batch.

What a receipt does not know (the device, whether a bot made it, whether it came late) is unknown of those there are.

Revision ID: 0011
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

NAMES = (
    *("site_id", "day", "config", "country", "subdivision", "regime", "language", "variant"),
    *("action", "method", "choice", "device", "is_bot", "arrival"),
)
FILL = f"""
INSERT INTO choice_count ({", ".join(NAMES)}, count)
SELECT site_id, time / 86400, config, coalesce(country, ''), coalesce(subdivision, ''), regime, language, variant,
    action, method,
    CASE WHEN functional THEN '1' WHEN NOT functional THEN '0' ELSE '-' END
    || CASE WHEN analytics THEN '1' WHEN NOT analytics THEN '0' ELSE '-' END
    || CASE WHEN advertising THEN '1' WHEN NOT advertising THEN '0' ELSE '-' END,
    'unknown', false, 'unknown', count(*)
FROM receipt WHERE NOT erased GROUP BY {", ".join(map(str, range(1, 12)))}
"""  # noqa: S608 - of the names above alone


def upgrade() -> None:
    op.create_table(
        "choice_count",
        sa.Column("site_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("day", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("config", sa.String(length=71), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in NAMES[3:10]),
        sa.Column("choice", sa.String(length=3), nullable=False),
        sa.Column("device", sa.String(length=10), nullable=False),
        sa.Column("is_bot", sa.Boolean(), nullable=False),
        sa.Column("arrival", sa.String(length=10), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(*NAMES, name="pk_choice_count"),
        sqlite_with_rowid=False,
    )
    op.execute(FILL)


def downgrade() -> None:
    op.drop_table("choice_count")
