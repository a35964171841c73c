"""Rates count the visitors who were asked; signals, withdrawals and bots are counted separately."""

import re
from typing import Any

import pytest
from sqlalchemy import Engine, event

from consent.storage.receipts.committer import Commits, Job
from consent.storage.statistics.event_counters import Event, add_counts
from consent.storage.statistics.rates import (
    PARTS,
    Answers,
    Numbers,
    StatisticsQuery,
    numbers,
    numbers_by,
    total,
    values,
)
from tests.storage.sample_receipts import DAY, NOW, receipt_of

TODAY = NOW // DAY
ASKS = dict.fromkeys(("functional", "analytics", "advertising"), frozenset({"eu_opt_in"}))
SHOWN = Event(1, TODAY, "sha256:1", "DE", "", "eu_opt_in", "de", "a", "phone", False, "shown")
YES = {"action": "accept_all", "functional": True, "analytics": True, "advertising": True}
NO = {"action": "reject_all", "functional": False, "analytics": False, "advertising": False}
AMERICA: dict[str, Any] = {"country": "US", "subdivision": "CA", "regime": "us_ca", "language": "en"}


@pytest.fixture
def counted(engine: Engine) -> Engine:
    """Count all kinds of choices and return the engine."""
    news = [
        *(receipt_of(1, **YES, device="phone") for _ in range(3)),
        receipt_of(1, **NO, device="desktop"),
        receipt_of(1, time=NOW - DAY, country="AT", **NO),
        receipt_of(1, **{**NO, "action": "withdraw"}),
        receipt_of(1, **YES, is_bot=True),
        receipt_of(1, **{**NO, "action": "opt_out"}, **AMERICA),
        receipt_of(1, **{**NO, "action": "opt_out"}, **AMERICA, method="gpc"),
        receipt_of(1, country=None, advertising=None),
        receipt_of(2, **YES),
    ]
    commits = Commits(engine)
    commits.commit_or_retry([Job(new) for new in news], lambda: None)
    commits.drop()
    with engine.begin() as connection:
        add_counts(connection, {SHOWN: 10, SHOWN._replace(is_bot=True): 5, SHOWN._replace(event="chosen"): 3})
    return engine


def read(engine: Engine, part: str, **wanted: Any) -> dict[str, Numbers]:
    with engine.connect() as connection:
        return numbers(connection, 1, StatisticsQuery(TODAY - 6, TODAY, **wanted), part, ASKS)


def test_days_have_their_own_sums(counted: Engine) -> None:
    days = read(counted, "day")
    assert days.keys() == {str(TODAY), str(TODAY - 1)}
    today = days[str(TODAY)]
    assert (today.shown, today.answers, today.opted_out, today.taken_back, today.signals) == (10, 6, 1, 1, 1)
    assert today.groups["analytics"] == Answers(granted=4, refused=1)
    assert today.groups["advertising"] == Answers(granted=3, refused=1), "one did not say, one was not asked"
    assert total(days).groups["analytics"] == Answers(granted=4, refused=2)


def test_filters_narrow_both_sides(counted: Engine) -> None:
    assert total(read(counted, "day", country="AT")).groups["analytics"].asked == 1
    assert total(read(counted, "day", country="unknown")).answers == 1
    assert total(read(counted, "day", device="phone")).shown == 10
    assert total(read(counted, "day", device="desktop")).shown == 0
    assert total(read(counted, "day", regime="us_ca")).groups["analytics"].asked == 0
    assert (total(read(counted, "day", bots="only")).shown, total(read(counted, "day", bots="include")).shown) == (
        5,
        15,
    )
    assert total(read(counted, "day", bots="only")).answers == 1


def test_parts_add_up_to_the_whole(counted: Engine) -> None:
    whole = total(read(counted, "day"))
    for part in ("country", "regime", "language", "device", "config", "variant"):
        assert total(read(counted, part)) == whole, part
    assert read(counted, "country")["US"].opted_out == 1


def test_parts_of_one_look_are_as_each_alone(counted: Engine) -> None:
    wanted = StatisticsQuery(TODAY - 6, TODAY, bots="include")
    looks: list[str] = []
    with counted.connect() as connection:
        alone = {part: numbers(connection, 1, wanted, part, ASKS) for part in PARTS}
        event.listen(connection, "before_cursor_execute", lambda *told: looks.append(told[2]))
        assert numbers_by(connection, 1, wanted, PARTS, ASKS) == alone
    assert len(looks) == 6, (
        "banners, answers and all else are read twice: for devices, and for all other parts together"
    )


def test_site_and_days_stand_in_the_statement(counted: Engine) -> None:
    """With parameters, PostgreSQL's generic plan after a few executions would sort two years of weeks on disk."""
    looks: list[str] = []
    with counted.connect() as connection:
        event.listen(connection, "before_cursor_execute", lambda *told: looks.append(told[2]))
        numbers(connection, 1, StatisticsQuery(TODAY - 6, TODAY), "day", ASKS)
    period = rf"site_id = 1 AND .*\.span = 1 AND .*\.day BETWEEN {TODAY - 6} AND {TODAY} AND"
    assert [look for look in looks if not re.search(period, look)] == []
    assert [bool(re.search(r"IN \('gpc', 'dnt'\)", look)) for look in looks] == [False, True, True]


def test_weeks_are_as_exact_as_days(counted: Engine) -> None:
    with counted.connect() as connection:
        weeks = numbers(connection, 1, StatisticsQuery(TODAY - 2, TODAY + 4, span=7), "day", ASKS)
        found = values(connection, 1, ("country", "language"))
    assert found["country"] == ["", "AT", "DE", "US"]
    assert len(found["language"]) == len(set(found["language"])) > 0
    assert weeks == {str(TODAY - 2): total(read(counted, "day"))}
