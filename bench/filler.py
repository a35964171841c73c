"""Copies of receipts that are there, as wide as they are: how a table is made large in minutes, on PostgreSQL."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

from sqlalchemy import Connection, Engine, text

from consent.storage.models import Receipt, ReceiptPersonal
from consent.storage.partitions import make_months, month_of

SPAN_S = 730 * 86400
_KEYS = """
SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
WHERE contype = 'p' AND conrelid = CAST(:table AS regclass)
"""
_INDEXES = """
SELECT CAST(CAST(indexrelid AS regclass) AS text), pg_get_indexdef(indexrelid) FROM pg_index
WHERE NOT indisprimary AND indrelid = CAST(:table AS regclass)
"""


def multiply(engine: Engine, rows: int, *, site_id: int | None = None, is_whole: bool = False) -> None:
    """Add copies, spread over two years, until there are `rows` receipts; none has a place in the log.

    They are of the same sites or of `site_id`; with `is_whole` each has a personal part too.
    """
    with engine.begin() as connection:
        there, most = connection.execute(text("SELECT count(*), max(time) FROM receipt")).one()
        least = most - SPAN_S + 1
        make_months(engine, set(range(month_of(least), month_of(most) + 1)))
        given = {"least": least, "span": SPAN_S, "times": -(-rows // there) - 1, "site": site_id, "there": there}
        if is_whole:
            connection.execute(text(_copies(ReceiptPersonal, "receipt_id")), given)
        # Of rows that are only in the way nobody asks what their indexes take: made at once, these are smaller.
        with _without_indexes(connection, "receipt") if site_id is not None else nullcontext():
            connection.execute(text(_copies(Receipt, "id")), given)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE receipt, receipt_personal"))
        connection.execute(text("CHECKPOINT"))


@contextmanager
def _without_indexes(connection: Connection, table: str) -> Iterator[None]:
    """Have the table without indexes in the block, and make these at its end: ids are hashes, each in a page of its own."""
    keys = connection.execute(text(_KEYS), {"table": table}).all()
    indexes = connection.execute(text(_INDEXES), {"table": table}).all()
    for name, _ in keys:
        connection.execute(text(f"ALTER TABLE {table} DROP CONSTRAINT {name}"))
    for name, _ in indexes:
        connection.execute(text(f"DROP INDEX {name}"))
    yield
    connection.execute(text("SET LOCAL maintenance_work_mem = '1GB'"))
    for name, definition in keys:
        connection.execute(text(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}"))
    for _, definition in indexes:
        # Of a table with partitions it is told without them.
        connection.execute(text(definition.replace(" ON ONLY ", " ON ")))


def _copies(table: type[Receipt] | type[ReceiptPersonal], key: str) -> str:
    """Return the statement: a copy's id and time come of the hash of whose copy it is, the same in both tables."""
    own = (key, "time", "site_id", "log_index")
    rest = ", ".join(column.name for column in table.__table__.columns if column.name not in own)
    hashed = f"md5(concat(r.{key}, CAST(:there AS bigint), ' ', n))"
    number = f"CAST(CAST('x' || substr({hashed}, 1, 8) AS bit(32)) AS bigint) & 2147483647"
    return (
        f"INSERT INTO {table.__tablename__} ({key}, time, site_id, {rest})"  # noqa: S608 - names of ours
        f" SELECT {hashed}, CAST(:least AS bigint) + ({number}) % CAST(:span AS bigint),"
        f" coalesce(CAST(:site AS integer), r.site_id), {rest}"
        f" FROM {table.__tablename__} r, generate_series(1, CAST(:times AS integer)) n"
    )
