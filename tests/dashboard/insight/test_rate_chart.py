"""Points of the statistics chart: as few days as give a rate from enough answers, and none from a handful."""

from consent.dashboard.insight.rate_chart import chart_rates
from consent.storage.statistics.rates import Answers, Numbers


def step(granted: int, refused: int) -> Numbers:
    """Return a day with this many answers for analytics."""
    numbers = Numbers()
    numbers.groups["analytics"] = Answers(granted, refused)
    return numbers


def test_days_with_enough_answers_are_points_and_the_few_others_are_gaps() -> None:
    drawn = chart_rates([*[step(20, 10)] * 8, None, step(1, 1), step(30, 30)], 1)
    assert drawn.window == 1
    assert drawn.groups["analytics"][7:] == [Answers(20, 10), None, None, Answers(30, 30)]
    assert set(drawn.groups["advertising"]) == {None}


def test_a_chart_that_would_have_many_gaps_counts_several_days() -> None:
    drawn = chart_rates([step(20, 10), step(1, 1)] * 10, 1)
    assert drawn.window == 7
    assert None not in drawn.groups["analytics"]


def test_sparse_days_are_summed_up_to_each() -> None:
    drawn = chart_rates([step(4, 2)] * 14, 1)
    assert drawn.window == 7
    assert drawn.groups["analytics"][3:6] == [None, Answers(20, 10), Answers(24, 12)]
    assert drawn.groups["analytics"][-1] == Answers(28, 14)


def test_weeks_are_summed_to_four() -> None:
    drawn = chart_rates([step(6, 4)] * 8, 7)
    assert drawn.window == 4
    assert drawn.groups["analytics"][:3] == [None, None, Answers(18, 12)]


def test_too_few_answers_give_an_empty_rate_chart() -> None:
    drawn = chart_rates([step(1, 0), None, step(0, 1)], 1)
    assert (drawn.window, drawn.is_empty) == (28, True)
    assert chart_rates([], 1).is_empty
