"""The monthly partitions of receipts on PostgreSQL; on SQLite, which has none, there is nothing to do."""

import datetime
import re

from sqlalchemy import Connection, Engine

PARTITIONED = ("receipt", "receipt_personal")
NAME = re.compile(r"(?:receipt|receipt_personal)_\d{4}_\d{2}")
LOCK = 0x636F6E73656E7401
"""Of the advisory lock under which partitions are made: `consent` and 1."""

_MAKE = """
CREATE TABLE {table}_{month} (LIKE {table} INCLUDING DEFAULTS INCLUDING STORAGE);
ALTER TABLE {table} ATTACH PARTITION {table}_{month} FOR VALUES FROM ({start}) TO ({end});
"""


def month_of(time: int) -> int:
    """Return the month of the unix time `time` as months since year 0."""
    date = datetime.datetime.fromtimestamp(time, datetime.UTC)
    return date.year * 12 + date.month - 1


def start_of(month: int) -> int:
    """Return the unix time at which the month `month` (as of `month_of`) begins in UTC."""
    year, index = divmod(month, 12)
    return int(datetime.datetime(year, index + 1, 1, tzinfo=datetime.UTC).timestamp())


def is_partition(name: str) -> bool:
    """Tell whether the table `name` is a monthly partition, which no model describes."""
    return NAME.fullmatch(name) is not None


def make_months(engine: Engine, months: set[int]) -> None:
    """Make the partitions of `months` that are missing, whoever else does the same at this moment."""
    if engine.dialect.name != "postgresql":
        return
    with engine.begin() as connection:
        missing = _missing(connection, months)
        if missing:
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")
            for month in sorted(_missing(connection, missing)):
                _make(connection, month)


def months_ahead(now: int, ahead: int = 2) -> set[int]:
    """Return the month of `now` and the `ahead` months after it."""
    return {month_of(now) + step for step in range(ahead + 1)}


def _label(month: int) -> str:
    return f"{month // 12:04d}_{month % 12 + 1:02d}"


def _missing(connection: Connection, months: set[int]) -> set[int]:
    found = connection.exec_driver_sql(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relispartition AND pg_table_is_visible(oid)"
        " AND relname LIKE 'receipt%%'"
    ).scalars()
    names = set(found)
    return {month for month in months if any(f"{table}_{_label(month)}" not in names for table in PARTITIONED)}


def _make(connection: Connection, month: int) -> None:
    """Create and attach one month.

    Not `CREATE TABLE … PARTITION OF`: that waits for every reader of the parent, such as a long export, and
    all writers would queue behind it. ATTACH lets both go on.
    """
    for table in PARTITIONED:
        values = {
            "table": table,
            "month": _label(month),
            "start": start_of(month),
            "end": start_of(month + 1),
        }
        connection.exec_driver_sql(_MAKE.format(**values))


class Months:
    """Remembers which days have their partition, so that a batch of receipts asks the database but rarely."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._days: set[int] = set()

    def make_for(self, times: list[int]) -> None:
        """Make the partitions that receipts of `times` need, and two months ahead."""
        if self._engine.dialect.name != "postgresql":
            return
        days = {time // 86400 for time in times} - self._days
        if days:
            make_months(self._engine, {month for day in days for month in months_ahead(day * 86400)})
            self._days |= days

    def forget(self) -> None:
        """Ask anew: a partition that was there may have been dropped."""
        self._days.clear()
