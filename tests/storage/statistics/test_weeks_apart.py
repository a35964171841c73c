"""PostgreSQL stores weekly counts apart from daily ones, and a site's apart from most others'; results don't change."""

import re

from sqlalchemy import Engine, delete, func, select, text

from consent.storage.statistics.event_counters import Event, add_counts
from consent.storage.statistics.rates import StatisticsQuery, numbers
from consent.storage.tables.statistics import BannerCount
from tests.storage.sample_receipts import DAY, NOW

TODAY = NOW // DAY
SITES = 20
SHOWN = Event(1, TODAY, "sha256:1", "DE", "", "eu_opt_in", "de", "a", "phone", False, "shown")
WEEKS = StatisticsQuery(TODAY - 2, TODAY + 4, span=7)


def count(engine: Engine) -> None:
    """Count banners of many sites, each as often as its number."""
    with engine.begin() as connection:
        add_counts(connection, {SHOWN._replace(site_id=site): site for site in range(1, SITES + 1)})


def shown(engine: Engine) -> list[int]:
    with engine.connect() as connection:
        parts = [numbers(connection, site, WEEKS, "day", {}) for site in range(1, SITES + 1)]
    return [part[str(TODAY - 2)].shown for part in parts]


def test_who_asks_for_weeks_of_a_site_reads_no_days_and_few_other_sites(postgres_engine: Engine) -> None:
    count(postgres_engine)
    for table in ("choice_count", "banner_count"):
        plan = f"EXPLAIN SELECT sum(count) FROM {table} WHERE site_id = 1 AND span = 7"
        with postgres_engine.connect() as connection:
            told = "\n".join(connection.execute(text(plan)).scalars())
        assert len(set(re.findall(rf"{table}_\w+", re.sub(r"using \w+", "", told)))) == 1, told
        assert f"{table}_weeks_" in told
    with postgres_engine.connect() as connection:
        used = text("SELECT count(DISTINCT tableoid) FROM banner_count WHERE span = 7")
        assert connection.execute(used).scalar_one() > 2, "sites are spread"


def test_days_and_weeks_have_the_same_numbers_and_are_counted_on(engine: Engine) -> None:
    count(engine)
    whole = [*range(1, SITES + 1)]
    assert shown(engine) == whole
    with engine.connect() as connection:
        by_span = select(BannerCount.span, func.sum(BannerCount.count)).group_by(BannerCount.span)
        assert sorted(map(tuple, connection.execute(by_span))) == [(1, sum(whole)), (7, sum(whole))]
    count(engine)
    assert shown(engine) == [2 * site for site in whole], "the same visits are counted on"
    with engine.begin() as connection:
        connection.execute(delete(BannerCount).where(BannerCount.site_id == 1))
        assert numbers(connection, 1, WEEKS, "day", {}) == {}
