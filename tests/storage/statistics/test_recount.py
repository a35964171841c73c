"""Counts are compared with the receipts and corrected, by day and week."""

from collections import Counter

import pytest
from sqlalchemy import Engine, delete, select, update

from consent.storage.privacy import erasures
from consent.storage.receipts.committer import Commits, Job
from consent.storage.statistics.recount import Difference, recount
from consent.storage.tables.statistics import ChoiceCount, start_of
from tests.storage.sample_receipts import DAY, NOW, receipt_of

TODAY = NOW // DAY


@pytest.fixture
def counted(engine: Engine) -> Engine:
    """Count ten receipts from two days, one of them erased, and return the engine."""
    news = [receipt_of(1, device="phone", arrival="prompt") for _ in range(6)]
    news += [receipt_of(1, time=NOW - 5 * DAY, country="FR") for _ in range(3)]
    news += [receipt_of(1, analytics=False), receipt_of(2)]
    commits = Commits(engine)
    commits.commit_or_retry([Job(new) for new in news], lambda: None)
    commits.drop()
    with engine.begin() as connection:
        erasures.erase(connection, 1, [news[9].id])
    return engine


def counts(engine: Engine, span: int) -> Counter[tuple[object, ...]]:
    columns = (ChoiceCount.day, ChoiceCount.country, ChoiceCount.choice, ChoiceCount.device)
    query = select(*columns, ChoiceCount.count).where(ChoiceCount.site_id == 1, ChoiceCount.span == span)
    with engine.connect() as connection:
        return Counter({tuple(row[:-1]): row[-1] for row in connection.execute(query)})


def test_right_counts_stay_also_of_what_was_erased_since(counted: Engine) -> None:
    before = counts(counted, 1)
    assert before[TODAY, "DE", "000", "unknown"] == 1
    assert recount(counted, 1, is_dry=False) == []
    assert counts(counted, 1) == before


def test_what_is_missing_is_counted_again_and_what_is_too_much_taken(counted: Engine) -> None:
    before = {span: counts(counted, span) for span in (1, 7)}
    with counted.begin() as connection:
        connection.execute(delete(ChoiceCount).where(ChoiceCount.site_id == 1, ChoiceCount.country == "FR"))
        phones = update(ChoiceCount).where(ChoiceCount.device == "phone", ChoiceCount.span == 1)
        connection.execute(phones.values(count=8))
    wrong = [Difference(TODAY - 5, 3, 0), Difference(TODAY, 0, 2)]
    assert recount(counted, 1, is_dry=True) == wrong
    assert recount(counted, 1, is_dry=False) == wrong
    assert {span: counts(counted, span) for span in (1, 7)} == before
    assert recount(counted, 1, is_dry=True) == []


def test_weeks_become_the_sums_of_their_days(counted: Engine) -> None:
    before = counts(counted, 7)
    with counted.begin() as connection:
        phones = update(ChoiceCount).where(ChoiceCount.device == "phone", ChoiceCount.span == 7)
        connection.execute(phones.values(count=8))
        connection.execute(delete(ChoiceCount).where(ChoiceCount.span == 7, ChoiceCount.country == "FR"))
    wrong = [Difference(start_of(TODAY - 5, 7), 3, 0, 7), Difference(start_of(TODAY, 7), 0, 2, 7)]
    assert recount(counted, 1, is_dry=True) == wrong
    assert recount(counted, 1, is_dry=False) == wrong
    assert counts(counted, 7) == before
    assert recount(counted, 1, is_dry=True) == []


def test_a_store_without_receipts_has_nothing_wrong(engine: Engine) -> None:
    assert recount(engine, 1, is_dry=False) == []
