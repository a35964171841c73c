"""Charts of the overview: opt-in by group over the last seven days at each point, and views and answers by day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from consent.core.days import DAY_SECONDS
from consent.core.groups import OPTIONAL
from consent.storage.statistics.rates import Answers, Numbers

WINDOW_DAYS = 7
MIN_ASKED = 30
"""Minimum number of answers to draw or compare a rate; with fewer, a single visitor would move it by points."""
LABEL_DAYS = 7
"""Days between two dates below a chart."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A day in a chart of 100 by 100: distance from the left, and the heights of its views and answers."""

    x: float
    views: float
    answers: float


@dataclass(frozen=True, slots=True)
class Charts:
    """The charts of a period of days.

    `dates` has the unix time of each day that is labeled below the charts, including the last, and None for the others.
    `lines` are the polylines of each group, empty if too few visitors answered; `width` is a bar's, and `top` the
    maximum of views or answers in a day.
    """

    dates: list[int | None]
    lines: dict[str, list[str]]
    bars: list[Bar]
    width: float
    top: int

    @property
    def has_rates(self) -> bool:
        """Return whether there is a line to draw."""
        return any(self.lines.values())


def charts(numbers: Mapping[str, Numbers], first_day: int, last_day: int) -> Charts:
    """Return the charts of `numbers` by day, which may start before `first_day`, for the first sums."""
    days = range(first_day, last_day + 1)
    every = {day: numbers.get(str(day), Numbers()) for day in range(first_day - WINDOW_DAYS + 1, last_day + 1)}
    top = max((max(every[day].shown, every[day].answers) for day in days), default=0)
    width = 100 / len(days)
    bars = [
        Bar(place * width, 100 * every[day].shown / max(top, 1), 100 * every[day].answers / max(top, 1))
        for place, day in enumerate(days)
    ]
    return Charts(
        dates=[day * DAY_SECONDS if (last_day - day) % LABEL_DAYS == 0 else None for day in days],
        lines={group: _lines([_window_sum(every, day, group) for day in days]) for group in OPTIONAL},
        bars=bars,
        width=width,
        top=top,
    )


def _window_sum(every: Mapping[int, Numbers], last: int, group: str) -> Answers:
    of_days = [every[day].groups[group] for day in range(last - WINDOW_DAYS + 1, last + 1)]
    return Answers(sum(one.granted for one in of_days), sum(one.refused for one in of_days))


def _lines(days: Sequence[Answers]) -> list[str]:
    """Return the polylines of a rate in a square of 100 by 100, interrupted where too few visitors answered."""
    parts: list[list[str]] = [[]]
    for place, one in enumerate(days):
        if one.asked < MIN_ASKED:
            parts.append([])
            continue
        x = 100 * (place + 0.5) / len(days)
        parts[-1].append(f"{x:.2f},{100 - 100 * one.granted / one.asked:.2f}")
    # A single point between gaps would be a line of zero length, which isn't painted.
    return [" ".join(part if len(part) > 1 else part * 2) for part in parts if part]
