"""Monthly partitions of receipts on PostgreSQL; no-op on SQLite."""

import datetime
import re
from collections.abc import Sequence

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError

from consent.core.days import DAY_SECONDS
from consent.storage.database import advisory_locks

PARTITIONED = ("receipt", "receipt_personal")
NAME = re.compile(r"(?:receipt|receipt_personal)_\d{4}_\d{2}|(?:choice|banner)_count_(?:days|weeks(?:_\d)?)")
WRITTEN = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")
EMPTY_WAIT_MILLISECONDS = 300
LOCK_NOT_AVAILABLE = "55P03"
"""PostgreSQL's error code when `lock_timeout` expires."""

FIRST = int(datetime.datetime.min.replace(tzinfo=datetime.UTC).timestamp())
LAST = int(datetime.datetime.max.replace(tzinfo=datetime.UTC).timestamp())
_CREATE = "CREATE TABLE {partition} (LIKE {table} INCLUDING DEFAULTS INCLUDING STORAGE)"
# The first constraint spares ATTACH a check of each row, which takes as long as building an index. Both are evaluated
# while the database waits for the next rows anyway.
_ADD_CHECKS = r"""
ALTER TABLE {partition} ADD CONSTRAINT of_month CHECK (time >= {start} AND time < {end}),
ADD CONSTRAINT as_signed CHECK (erased OR leaf_hash = sha256('\x00'::bytea || convert_to(jws, 'UTF8')))
"""
_DROP_CHECKS = "ALTER TABLE {partition} DROP CONSTRAINT of_month, DROP CONSTRAINT as_signed"
_ATTACH = "ALTER TABLE {table} ATTACH PARTITION {partition} FOR VALUES FROM ({start}) TO ({end})"


def month_of(time: int) -> int:
    """Return the month of a unix time, in months since year 0, clamped to the calendar's first or last month."""
    date = datetime.datetime.fromtimestamp(min(max(time, FIRST), LAST), datetime.UTC)
    return date.year * 12 + date.month - 1


def start_of(month: int) -> int:
    """Return the unix time at which `month` (as returned by `month_of`) begins in UTC."""
    year, index = divmod(month, 12)
    return int(datetime.datetime(year, index + 1, 1, tzinfo=datetime.UTC).timestamp())


def month_name(month: int) -> str:
    """Return the month as `YYYY-MM`, such as `2026-11`."""
    return f"{month // 12:04d}-{month % 12 + 1:02d}"


def read_month(text: str) -> int:
    """Return the month written as `YYYY-MM`. Raises ValueError."""
    if not WRITTEN.fullmatch(text):
        raise ValueError("a month must be written as 2026-11")
    year, number = map(int, text.split("-"))
    return year * 12 + number - 1


def is_partition(name: str) -> bool:
    """Return whether the table `name` is a partition of receipts or counts; models don't describe these."""
    return NAME.fullmatch(name) is not None


def create_months(engine: Engine, months: set[int], tables: Sequence[str] = PARTITIONED) -> None:
    """Create the missing partitions of `months`; safe if others do so concurrently."""
    if engine.dialect.name != "postgresql":
        return
    with engine.begin() as connection:
        missing = _missing(connection, months, tables)
        if missing:
            advisory_locks.wait_for_lock(connection, advisory_locks.PARTITIONS)
            for month in sorted(_missing(connection, missing, tables)):
                _create_month(connection, month, tables)


def begin_month(connection: Connection, month: int) -> str:
    """Create a table for the signed receipts of a month without a partition, and return its name.

    It has no indexes and isn't a partition until `end_month` in the same transaction: loading is faster, and a row that
    doesn't match its leaf hash raises CheckViolation. If the month already has a partition, returns the parent table,
    which checks nothing. Only for past months, which nobody else creates.
    """
    if has_month(connection, month):
        return "receipt"
    for statement in (_CREATE, _ADD_CHECKS):
        connection.exec_driver_sql(statement.format(**_sql_names("receipt", month)))
    return partition_of("receipt", month)


def end_month(connection: Connection, month: int) -> None:
    """Attach the table from `begin_month` as a partition, with indexes; visible to others after the commit."""
    for statement in (_ATTACH, _DROP_CHECKS):
        connection.exec_driver_sql(statement.format(**_sql_names("receipt", month)))


