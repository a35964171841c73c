"""Recount choices from the receipts, and correct counters that are too low or too high.

A receipt doesn't contain device, bot flag or arrival: these are unknown for choices added here, and kept for all
others.
"""

from collections import Counter, defaultdict
from typing import Any, NamedTuple

from sqlalchemy import Engine, text

from consent.core.days import DAY_SECONDS
from consent.storage.archive import detached_months
from consent.storage.database.base import Transaction
from consent.storage.database.partitions import month_of
from consent.storage.receipts.choice_counters import FROM_RECEIPT, KEY, ON_CONFLICT
from consent.storage.tables.statistics import start_of

Row = tuple[Any, ...]
STEP_DAYS = 28
"""How many days are in memory at a time; whole weeks, the first one starting on a Monday."""
_KNOWN = tuple(name for name in FROM_RECEIPT if name not in ("site_id", "span"))
_UNKNOWN = ("unknown", False, "unknown")
_LIST = ", ".join(_KNOWN)
_FROM = ", ".join(f"time / {DAY_SECONDS}" if name == "day" else FROM_RECEIPT[name] for name in _KNOWN)
_NUMBERS = ", ".join(map(str, range(1, len(_KNOWN) + 1)))
_OF_TIME = "site_id = :site AND time >= :since AND time < :until"
_OF_DAY = "site_id = :site AND day >= :first AND day < :end"
_RECEIPTS = f"SELECT {_FROM}, count(*) FROM receipt WHERE {_OF_TIME} AND NOT erased GROUP BY {_NUMBERS}"  # noqa: S608
_ERASED = f"SELECT time / {DAY_SECONDS}, count(*) FROM receipt WHERE {_OF_TIME} AND erased GROUP BY 1"  # noqa: S608
_COUNTED = f"SELECT span, {_LIST}, device, is_bot, arrival, count FROM choice_count WHERE {_OF_DAY}"  # noqa: S608
_ADD = text(
    f"INSERT INTO choice_count ({', '.join(KEY)}, count) VALUES ({', '.join(f':{name}' for name in KEY)}, :count)"  # noqa: S608
    f" {ON_CONFLICT}"
)


class Difference(NamedTuple):
    """What was wrong with a day's counts: receipts not counted, and counted choices without a receipt.

    With `span` 7, it is a week starting on `day` whose counts weren't the sums of its days, none of which was wrong.
    """

    day: int
    uncounted: int
    too_many: int
    span: int = 1


def recount(engine: Engine, site_id: int, *, is_dry: bool) -> list[Difference]:
    """Correct a site's counts, and return the days and weeks that differed; with `is_dry`, change nothing.

    As many counted choices stay as a day has erased receipts, since nobody knows what those contained. Days in detached
    months aren't changed.
    """
    all_differences: list[Difference] = []
    with engine.connect() as connection:
        detached = {month.month for month in detached_months.months(connection, site_id)}
    for first in _steps(engine, site_id):
        with engine.connect() as connection:
            if engine.dialect.name == "postgresql":
                # A single snapshot of both tables, which each batch writes together.
                connection = connection.execution_options(isolation_level="REPEATABLE READ")
            differences, changes = _compare(connection, site_id, first, detached)
        all_differences += differences
        if changes and not is_dry:
            with engine.begin() as connection:
                _apply(connection, site_id, changes)
    return all_differences


def _steps(engine: Engine, site_id: int) -> range:
    query = text(
        "SELECT min(day), max(day) FROM (SELECT min(time) / 86400 AS day FROM receipt WHERE site_id = :site"
        " UNION ALL SELECT max(time) / 86400 FROM receipt WHERE site_id = :site"
        " UNION ALL SELECT min(day) FROM choice_count WHERE site_id = :site AND span = 1"
        " UNION ALL SELECT max(day) FROM choice_count WHERE site_id = :site AND span = 1) AS days"
    )
    with engine.connect() as connection:
        first, last = connection.execute(query, {"site": site_id}).one()
    return range(start_of(first, 7), last + 1, STEP_DAYS) if first is not None else range(0)


