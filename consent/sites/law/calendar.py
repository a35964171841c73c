"""What the law of places changes for one site, and on which day: its own config, decided on that day and the day before."""

import csv
import datetime
import io
from collections.abc import Collection, Iterator
from typing import NamedTuple

from babel import Locale

from consent.core.days import add_months, date_of, day_of
from consent.core.decide import Decision, Signals, decide
from consent.core.documents.config import Config
from consent.core.documents.resolved import Resolved
from consent.core.groups import AGE_BANDS
from consent.core.resolve import on_any_page, resolve
from consent.core.rules import FALLBACK, SILENT, Place, Rules
from consent.core.site_rules import rule_of
from consent.sites.shipped_rules import rule_file

WINDOW_MONTHS = 24
NOTICE_DAYS = 60
"""So long before its day a change becomes an alarm."""
OTHER_PART = "-"
"""A state or province that no row is on."""
COUNTRIES = Locale("en").territories
UNKNOWN_PART = "{} (part not known)"
MINORS = tuple(band for band in AGE_BANDS if band != "adult")


class LawChange(NamedTuple):
    """What changes for a site in the place of the row `code` on `day`.

    `before` and `after` are what a visitor of age without a choice is shown: `ask`, `notice` or `none`. `falls` and `runs`
    are the names of tags that stop and begin to run for them, `minors` those that stop for some visitor under 18 alone,
    `banned` those that no click releases any longer. `is_gpc_bound` says that Global Privacy Control becomes a duty.
    """

    day: datetime.date
    code: str
    name: str
    old_regime: str
    new_regime: str
    before: str
    after: str
    falls: tuple[str, ...]
    runs: tuple[str, ...]
    minors: tuple[str, ...]
    banned: tuple[str, ...]
    is_gpc_bound: bool

    @property
    def is_felt(self) -> bool:
        """Return whether visitors of the site meet anything else than the day before."""
        is_other = self.before != self.after or self.old_regime != self.new_regime
        return is_other or any((self.falls, self.runs, self.minors, self.banned, self.is_gpc_bound))


class LawEvent(NamedTuple):
    """A day that changes no rule of ours: `kind` is `law`, or `draft` for what is only proposed and decides nothing."""

    day: str
    code: str
    kind: str
    text: str
    url: str


def law_changes(
    config: Config, rules: Rules, today: datetime.date, until: datetime.date | None = None
) -> list[LawChange]:
    """Return what changes for the site of `config` after `today`, until 24 months later where no other day is given."""
    last = until or date_of(add_months(day_of(today), WINDOW_MONTHS))
    changes = (_change(config, rules, code, day) for code, day in _days_by_row(rules, today, last))
    return sorted((one for one in changes if one.is_felt), key=lambda one: (one.day, one.name))


def law_events() -> tuple[LawEvent, ...]:
    """Return the dated events that are shown beside the changes, drafts of law among them: no decision reads them."""
    return tuple(LawEvent(**row) for row in csv.DictReader(io.StringIO(rule_file("events.csv"))))


def coming_events(today: datetime.date) -> list[LawEvent]:
    """Return the events of the next 24 months, drafts without a day last."""
    last = date_of(add_months(day_of(today), WINDOW_MONTHS)).isoformat()
    coming = [one for one in law_events() if not one.day or today.isoformat() < one.day <= last]
    return sorted(coming, key=lambda one: (not one.day, one.day))


def _days_by_row(rules: Rules, today: datetime.date, last: datetime.date) -> Iterator[tuple[str, datetime.date]]:
    for code in rules.codes:
        if code != FALLBACK:
            days = (datetime.date.fromisoformat(day) for day in rules.days(code))
            yield from ((code, day) for day in days if today < day <= last)


def rule_differences(config: Config, old: Rules, new: Rules, today: datetime.date) -> list[LawChange]:
    """Return what another table of rules changes today for the site of `config`, by the names of the places.

    A place that is in one table alone is compared with what its country, or any place, gets by the other. The place that
    is not known is one of them.
    """
    codes = dict.fromkeys((*new.codes, *old.codes))
    names = {**old.names, **new.names}
    places = [(code, names[code], _place(code, codes)) for code in codes]
    # Of a visitor whose state or province nobody can tell, all rows of the country count.
    places += [(code, UNKNOWN_PART.format(COUNTRIES[code]), Place(code)) for code in codes if _has_parts(code, codes)]
    changes = (_compared(config, *one, (old, today), (new, today)) for one in places)
    return sorted((one for one in changes if one.is_felt), key=lambda one: one.name)


def _change(config: Config, rules: Rules, code: str, day: datetime.date) -> LawChange:
    eve = date_of(day_of(day) - 1)
    return _compared(config, code, rules.names[code], _place(code, rules.codes), (rules, eve), (rules, day))


def _place(code: str, codes: Collection[str]) -> Place:
    """Return a place for which the row `code` counts: of a country with parts, one that has no row of its own."""
    if code == FALLBACK:
        return Place()
    return Place(code[:2], code[3:] or (OTHER_PART if _has_parts(code, codes) else None))


def _has_parts(code: str, codes: Collection[str]) -> bool:
    return any(one.startswith(f"{code}-") for one in codes)


def _compared(
    config: Config,
    code: str,
    name: str,
    place: Place,
    old: tuple[Rules, datetime.date],
    new: tuple[Rules, datetime.date],
) -> LawChange:
    """Return what visitors in `place` meet under the rules and the day of `new`, and not of `old`."""
    day = new[1]
    number = day_of(day)
    was, now = (on_any_page(resolve(config, rules, place, day_of(date))) for rules, date in (old, new))
    before, after = (decide(one, number, Signals()) for one in (was, now))
    falls = _fallen(before, after)
    young = set(_young_falls(was, now, number)) - set(falls)
    banned = {tag["id"] for tag in now["tags"] if tag["hold"] == "precise_location"}
    banned -= {tag["id"] for tag in was["tags"] if tag["hold"]}

    def names(ids: set[str]) -> tuple[str, ...]:
        return tuple(tag["name"] for tag in config["tags"] if tag["id"] in ids)

    laws = (rule_of(config["overrides"], rules, place, date) for rules, date in (old, new))
    duties = [law.gpc not in SILENT for law in laws]
    return LawChange(
        day,
        code,
        name,
        was["regime"],
        now["regime"],
        before.show,
        after.show,
        names(falls),
        names(_fallen(after, before)),
        names(young),
        names(banned),
        duties == [False, True],
    )


def _fallen(before: Decision, after: Decision) -> set[str]:
    return set(before.allowed_tags) - set(after.allowed_tags)


def _young_falls(was: Resolved, now: Resolved, day: int) -> Iterator[str]:
    for band in MINORS:
        before, after = (decide(one, day, Signals(age_band=band)) for one in (was, now))
        yield from _fallen(before, after)