def lock_month(connection: Connection, month: int) -> int:
    """Block erasures in a month until the end of the transaction, and return its number of signed receipts.

    Nothing else writes to past months; readers aren't blocked. PostgreSQL only.
    """
    partition = partition_of("receipt", month)
    connection.exec_driver_sql(f"LOCK TABLE {partition} IN SHARE MODE")
    return int(connection.exec_driver_sql(f"SELECT count(*) FROM {partition}").scalar_one())  # noqa: S608


def empty_month(connection: Connection, month: int) -> bool:
    """Delete all signed receipts of the month in the connection's transaction; return False if others are reading them.

    Waits for the lock only briefly, so that nobody queues behind it for long. PostgreSQL only.
    """
    partition = partition_of("receipt", month)
    with connection.begin_nested() as attempt:
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{EMPTY_WAIT_MILLISECONDS}ms'")
        try:
            connection.exec_driver_sql(f"TRUNCATE {partition}")
        except OperationalError as error:
            if getattr(error.orig, "sqlstate", None) != LOCK_NOT_AVAILABLE:
                raise
            attempt.rollback()
            return False
    return True


def drop_month(engine: Engine, month: int) -> None:
    """Detach and drop a month's partition if it has no signed receipts, finishing an interrupted detach.

    CONCURRENTLY blocks neither readers nor writers, but can't run in a transaction. PostgreSQL only.
    """
    partition = partition_of("receipt", month)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if connection.exec_driver_sql(f"SELECT to_regclass('{partition}')").scalar_one() is None:
            return
        if connection.exec_driver_sql(f"SELECT 1 FROM {partition} LIMIT 1").first():  # noqa: S608 - our own name
            return
        pending = connection.exec_driver_sql(
            f"SELECT inhdetachpending FROM pg_inherits WHERE inhrelid = '{partition}'::regclass"  # noqa: S608
        ).scalar_one_or_none()
        if pending is not None:
            mode = "FINALIZE" if pending else "CONCURRENTLY"
            connection.exec_driver_sql(f"ALTER TABLE receipt DETACH PARTITION {partition} {mode}")
        connection.exec_driver_sql(f"DROP TABLE {partition}")


def has_month(connection: Connection, month: int) -> bool:
    """Return whether the month has a partition for signed receipts. PostgreSQL only."""
    return month not in _missing(connection, {month}, ("receipt",))


def months_ahead(now: int, ahead: int = 2) -> set[int]:
    """Return the month of `now` and the `ahead` months after it."""
    return {month_of(now) + step for step in range(ahead + 1)}


def partition_of(table: str, month: int) -> str:
    """Return the name of a table's partition for the month."""
    return f"{table}_{month_name(month).replace('-', '_')}"


def _missing(connection: Connection, months: set[int], tables: Sequence[str] = PARTITIONED) -> set[int]:
    existing = connection.exec_driver_sql(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relispartition AND pg_table_is_visible(oid)"
        " AND relname LIKE 'receipt%%'"
    ).scalars()
    names = set(existing)
    return {month for month in months if any(partition_of(table, month) not in names for table in tables)}


def _create_month(connection: Connection, month: int, tables: Sequence[str]) -> None:
    """Create and attach the partitions of one month.

    `CREATE TABLE … PARTITION OF` would wait for every reader of the parent, such as a long export, with all writers
    queued behind it. ATTACH doesn't block them.
    """
    for table in tables:
        if month not in _missing(connection, {month}, (table,)):
            continue
        for statement in (_CREATE, _ATTACH):
            connection.exec_driver_sql(statement.format(**_sql_names(table, month)))


def _sql_names(table: str, month: int) -> dict[str, str | int]:
    """Return the parameters of the SQL statements."""
    times = {"start": start_of(month), "end": start_of(month + 1)}
    return {"table": table, "partition": partition_of(table, month), **times}


class Months:
    """Cache of the days that have a partition, so that batches of receipts rarely query the database for it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._days: set[int] = set()

    def make_for(self, times: list[int]) -> None:
        """Create the partitions for receipts of `times` (unix seconds), and for the two months after each."""
        if self._engine.dialect.name != "postgresql":
            return
        days = {time // DAY_SECONDS for time in times} - self._days
        if days:
            create_months(self._engine, {month for day in days for month in months_ahead(day * DAY_SECONDS)})
            self._days |= days

    def forget(self) -> None:
        """Clear the cache: a partition may have been dropped."""
        self._days.clear()