def _compare(
    transaction: Transaction, site_id: int, first: int, detached: set[int]
) -> tuple[list[Difference], dict[Row, int]]:
    """Return the differences in a step, and the change to each row (span, receipt columns, visit columns).

    `detached` are the months whose receipts aren't in the table.
    """
    end = first + STEP_DAYS
    values = {"site": site_id, "since": first * DAY_SECONDS, "until": end * DAY_SECONDS, "first": first, "end": end}
    truth = Counter({tuple(row[:-1]): row[-1] for row in transaction.execute(text(_RECEIPTS), values)})
    erased: dict[int, int] = dict(tuple(row) for row in transaction.execute(text(_ERASED), values))
    rows: Counter[Row] = Counter()
    for *key, is_bot, arrival, count in transaction.execute(text(_COUNTED), values):
        rows[*key, bool(is_bot), arrival] = int(count)
    skipped = {day for day in range(first, end) if month_of(day * DAY_SECONDS) in detached}
    of_days = Counter({row: count for row, count in rows.items() if row[0] == 1 and row[1] not in skipped})
    differences, changes = _day_changes(truth, erased, of_days)
    of_weeks = _week_changes(rows, changes)
    named = {start_of(one.day, 7) for one in differences}
    weeks = [one for one in _differing_weeks(of_weeks) if one.day not in named]
    return differences + weeks, changes | of_weeks


def _day_changes(
    truth: Counter[Row], erased: dict[int, int], rows: Counter[Row]
) -> tuple[list[Difference], dict[Row, int]]:
    counted: dict[Row, list[Row]] = defaultdict(list)
    for row in rows:
        if row[0] == 1:
            counted[row[1:-3]].append(row)
    changes: dict[Row, int] = {}
    uncounted: Counter[int] = Counter()
    excess: dict[int, list[tuple[int, Row]]] = defaultdict(list)
    for key in truth.keys() | counted.keys():
        over = sum(rows[row] for row in counted[key]) - truth[key]
        if over < 0:
            uncounted[key[0]] -= over
            changes[1, *key, *_UNKNOWN] = -over
        elif over:
            excess[key[0]].append((over, key))
    too_many: Counter[int] = Counter()
    for day, parts in excess.items():
        left = too_many[day] = max(sum(over for over, _ in parts) - erased.get(day, 0), 0)
        for over, key in sorted(parts, reverse=True):
            taken = min(over, left)
            left -= taken
            _subtract(rows, counted[key], taken, changes)
    days = sorted(day for day in uncounted.keys() | too_many.keys() if uncounted[day] or too_many[day])
    return [Difference(day, uncounted[day], too_many[day]) for day in days], changes


def _subtract(rows: Counter[Row], of_key: list[Row], count: int, changes: dict[Row, int]) -> None:
    """Subtract `count` from rows that receipts can't tell apart, starting with the least specific ones."""
    for row in sorted(of_key, key=lambda row: (row[-3] != "unknown", -rows[row])):
        taken = min(rows[row], count)
        count -= taken
        if taken:
            changes[row] = changes.get(row, 0) - taken


def _week_changes(rows: Counter[Row], changes: dict[Row, int]) -> dict[Row, int]:
    """Return the changes that make weekly rows the sums of their days, after `changes` to the days."""
    weeks: Counter[Row] = Counter()
    for row in rows.keys() | changes.keys():
        if row[0] == 1:
            weeks[7, start_of(row[1], 7), *row[2:]] += rows[row] + changes.get(row, 0)
    of_weeks = {row for row in rows if row[0] == 7}
    return {row: weeks[row] - rows[row] for row in weeks.keys() | of_weeks if weeks[row] != rows[row]}


def _differing_weeks(changes: dict[Row, int]) -> list[Difference]:
    """Return the weeks whose changes aren't limited to columns that receipts don't contain."""
    of_receipts: Counter[Row] = Counter()
    for row, change in changes.items():
        of_receipts[row[:-3]] += change
    uncounted, too_many = Counter[int](), Counter[int]()
    for row, change in of_receipts.items():
        uncounted[row[1]] += max(change, 0)
        too_many[row[1]] -= min(change, 0)
    weeks = sorted(week for week in uncounted if uncounted[week] or too_many[week])
    return [Difference(week, uncounted[week], too_many[week], 7) for week in weeks]


def _apply(transaction: Transaction, site_id: int, changes: dict[Row, int]) -> None:
    names = ("span", *_KNOWN, "device", "is_bot", "arrival")
    rows = [
        {"site_id": site_id, "count": count, **dict(zip(names, row, strict=True))}
        for row, count in sorted(changes.items())
    ]
    transaction.execute(_ADD, rows)
    transaction.execute(text("DELETE FROM choice_count WHERE site_id = :site AND count <= 0"), {"site": site_id})
