"""On PostgreSQL the counts of weeks lie apart from those of days, and sites of them apart from others.

Revision ID: 0031
Revises: 0030
"""

from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None
works_with = "0020"

VISIT = ("config", "country", "subdivision", "regime", "language", "variant")
KEYS = {
    "choice_count": ("site_id", "span", "day", *VISIT, "action", "method", "choice", "device", "is_bot", "arrival"),
    "banner_count": ("site_id", "span", "day", *VISIT, "device", "is_bot", "event"),
}
PARTS = 8
"""So many tables the weeks are spread over by their site: who asks for one site reads little of others."""


def upgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    for table, key in KEYS.items():
        columns = ", ".join(key)
        op.execute(f"ALTER TABLE {table} RENAME TO {table}_days")
        op.execute(f"ALTER INDEX pk_{table} RENAME TO pk_{table}_days")
        op.execute(
            f"CREATE TABLE {table} (LIKE {table}_days, CONSTRAINT pk_{table} PRIMARY KEY ({columns}))"
            " PARTITION BY LIST (span)"
        )
        op.execute(f"CREATE TABLE {table}_weeks PARTITION OF {table} FOR VALUES IN (7) PARTITION BY HASH (site_id)")
        for part in range(PARTS):
            op.execute(
                f"CREATE TABLE {table}_weeks_{part} PARTITION OF {table}_weeks"
                f" FOR VALUES WITH (MODULUS {PARTS}, REMAINDER {part})"
            )
        # Days stay where they are: of these there are the most, and nobody may write meanwhile.
        op.execute(
            f"WITH gone AS (DELETE FROM {table}_days WHERE span = 7 RETURNING *)"  # noqa: S608 - of the names above alone
            f" INSERT INTO {table}_weeks ({columns}, count) SELECT {columns}, count FROM gone ORDER BY day"
        )
        op.execute(f"ALTER TABLE {table} ATTACH PARTITION {table}_days FOR VALUES IN (1)")
        # The planner knows nothing of tables that are new.
        op.execute(f"ANALYZE {table}")


def downgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    for table, key in KEYS.items():
        columns = ", ".join(key)
        op.execute(f"ALTER TABLE {table} DETACH PARTITION {table}_days")
        op.execute(
            f"INSERT INTO {table}_days ({columns}, count) SELECT {columns}, count FROM {table}_weeks"  # noqa: S608
        )
        op.execute(f"DROP TABLE {table}")
        op.execute(f"ALTER TABLE {table}_days RENAME TO {table}")
        op.execute(f"ALTER TABLE {table} RENAME CONSTRAINT pk_{table}_days TO pk_{table}")
