"""Benchmark of statistics queries on large counters, over one month and two years."""

import time
from collections.abc import Iterator
from statistics import median

from sqlalchemy import Engine, text

from bench.dashboard import median_ms
from bench.report import line
from consent.app import load_rules
from consent.demo.site import KEY
from consent.storage.receipts.choice_counters import KEY as COLUMNS
from consent.storage.sites import sites
from consent.storage.statistics import rates
from consent.storage.statistics.losses import losses_by_day
from consent.storage.statistics.query_params import read_query

ANSWER_MS = 300.0
DAY_S = 86400
NEWEST_DAYS = 100
PERIODS = {"a month": 29, "a year": 364, "two years": 727}
FILTERS: tuple[dict[str, str], ...] = ({}, {"country": "DE"}, {"device": "phone", "bots": "include"})
BANNERS = [name for name in COLUMNS if name not in ("action", "method", "choice", "arrival")]


def thicken(engine: Engine, times: int) -> None:
    """Grow the counts to those of `times` as many receipts by merging each week with the counts of other weeks.

    That gives each week as many different kinds of visits as there would be, each counted once, under the week's own
    config. Only the newest single days are kept: longer periods are queried by week.
    """
    for table, columns in (("choice_count", COLUMNS), ("banner_count", [*BANNERS, "event"])):
        own = [name for name in columns if name not in ("day", "config")]
        with engine.begin() as connection:
            first, last = connection.execute(text(f"SELECT min(day), max(day) FROM {table} WHERE span = 7")).one()  # noqa: S608
            length = last - first + 7
            live = (
                f"SELECT site_id, span, day, min(config) AS config FROM {table}"  # noqa: S608
                f" WHERE span = 7 OR day > {last - NEWEST_DAYS} GROUP BY site_id, span, day"
            )
            connection.execute(text(f"CREATE TEMPORARY TABLE live_then AS {live}"))
            connection.execute(text(f"CREATE TEMPORARY TABLE thin AS SELECT * FROM {table}"))  # noqa: S608
            connection.execute(text(f"DELETE FROM {table}"))  # noqa: S608
            shifts = " UNION ALL ".join(
                f"SELECT {7 * number * (length // 7 // times)} AS shift" for number in range(times)
            )
            moved = f"({first} + (thin.day - {first} + shifts.shift) % {length})"
            connection.execute(
                text(
                    f"INSERT INTO {table} (day, config, {', '.join(own)}, count)"  # noqa: S608
                    f" SELECT live_then.day, live_then.config, {', '.join(f'thin.{name}' for name in own)}, sum(thin.count)"
                    f" FROM thin CROSS JOIN ({shifts}) AS shifts JOIN live_then ON live_then.site_id = thin.site_id"
                    f" AND live_then.span = thin.span AND live_then.day = {moved}"
                    f" GROUP BY live_then.day, live_then.config, {', '.join(f'thin.{name}' for name in own)}"
                )
            )
            connection.execute(text("DROP TABLE thin"))
            connection.execute(text("DROP TABLE live_then"))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))


def answers(engine: Engine, database: str) -> Iterator[str]:
    """Yield a line for each period: the slowest query over all parts and filters, each the median of several rounds."""
    asking = load_rules().opt_in_regimes
    with engine.connect() as connection:
        site = sites.by_key(connection, KEY)
        assert site
        today = connection.execute(text("SELECT max(day) FROM choice_count WHERE span = 1")).scalar_one()
        kept = connection.execute(text("SELECT sum(count) FROM choice_count WHERE span = 1")).scalar_one()
        kinds = connection.execute(text("SELECT count(*) FROM choice_count")).scalar_one()
    for period, days in PERIODS.items():
        took: dict[str, float] = {}
        for given in FILTERS:
            since = time.strftime("%Y-%m-%d", time.gmtime((today - days) * DAY_S))
            wanted = read_query({"from": since, **given}, today)
            for part in rates.PARTS:
                name = " ".join([part, *(f"{key}={value}" for key, value in given.items())])
                took[name] = median_ms(
                    lambda wanted=wanted, part=part: _ask(engine, site.id, wanted, part, asking)  # type: ignore[misc]
                )
        name = max(took, key=lambda one: took[one])
        met = took[name] < ANSWER_MS
        row = line(f"statistics of {period}, {database}", f"{took[name]:.0f} ms", f"under {ANSWER_MS:g} ms", met)
        yield f"{row}  (by {name}; the median is {median(took.values()):.0f} ms; {int(kept):,} receipts, {kinds:,} counts)"
    wanted = read_query({"from": since}, today)
    loss = median_ms(lambda: _losses(engine, site.id, wanted))
    yield line(f"loss meter of two years, {database}", f"{loss:.0f} ms", f"under {ANSWER_MS:g} ms", loss < ANSWER_MS)


def _ask(engine: Engine, site_id: int, wanted: rates.StatisticsQuery, part: str, asking: rates.AskedGroups) -> None:
    with engine.connect() as connection:
        rates.numbers(connection, site_id, wanted, part, asking)


def _losses(engine: Engine, site_id: int, wanted: rates.StatisticsQuery) -> None:
    with engine.connect() as connection:
        losses_by_day(connection, site_id, wanted.first_day, wanted.last_day, wanted.span)
