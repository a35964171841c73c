"""The loss meter compares what browsers reported with what was stored."""

from sqlalchemy import Engine

from consent.storage.receipts.committer import Commits, Job
from consent.storage.statistics.event_counters import Event, Refusal, add_counts
from consent.storage.statistics.losses import Losses, losses, losses_by_day, unreadable_code, unreadable_values
from tests.storage.sample_receipts import DAY, NOW, receipt_of

TODAY = NOW // DAY
SHOWN = Event(1, TODAY, "sha256:1", "DE", "", "eu_opt_in", "de", "a", "phone", False, "shown")
CHOSEN = SHOWN._replace(event="chosen")


def write(engine: Engine, *arrivals: str, days_ago: int = 0, site_id: int = 1) -> None:
    commits = Commits(engine)
    news = [receipt_of(site_id, arrival=arrival, time=NOW - days_ago * DAY) for arrival in arrivals]
    commits.commit_or_retry([Job(new) for new in news], lambda: None)
    commits.drop()


def test_what_is_missing_shows_on_its_day(engine: Engine) -> None:
    write(engine, "prompt", "prompt", "late", "direct", "unknown")
    write(engine, "prompt", days_ago=1)
    write(engine, "prompt", site_id=2)
    yesterday = CHOSEN._replace(day=TODAY - 1)
    with engine.begin() as connection:
        add_counts(connection, {SHOWN: 9, CHOSEN: 5, yesterday: 1, SHOWN._replace(site_id=2): 7})
        add_counts(connection, {Refusal(1, TODAY, "invalid_token"): 2, Refusal(1, TODAY, "unavailable"): 3})
        by_day = losses_by_day(connection, 1, TODAY - 1, TODAY)
        whole = losses(connection, 1, TODAY - 1, TODAY)
        week = losses_by_day(connection, 1, TODAY - 2, TODAY + 4, 7)
    codes = {"invalid_token": 2, "unavailable": 3}
    assert by_day == {TODAY - 1: Losses(0, 1, 1, 1), TODAY: Losses(9, 5, 5, 2, 1, 2, 3, codes)}
    assert (by_day[TODAY].missing, by_day[TODAY].rate) == (2, 0.4)
    assert (whole.chosen, whole.kept, whole.missing) == (6, 6, 2)
    # 2026-11-25 is a Wednesday: both days are in the same week.
    assert week == {TODAY - 2: whole}


def test_where_more_came_than_was_told_of_nothing_is_missing(engine: Engine) -> None:
    write(engine, "prompt", "prompt")
    with engine.begin() as connection:
        add_counts(connection, {CHOSEN: 1})
        assert losses(connection, 1, TODAY, TODAY).missing == 0


def test_old_values_that_cannot_be_read_are_counted_by_tool_and_are_no_loss(engine: Engine) -> None:
    with engine.begin() as connection:
        klaro, didomi = (Refusal(1, TODAY, unreadable_code(tool)) for tool in ("klaro", "didomi"))
        add_counts(connection, {klaro: 2, klaro._replace(day=TODAY - 1): 3, didomi: 1, klaro._replace(site_id=2): 9})
        add_counts(connection, {klaro._replace(day=TODAY - 9): 5, Refusal(1, TODAY, "unavailable"): 4})
        assert unreadable_values(connection, 1, TODAY - 1, TODAY) == {"didomi": 1, "klaro": 5}
        assert losses(connection, 1, TODAY - 9, TODAY).codes == {"unavailable": 4}


def test_a_site_without_visits_has_no_rate(engine: Engine) -> None:
    with engine.connect() as connection:
        assert losses_by_day(connection, 1, TODAY, TODAY) == {}
        facts = losses(connection, 1, TODAY, TODAY).facts()
    assert (facts["chosen"], facts["missing"], facts["loss_rate"]) == (0, 0, 0.0)
