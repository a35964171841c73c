"""Rates of the chart of *Statistics*: of each step where enough visitors answered, else of several steps up to each."""

from collections.abc import Sequence
from typing import NamedTuple

from consent.core.groups import OPTIONAL
from consent.dashboard.insight.overview_chart import MIN_ASKED
from consent.storage.statistics.rates import Answers, Numbers

WINDOWS = {1: (1, 7, 28), 7: (1, 4)}
"""How many steps a point may count, fewest first, by the days of a step."""
MIN_DRAWN = 0.9
"""Share of the points; a chart with more gaps looks broken."""


class Rates(NamedTuple):
    """What a point counts: so many steps up to its own, with the answers of each group there; None where too few are."""

    window: int
    groups: dict[str, list[Answers | None]]

    @property
    def is_empty(self) -> bool:
        """Return whether there is no point to draw."""
        return not any(one for answers in self.groups.values() for one in answers)


def chart_rates(steps: Sequence[Numbers | None], span: int) -> Rates:
    """Return what to draw of `steps`, each of `span` days, None where nothing was counted.

    A point counts the fewest steps of which nine in ten have `MIN_ASKED` answers: a rate of two answers swings from 0 to
    100 %. Those with fewer are gaps. The first points, which cannot count as many steps, do not decide it.
    """
    for window in WINDOWS[span]:
        sums = {group: _sums([one.groups[group] if one else Answers() for one in steps], window) for group in OPTIONAL}
        most = [max(answers[place].asked for answers in sums.values()) for place in range(len(steps))]
        answered = [asked for asked in most[window - 1 :] or most if asked]
        if sum(asked >= MIN_ASKED for asked in answered) >= MIN_DRAWN * len(answered):
            break
    return Rates(
        window,
        {group: [one if one.asked >= MIN_ASKED else None for one in answers] for group, answers in sums.items()},
    )


def _sums(answers: Sequence[Answers], window: int) -> list[Answers]:
    return [
        Answers(sum(one.granted for one in part), sum(one.refused for one in part))
        for end in range(1, len(answers) + 1)
        for part in [answers[max(end - window, 0) : end]]
    ]
