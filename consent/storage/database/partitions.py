"""Monthly partitions of receipts on PostgreSQL; no-op on SQLite."""

import datetime
import re
from collections.abc import Sequence

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError

from consent.storage.database import advisory_locks

PARTITIONED = ("receipt", "receipt_personal")
NAME = re.compile(r"(?:receipt|receipt_personal)_\d{4}_\d{2}|(?:choice|banner)_count_(?:days|weeks(?:_\d)?)")
WRITTEN = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")
EMPTY_WAIT_MILLISECONDS = 300
LOCK_NOT_AVAILABLE = "55P03"
"""PostgreSQL's code where `lock_timeout` was reached."""

FIRST = int(datetime.datetime.min.replace(tzinfo=datetime.UTC).timestamp())
LAST = int(datetime.datetime.max.replace(tzinfo=datetime.UTC).timestamp())
_CREATE = "CREATE TABLE {partition} (LIKE {table} INCLUDING DEFAULTS INCLUDING STORAGE)"
# The first spares ATTACH its check of each row, which takes as long as an index; the database tries both while it waits for
# the next rows.
_CHECK_LOADED = r"""
ALTER TABLE {partition} ADD CONSTRAINT of_month CHECK (time >= {start} AND time < {end}),
ADD CONSTRAINT as_signed CHECK (erased OR leaf_hash = sha256('\x00'::bytea || convert_to(jws, 'UTF8')))
"""
_IS_LOADED = "ALTER TABLE {partition} DROP CONSTRAINT of_month, DROP CONSTRAINT as_signed"
_ATTACH = "ALTER TABLE {table} ATTACH PARTITION {partition} FOR VALUES FROM ({start}) TO ({end})"


def month_of(time: int) -> int:
    """Return the month of the unix time `time` as months since year 0; the first or last of the calendar beyond its ends."""
    date = datetime.datetime.fromtimestamp(min(max(time, FIRST), LAST), datetime.UTC)
    return date.year * 12 + date.month - 1


def start_of(month: int) -> int:
    """Return the unix time at which the month `month` (as of `month_of`) begins in UTC."""
    year, index = divmod(month, 12)
    return int(datetime.datetime(year, index + 1, 1, tzinfo=datetime.UTC).timestamp())


def month_name(month: int) -> str:
    """Return the month as `YYYY-MM`, such as `2026-11`."""
    return f"{month // 12:04d}-{month % 12 + 1:02d}"


def read_month(text: str) -> int:
    """Return the month that is written such as `2026-11`. Raises ValueError."""
    if not WRITTEN.fullmatch(text):
        raise ValueError("a month is written such as 2026-11")
    year, number = map(int, text.split("-"))
    return year * 12 + number - 1


def is_partition(name: str) -> bool:
    """Return whether the table `name` is a partition of receipts or counts, which no model describes."""
    return NAME.fullmatch(name) is not None


def create_months(engine: Engine, months: set[int], tables: Sequence[str] = PARTITIONED) -> None:
    """Create the partitions of `months` that are missing, also while others do the same."""
    if engine.dialect.name != "postgresql":
        return
    with engine.begin() as connection:
        missing = _missing(connection, months, tables)
        if missing:
            advisory_locks.wait_for_lock(connection, advisory_locks.PARTITIONS)
            for month in sorted(_missing(connection, missing, tables)):
                _make(connection, month, tables)


def begin_month(connection: Connection, month: int) -> str:
    """Create a table for the signed receipts of a month that has no partition, and return its name.

    It has no index and is no partition before `end_month`, in the same transaction: until then rows are loaded faster, and
    one that is not what its leaf hash says is a CheckViolation. Where the month has its partition that is the table of all
    months, which checks nothing. For months that are over, which nobody else makes.
    """
    if has_month(connection, month):
        return "receipt"
    for statement in (_CREATE, _CHECK_LOADED):
        connection.exec_driver_sql(statement.format(**_names("receipt", month)))
    return partition_of("receipt", month)


