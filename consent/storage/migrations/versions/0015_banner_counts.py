"""Counts by week beside those by day; banners by place and device too, choices made beside them, and choices not taken.

Revision ID: 0015
Revises: 0014
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

OLD_BANNER = ("site_id", "day", "regime", "language", "variant", "config")
VISIT = ("config", "country", "subdivision", "regime", "language", "variant")
BANNER = ("site_id", "span", "day", *VISIT, "device", "is_bot", "event")
CHOICE = ("site_id", "span", "day", *VISIT, "action", "method", "choice", "device", "is_bot", "arrival")
SPANS = "(SELECT 1 AS span UNION ALL SELECT 7) AS spans"
DAY = "day - (day + 3) % span"
SIZES = {"config": 71, "choice": 3, "device": 10, "arrival": 10, "event": 10}


def _create(table: str, key: tuple[str, ...]) -> None:
    op.create_table(
        table,
        *(sa.Column(name, _type(name), autoincrement=False, nullable=False) for name in key),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(*key, name=f"pk_{table}"),
        sqlite_with_rowid=False,
    )


def _type(name: str) -> sa.Integer | sa.Boolean | sa.String:
    if name in ("site_id", "span", "day"):
        return sa.Integer()
    return sa.Boolean() if name == "is_bot" else sa.String(length=SIZES.get(name))


def _copy(table: str, key: tuple[str, ...], values: dict[str, str], source: str) -> None:
    """Fill `table` with sums over `source`, whose columns stand for themselves but for `values`."""
    columns = ", ".join(values.get(name, name) for name in key)
    groups = ", ".join(map(str, range(1, len(key) + 1)))
    op.execute(
        f"INSERT INTO {table} ({', '.join(key)}, count)"  # noqa: S608 - of the names above alone
        f" SELECT {columns}, sum(count) FROM {source} GROUP BY {groups}"
    )


def upgrade() -> None:
    op.rename_table("choice_count", "choice_count_by_day")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER INDEX pk_choice_count RENAME TO pk_choice_count_by_day")
    _create("choice_count", CHOICE)
    _copy("choice_count", CHOICE, {"day": DAY}, f"choice_count_by_day CROSS JOIN {SPANS}")
    op.drop_table("choice_count_by_day")
    _create("banner_count", BANNER)
    unknown = {"country": "''", "subdivision": "''", "device": "'unknown'", "is_bot": "false", "event": "'shown'"}
    _copy("banner_count", BANNER, unknown | {"day": DAY}, f"shown_count CROSS JOIN {SPANS}")
    op.drop_table("shown_count")
    op.create_table(
        "refusal_count",
        sa.Column("site_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("day", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("site_id", "day", "code", name="pk_refusal_count"),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("refusal_count")
    op.create_table(
        "shown_count",
        *(sa.Column(name, _type(name), autoincrement=False, nullable=False) for name in OLD_BANNER),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(*OLD_BANNER, name="pk_shown_count"),
    )
    _copy("shown_count", OLD_BANNER, {}, "banner_count WHERE event = 'shown' AND span = 1")
    op.drop_table("banner_count")
    op.execute("DELETE FROM choice_count WHERE span = 7")
    with op.batch_alter_table("choice_count") as batch:
        batch.drop_constraint("pk_choice_count", type_="primary")
        batch.drop_column("span")
        batch.create_primary_key("pk_choice_count", [name for name in CHOICE if name != "span"])
