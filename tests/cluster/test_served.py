"""How the table's numbers are computed."""

from pathlib import Path

import pytest

from tests.cluster.load import REST_S, WRITERS, served
from tests.hammer.visitors import Try


def test_seconds_are_degraded_while_answers_are_bad_or_slow_and_not_between() -> None:
    tries = [
        Try(0.0, 0.5, False),  # before the failure
        Try(9.8, 10.2, True),
        Try(9.9, 10.4, False),  # in progress when the failure began, at 10
        Try(11.0, 11.2, False),  # less than a second later: the same disturbance
        Try(11.5, 11.6, True),
        Try(20.0, 21.5, True),  # slow
        Try(21.5, 21.6, True),
    ]
    found = served(tries, 10.0)
    assert found.degraded == pytest.approx(1.2 + 1.5)
    assert found.away == pytest.approx(21.5 - 11.6)
    assert found.slowest == pytest.approx(1.5)
    assert found.bad == 3


def test_what_went_well_all_the_time_is_not_degraded() -> None:
    found = served([Try(one / 10, one / 10 + 0.01, True) for one in range(100)], 1.0)
    assert (found.degraded, found.bad) == (0.0, 0)
    assert found.away == pytest.approx(0.1)


def test_the_load_is_what_the_docs_say() -> None:
    docs = (Path(__file__).parents[2] / "docs" / "benchmarks.md").read_text("utf-8")
    assert f"{WRITERS} visitors, each of whom rests {REST_S:g} s between two choices" in docs
