"""Charts of the overview: opt-in by group as a sum of seven days each, and views and answers by day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from consent.core.groups import OPTIONAL
from consent.storage.statistics.query_params import DAY_SECONDS
from consent.storage.statistics.rates import Answers, Numbers

WINDOW_DAYS = 7
MIN_ASKED = 30
"""Of fewer answers no rate is drawn or compared: one more visitor would move it by points."""
LABEL_DAYS = 7
"""Between two dates below a chart."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One day of a chart of 100 by 100: its place from the left, and how high its views and its answers are."""

    x: float
    views: float
    answers: float


@dataclass(frozen=True, slots=True)
class Charts:
    """What the page draws of the days from `first_day` to `last_day`, whose dates are in `dates`.

    `dates` has the unix time of each day that is named below the charts, None for the others; the last day is named.
    `lines` are the polylines of each group, empty where too few answered; `width` is that of a bar, `top` the most
    views or answers of a day.
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
    """Return the charts of `numbers` by day; they may begin before `first_day`, for the sums of the first days."""
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
        lines={group: _lines([_of_window(every, day, group) for day in days]) for group in OPTIONAL},
        bars=bars,
        width=width,
        top=top,
    )


def _of_window(every: Mapping[int, Numbers], last: int, group: str) -> Answers:
    of_days = [every[day].groups[group] for day in range(last - WINDOW_DAYS + 1, last + 1)]
    return Answers(sum(one.granted for one in of_days), sum(one.refused for one in of_days))


def _lines(days: Sequence[Answers]) -> list[str]:
    """Return the polylines of a rate in a square of 100 by 100, broken where too few answered."""
    parts: list[list[str]] = [[]]
    for place, one in enumerate(days):
        if one.asked < MIN_ASKED:
            parts.append([])
            continue
        x = 100 * (place + 0.5) / len(days)
        parts[-1].append(f"{x:.2f},{100 - 100 * one.granted / one.asked:.2f}")
    # A day between two without answers would be a line without length, which is not painted.
    return [" ".join(part if len(part) > 1 else part * 2) for part in parts if part]
