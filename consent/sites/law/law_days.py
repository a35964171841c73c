"""Tell the day by which the law of a place goes: that of its own calendar, since a law begins at midnight where it holds.

All else in a decision counts days of UTC. The two differ for some hours, and only a day on which a row begins can then
change an answer: on every other day the day of UTC stands for both, so that nothing is decided twice.
"""

from functools import lru_cache

from consent.core.days import date_of, day_of_iso
from consent.core.rules import Place, Rules, is_laxer
from consent.geo.local_days import local_days

DAY_SECONDS, QUARTER_SECONDS = 86400, 900
"""Each midnight anywhere is the beginning of a quarter hour of UTC."""


class LawDays:
    """The days on which a row of `rules`, or a part of one, begins to hold, each in the calendar of the visitor's place."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self.turns = frozenset(day_of_iso(day) for code in rules.codes for day in rules.days(code))
        # East of Greenwich a day begins on the day of UTC before it, and west of it that before still lasts on it.
        self._near = self.turns | {day - 1 for day in self.turns}
        self._local = lru_cache(4096)(self._local_day)

    def moment(self, time: float) -> int:
        """Return a time of which the same law holds everywhere as at `time`, both in unix seconds.

        It is the beginning of the day of UTC, or of the quarter hour where a law begins somewhere around that day.
        """
        step = QUARTER_SECONDS if time // DAY_SECONDS in self._near else DAY_SECONDS
        return int(time // step) * step

    def end(self, time: float) -> int:
        """Return the unix second up to which `moment` stays what it is at `time`."""
        step = QUARTER_SECONDS if time // DAY_SECONDS in self._near else DAY_SECONDS
        return (int(time // step) + 1) * step

    def day(self, place: Place, time: float) -> int:
        """Return the day, counted from 1970-01-01, whose law holds in `place` at `time`, unix seconds."""
        day = int(time // DAY_SECONDS)
        return self._local(place.country, place.subdivision, self.moment(time)) if day in self._near else day

    def _local_day(self, country: str | None, subdivision: str | None, moment: int) -> int:
        """Return the day there at `moment`.

        Where a place has several zones, a new law counts from the first midnight of them, and from the last one where it
        lets something go that the law of before does not.
        """
        place = Place(country, subdivision)
        first, last = local_days(place, moment)
        if first == last:
            return first
        new, old = (self._rules.at(place, date_of(day)) for day in (first, last))
        return last if is_laxer(new, old) else first


law_days_of = lru_cache(8)(LawDays)
"""Return the days of law of some rules, found once."""
