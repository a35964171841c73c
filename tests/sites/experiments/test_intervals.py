"""Intervals that stay valid under peeking: simulated experiments are checked every day and rarely err."""

import math
import random
from statistics import NormalDist

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.sites.experiments.intervals import (
    PRIOR_ANSWERS,
    UNIFORM,
    log_martingale,
    rate_interval,
    ratio_interval,
)

EXPERIMENTS, DAYS, ERROR = 600, 60, 0.05
TOLERANCE = 0.027
"""Three standard deviations of the share of erring experiments, if each errs with a probability of 5%."""


def _days(generator: random.Random, share: float, rates: list[float]) -> list[tuple[int, int]]:
    """Return the cumulative answers for control and variant at each day's end; the day's rate affects both."""
    control = variant = 0
    sums = []
    for day in range(DAYS):
        answers = round(40 * rates[day % len(rates)] * (0.5 + generator.random()))
        drawn = sum(generator.random() < share for _ in range(answers))
        control, variant = control + answers - drawn, variant + drawn
        sums.append((control, variant))
    return sums


@pytest.mark.parametrize(("share", "rates"), [(0.5, [1.0]), (0.5, [1.0, 0.2, 0.2, 3.0, 0.5]), (0.2, [1.0, 2.0])])
def test_a_variant_that_changes_nothing_is_hardly_ever_called_better_or_worse_whoever_peeks(
    share: float, rates: list[float]
) -> None:
    generator = random.Random(31)
    prior = (PRIOR_ANSWERS * share, PRIOR_ANSWERS * (1 - share))
    erred = naive = 0
    limit, quantile = math.log(1 / ERROR), NormalDist().inv_cdf(1 - ERROR / 2)
    for _ in range(EXPERIMENTS):
        sums = _days(generator, share, rates)
        erred += any(log_martingale(variant, control + variant, share, prior) >= limit for control, variant in sums)
        naive += any(
            abs(variant - share * (control + variant)) > quantile * math.sqrt((control + variant) * share * (1 - share))
            for control, variant in sums
        )
    assert erred / EXPERIMENTS <= ERROR + TOLERANCE
    # The error with the usual fixed-sample interval: the simulation does detect errors.
    assert naive / EXPERIMENTS > 0.2


def test_the_interval_of_a_steady_rate_holds_on_all_days_at_once() -> None:
    generator = random.Random(32)
    limit, missed = math.log(1 / ERROR), 0
    for _ in range(EXPERIMENTS):
        successes = trials = 0
        is_missed = False
        for _day in range(DAYS):
            successes += sum(generator.random() < 0.3 for _ in range(20))
            trials += 20
            is_missed |= log_martingale(successes, trials, 0.3, UNIFORM) >= limit
        missed += is_missed
    assert missed / EXPERIMENTS <= ERROR + TOLERANCE


def test_a_real_difference_is_found() -> None:
    generator = random.Random(33)
    found = 0
    for _ in range(200):
        variant = sum(generator.random() < 0.5 * 1.3 / (1 + 0.3 * 0.5) for _ in range(4000))
        ratio = ratio_interval(4000 - variant, variant, 0.5, ERROR)
        found += ratio.low > 1
        assert ratio.low < 1.3 * 1.2
    assert found > 180


@given(st.integers(0, 5000), st.integers(0, 5000))
def test_an_interval_is_around_what_was_counted_and_ends_where_the_martingale_reaches_its_limit(
    successes: int, failures: int
) -> None:
    trials = successes + failures
    low, high = rate_interval(successes, trials, ERROR)
    assert 0 <= low <= (successes / trials if trials else 0.5) <= high <= 1
    for end in (low, high):
        if 0 < end < 1:
            assert log_martingale(successes, trials, end, UNIFORM) == pytest.approx(math.log(1 / ERROR), abs=1e-3)


def test_a_ratio_counts_by_the_share_that_was_drawn() -> None:
    assert ratio_interval(0, 0, 0.5, ERROR) == (0, math.inf)
    low, high = ratio_interval(8000, 2000, 0.2, ERROR)
    assert low < 1 < high
    assert high < 1.1
    assert ratio_interval(0, 5, 0.5, ERROR).high == math.inf
