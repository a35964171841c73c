"""Tries and writes that all processes count together, on both databases."""

import threading

from sqlalchemy import Engine, func, select

from consent.storage import counted_limits
from consent.storage.models import Attempt, WriteCount

NOW = 1_800_000_000.0


def test_no_more_tries_than_allowed_within_the_time_and_one_more_for_each_that_grew_old(engine: Engine) -> None:
    def try_at(now: float, name: str = "ann") -> bool:
        with engine.begin() as connection:
            return counted_limits.try_once_more(connection, [name], 3, 60, now)

    assert [try_at(NOW), try_at(NOW + 20), try_at(NOW + 40), try_at(NOW + 59)] == [True, True, True, False]
    assert try_at(NOW + 59, "ben")
    assert [try_at(NOW + 61), try_at(NOW + 62)] == [True, False]
    with engine.begin() as connection:
        assert counted_limits.tries(connection, ["ann"], 60, NOW + 62) == [NOW + 20, NOW + 40, NOW + 61]
        assert counted_limits.forget_tries(connection, ["ann"]) == 1
    assert try_at(NOW + 62)


def test_tries_at_the_same_moment_are_counted_one_by_one(engine: Engine) -> None:
    noted, begin = [], threading.Barrier(8)

    def guess() -> None:
        begin.wait()
        with engine.begin() as connection:
            noted.append(counted_limits.try_once_more(connection, ["ann"], 3, 60, NOW))

    guesses = [threading.Thread(target=guess) for _ in range(8)]
    for one in guesses:
        one.start()
    for one in guesses:
        one.join()
    assert sorted(noted) == [False] * 5 + [True] * 3


def test_each_process_learns_what_the_others_counted_and_what_is_over_is_deleted(engine: Engine) -> None:
    with engine.begin() as connection:
        assert counted_limits.tell_counts(connection, "first", {"a": 5, "b": 1}, 100) == {}
        assert counted_limits.tell_counts(connection, "second", {"a": 2}, 100) == {"a": 5}
        assert counted_limits.tell_counts(connection, "first", {"a": 9}, 100) == {"a": 2}
        assert counted_limits.tell_counts(connection, "third", {"a": 1, "b": 1}, 200) == {"a": 11, "b": 1}
        counted_limits.try_once_more(connection, ["ann"], 3, 60, 50.0)
        counted_limits.forget_counted(connection, 111)
        left = connection.execute(select(WriteCount.process, WriteCount.name).order_by(WriteCount.name)).all()
        assert sorted(map(tuple, left)) == [("third", "a"), ("third", "b")]
        assert connection.execute(select(func.count()).select_from(Attempt)).scalar_one() == 0
