"""Attempts and writes that all processes count together, on both databases."""

import threading

from sqlalchemy import Engine, func, select

from consent.storage.operations import shared_counters
from consent.storage.tables.operations import RateLimitAttempt, RateLimitCount

NOW = 1_800_000_000.0
WINDOWS = ((3, 60), (5, 3600))


def test_no_more_tries_than_allowed_within_the_time_and_one_more_for_each_that_grew_old(engine: Engine) -> None:
    def try_at(now: float, name: str = "ann") -> bool:
        with engine.begin() as connection:
            return shared_counters.record_attempt(connection, [name], WINDOWS, now)

    assert [try_at(NOW), try_at(NOW + 20), try_at(NOW + 40), try_at(NOW + 59)] == [True, True, True, False]
    assert try_at(NOW + 59, "ben")
    assert [try_at(NOW + 61), try_at(NOW + 62)] == [True, False]
    with engine.begin() as connection:
        assert shared_counters.attempts(connection, ["ann"], 60, NOW + 62) == [NOW + 20, NOW + 40, NOW + 61]
        shared_counters.refund_attempt(connection, ["ann"], 3600, NOW + 61)
        assert shared_counters.attempts(connection, ["ann"], 3600, NOW + 62) == [NOW, NOW + 20, NOW + 40]
    assert [try_at(NOW + 200), try_at(NOW + 300)] == [True, True]
    assert not try_at(NOW + 400)  # the one-hour window is full


def test_tries_at_the_same_moment_are_counted_one_by_one(engine: Engine) -> None:
    noted, begin = [], threading.Barrier(8)

    def guess() -> None:
        begin.wait()
        with engine.begin() as connection:
            noted.append(shared_counters.record_attempt(connection, ["ann"], WINDOWS, NOW))

    guesses = [threading.Thread(target=guess) for _ in range(8)]
    for one in guesses:
        one.start()
    for one in guesses:
        one.join()
    assert sorted(noted) == [False] * 5 + [True] * 3


def test_each_process_learns_what_the_others_counted_and_what_is_over_is_deleted(engine: Engine) -> None:
    with engine.begin() as connection:
        assert shared_counters.exchange_counts(connection, "first", {"a": 5, "b": 1}, 100) == {}
        assert shared_counters.exchange_counts(connection, "second", {"a": 2}, 100) == {"a": 5}
        assert shared_counters.exchange_counts(connection, "first", {"a": 9}, 100) == {"a": 2}
        assert shared_counters.exchange_counts(connection, "third", {"a": 1, "b": 1}, 3800) == {"a": 11, "b": 1}
        shared_counters.record_attempt(connection, ["ann"], WINDOWS, 50.0)
        shared_counters.delete_expired(connection, 3700)
        left = connection.execute(select(RateLimitCount.process, RateLimitCount.key).order_by(RateLimitCount.key)).all()
        assert sorted(map(tuple, left)) == [("third", "a"), ("third", "b")]
        assert connection.execute(select(func.count()).select_from(RateLimitAttempt)).scalar_one() == 0
