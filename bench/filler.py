"""Multiply existing receipts to make a table large within minutes, on PostgreSQL."""

from sqlalchemy import Engine, text

from consent.storage.database.partitions import create_months, month_of
from consent.storage.tables.receipts import Receipt, ReceiptPersonal

SPAN_S = 730 * 86400


def multiply(engine: Engine, rows: int, *, is_whole: bool = False) -> None:
    """Add copies, spread over two years, until there are `rows` receipts; the copies have no place in the log.

    With `is_whole`, each has a personal part too.
    """
    with engine.begin() as connection:
        there, most = connection.execute(text("SELECT count(*), max(time) FROM receipt")).one()
        least = most - SPAN_S + 1
        create_months(engine, set(range(month_of(least), month_of(most) + 1)))
        given = {"least": least, "span": SPAN_S, "times": -(-rows // there) - 1, "there": there}
        if is_whole:
            connection.execute(text(_copies(ReceiptPersonal, "receipt_id")), given)
        connection.execute(text(_copies(Receipt, "id")), given)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE receipt, receipt_personal"))
        connection.execute(text("CHECKPOINT"))


def _copies(table: type[Receipt] | type[ReceiptPersonal], key: str) -> str:
    """Return the statement; a copy's id and time are derived from its original's hash, so that both tables match."""
    own = (key, "time", "log_index")
    rest = ", ".join(column.name for column in table.__table__.columns if column.name not in own)
    hashed = f"md5(concat(r.{key}, CAST(:there AS bigint), ' ', n))"
    number = f"CAST(CAST('x' || substr({hashed}, 1, 8) AS bit(32)) AS bigint) & 2147483647"
    return (
        f"INSERT INTO {table.__tablename__} ({key}, time, {rest})"  # noqa: S608 - names of ours
        f" SELECT {hashed}, CAST(:least AS bigint) + ({number}) % CAST(:span AS bigint), {rest}"
        f" FROM {table.__tablename__} r, generate_series(1, CAST(:times AS integer)) n"
    )
