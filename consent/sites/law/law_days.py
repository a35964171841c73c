"""Compute the day whose law applies in a place: the one in its own calendar, since a law begins at local midnight.

Everything else in a decision counts UTC days. The two differ for some hours, which changes an answer only around a day
on which a row takes effect; on every other day the UTC day stands for both, so that nothing is decided twice.
"""

from functools import lru_cache

from consent.core.days import DAY_SECONDS, date_of, day_of_iso
from consent.core.rules import Place, Rules, is_laxer
from consent.geo.local_days import local_days

QUARTER_SECONDS = 900
"""Local midnight is at the start of a UTC quarter hour everywhere."""


class LawDays:
    """The days on which a row of `rules`, or a part of one, takes effect, each in the calendar of the visitor's place."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self.change_days = frozenset(day_of_iso(day) for code in rules.codes for day in rules.days(code))
        # East of Greenwich, a day begins during the previous UTC day; west of it, the day before ends during that UTC day.
        self._near = self.change_days | {day - 1 for day in self.change_days}
        self._local = lru_cache(4096)(self._local_day)

    def moment(self, time: float) -> int:
        """Return a time at which the same law applies everywhere as at `time`, both in Unix seconds.

        It is the start of the UTC day, or of the quarter hour if a law takes effect somewhere around that day.
        """
        step = QUARTER_SECONDS if time // DAY_SECONDS in self._near else DAY_SECONDS
        return int(time // step) * step

    def end(self, time: float) -> int:
        """Return the Unix second until which `moment` returns the same value as at `time`."""
        step = QUARTER_SECONDS if time // DAY_SECONDS in self._near else DAY_SECONDS
        return (int(time // step) + 1) * step

    def day(self, place: Place, time: float) -> int:
        """Return the day (counted from 1970-01-01) whose law applies in `place` at `time` (Unix seconds)."""
        day = int(time // DAY_SECONDS)
        return self._local(place.country, place.subdivision, self.moment(time)) if day in self._near else day

    def _local_day(self, country: str | None, subdivision: str | None, moment: int) -> int:
        """Return the local day at `moment`.

        In a place with several time zones, a new law applies from their first midnight, or from the last one if it
        permits something that the previous law doesn't.
        """
        place = Place(country, subdivision)
        first, last = local_days(place, moment)
        if first == last:
            return first
        new, old = (self._rules.rule_at(place, date_of(day)) for day in (first, last))
        return last if is_laxer(new, old) else first


law_days_of = lru_cache(8)(LawDays)
"""Return the `LawDays` of some rules, computed once."""
