"""Rates in the *Statistics* chart: per step if enough visitors answered, else over several steps up to each point."""

from collections.abc import Sequence
from typing import NamedTuple

from consent.core.groups import OPTIONAL
from consent.dashboard.insight.overview_chart import MIN_ASKED
from consent.storage.statistics.rates import Answers, Numbers

WINDOWS = {1: (1, 7, 28), 7: (1, 4)}
"""How many steps a point may cover, fewest first, by the days per step."""
MIN_DRAWN = 0.9
"""Minimum share of points that are drawn; a chart with more gaps looks broken."""


class Rates(NamedTuple):
    """How many steps each point covers, and each group's answers by point; None where there are too few."""

    window: int
    groups: dict[str, list[Answers | None]]

    @property
    def is_empty(self) -> bool:
        """Return whether there is no point to draw."""
        return not any(one for answers in self.groups.values() for one in answers)


def chart_rates(steps: Sequence[Numbers | None], span: int) -> Rates:
    """Return what to draw for `steps` of `span` days each, where None means that nothing was counted.

    Points cover as few steps as needed for nine in ten of them to have `MIN_ASKED` answers, since a rate of two answers
    swings from 0 to 100%. Points with fewer are gaps. The first points, which can't cover as many steps, don't affect
    the number of steps.
    """
    for window in WINDOWS[span]:
        sums = {
            group: _rolling_sums([one.groups[group] if one else Answers() for one in steps], window)
            for group in OPTIONAL
        }
        most = [max(answers[place].asked for answers in sums.values()) for place in range(len(steps))]
        answered = [asked for asked in most[window - 1 :] or most if asked]
        if sum(asked >= MIN_ASKED for asked in answered) >= MIN_DRAWN * len(answered):
            break
    return Rates(
        window,
        {group: [one if one.asked >= MIN_ASKED else None for one in answers] for group, answers in sums.items()},
    )


def _rolling_sums(answers: Sequence[Answers], window: int) -> list[Answers]:
    return [
        Answers(sum(one.granted for one in part), sum(one.refused for one in part))
        for end in range(1, len(answers) + 1)
        for part in [answers[max(end - window, 0) : end]]
    ]