def end_month(connection: Connection, month: int) -> None:
    """Attach what `begin_month` created as a partition, with its indexes; others see it with the commit."""
    for statement in (_ATTACH, _IS_LOADED):
        connection.exec_driver_sql(statement.format(**_names("receipt", month)))


def lock_month(connection: Connection, month: int) -> int:
    """Stop erasures in a month to the end of the transaction, and return how many signed receipts its partition has.

    Nothing else writes into a month that has passed, and readers continue. PostgreSQL alone.
    """
    partition = partition_of("receipt", month)
    connection.exec_driver_sql(f"LOCK TABLE {partition} IN SHARE MODE")
    return int(connection.exec_driver_sql(f"SELECT count(*) FROM {partition}").scalar_one())  # noqa: S608


def empty_month(connection: Connection, month: int) -> bool:
    """Delete all signed receipts of the month in the connection's transaction; return whether that could be done.

    Not while somebody reads them: it waits a moment at a time, so that nobody queues behind it for long. PostgreSQL alone.
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
    """Detach and drop the partition of a month that has no signed receipts, also one that an earlier try left half detached.

    CONCURRENTLY, which stops neither readers nor writers, cannot be part of a transaction. PostgreSQL alone.
    """
    partition = partition_of("receipt", month)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if connection.exec_driver_sql(f"SELECT to_regclass('{partition}')").scalar_one() is None:
            return
        if connection.exec_driver_sql(f"SELECT 1 FROM {partition} LIMIT 1").first():  # noqa: S608 - a name of ours
            return
        pending = connection.exec_driver_sql(
            f"SELECT inhdetachpending FROM pg_inherits WHERE inhrelid = '{partition}'::regclass"  # noqa: S608
        ).scalar_one_or_none()
        if pending is not None:
            how = "FINALIZE" if pending else "CONCURRENTLY"
            connection.exec_driver_sql(f"ALTER TABLE receipt DETACH PARTITION {partition} {how}")
        connection.exec_driver_sql(f"DROP TABLE {partition}")


def has_month(connection: Connection, month: int) -> bool:
    """Return whether there is a partition for the signed receipts of the month; PostgreSQL alone."""
    return month not in _missing(connection, {month}, ("receipt",))


def months_ahead(now: int, ahead: int = 2) -> set[int]:
    """Return the month of `now` and the `ahead` months after it."""
    return {month_of(now) + step for step in range(ahead + 1)}


def partition_of(table: str, month: int) -> str:
    """Return what the partition of `table` for the month is called."""
    return f"{table}_{month_name(month).replace('-', '_')}"


def _missing(connection: Connection, months: set[int], tables: Sequence[str] = PARTITIONED) -> set[int]:
    existing = connection.exec_driver_sql(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relispartition AND pg_table_is_visible(oid)"
        " AND relname LIKE 'receipt%%'"
    ).scalars()
    names = set(existing)
    return {month for month in months if any(partition_of(table, month) not in names for table in tables)}


def _make(connection: Connection, month: int, tables: Sequence[str]) -> None:
    """Create and attach one month.

    Not `CREATE TABLE … PARTITION OF`: that waits for every reader of the parent, such as a long export, and
    all writers would queue behind it. ATTACH lets both go on.
    """
    for table in tables:
        if month not in _missing(connection, {month}, (table,)):
            continue
        for statement in (_CREATE, _ATTACH):
            connection.exec_driver_sql(statement.format(**_names(table, month)))


def _names(table: str, month: int) -> dict[str, str | int]:
    """Return what the statements name."""
    times = {"start": start_of(month), "end": start_of(month + 1)}
    return {"table": table, "partition": partition_of(table, month), **times}


class Months:
    """Remembers which days have their partition, so that a batch of receipts queries the database but rarely."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._days: set[int] = set()

    def make_for(self, times: list[int]) -> None:
        """Create the partitions that receipts of `times` need, and two months ahead."""
        if self._engine.dialect.name != "postgresql":
            return
        days = {time // 86400 for time in times} - self._days
        if days:
            create_months(self._engine, {month for day in days for month in months_ahead(day * 86400)})
            self._days |= days

    def forget(self) -> None:
        """Forget them: a partition that was there may have been dropped."""
        self._days.clear()
