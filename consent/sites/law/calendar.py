"""What changes in law mean for one site: its own config, decided on the day of a change and on the day before."""

import csv
import datetime
import io
from collections.abc import Collection, Iterator
from typing import NamedTuple

from babel import Locale

from consent.core.age_rules import ADULT, age_key, band_of_age
from consent.core.days import add_months, date_of, day_of
from consent.core.decide import Decision, Signals, decide
from consent.core.documents.config import Config
from consent.core.documents.resolved import Resolved
from consent.core.resolve import on_any_page, resolve
from consent.core.rules import FALLBACK, SILENT, Place, Rules
from consent.core.site_rules import rule_of
from consent.sites.shipped_rules import rule_file

WINDOW_MONTHS = 24
NOTICE_DAYS = 60
"""Number of days before a change at which it becomes an alarm."""
OTHER_PART = "-"
"""A state or province without a row of its own."""
COUNTRIES = Locale("en").territories
UNKNOWN_PART = "{} (part not known)"


class MinorStop(NamedTuple):
    """A tag that stops only for visitors of some `ages` under 18, in whole years."""

    name: str
    ages: tuple[int, ...]

    @property
    def words(self) -> str:
        """Return the name with the ages, such as `Ads (0–12, 16)`."""
        starts = [age for age in self.ages if age - 1 not in self.ages]
        ends = [age for age in self.ages if age + 1 not in self.ages]
        spans = (str(one) if one == other else f"{one}–{other}" for one, other in zip(starts, ends, strict=True))
        return f"{self.name} ({', '.join(spans)})"


class LawChange(NamedTuple):
    """What changes for a site on `day` in the place of the row `code`.

    `before` and `after` are what an adult visitor without a choice is shown: `ask`, `notice` or `none`. `falls` and
    `runs` are the names of tags that stop and start running for them, `minors` the tags that stop only for some visitors
    under 18, and `banned` the names of those that no click releases anymore. `is_gpc_bound` is whether Global Privacy
    Control becomes a duty.
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
    minors: tuple[MinorStop, ...]
    banned: tuple[str, ...]
    is_gpc_bound: bool

    @property
    def has_effect(self) -> bool:
        """Return whether anything differs from the day before for the site's visitors."""
        is_other = self.before != self.after or self.old_regime != self.new_regime
        return is_other or any((self.falls, self.runs, self.minors, self.banned, self.is_gpc_bound))


class CalendarDifference(NamedTuple):
    """A change in the law that another table of rules has on another day, or that only one of the tables has.

    `kind` is `added`, `moved` from the day `was`, `changed` in effect, or `removed`.
    """

    kind: str
    change: LawChange
    was: datetime.date


class LawEvent(NamedTuple):
    """A day that changes none of our rules: `kind` is `law`, or `draft` for a mere proposal, which decides nothing.

    `signal` is `gpc` if more visitors send Global Privacy Control from that day.
    """

    day: str
    code: str
    kind: str
    text: str
    url: str
    signal: str = ""


def law_changes(
    config: Config, rules: Rules, today: datetime.date, until: datetime.date | None = None
) -> list[LawChange]:
    """Return what changes for the site of `config` after `today`, up to `until` or for 24 months."""
    last = until or date_of(add_months(day_of(today), WINDOW_MONTHS))
    changes = (_change(config, rules, code, day) for code, day in _days_by_row(rules, today, last))
    return sorted((one for one in changes if one.has_effect), key=lambda one: (one.day, one.name))


def law_events() -> tuple[LawEvent, ...]:
    """Return the dated events shown alongside the changes, including draft laws; no decision reads them."""
    return tuple(LawEvent(**row) for row in csv.DictReader(io.StringIO(rule_file("events.csv"))))


def coming_events(today: datetime.date) -> list[LawEvent]:
    """Return the events of the next 24 months, drafts without a day last."""
    last = date_of(add_months(day_of(today), WINDOW_MONTHS)).isoformat()
    coming = [one for one in law_events() if not one.day or today.isoformat() < one.day <= last]
    return sorted(coming, key=lambda one: (not one.day, one.day))


def dated_laws(today: datetime.date, until: datetime.date) -> list[LawEvent]:
    """Return the events after `today`, up to `until`, that are law."""
    last = until.isoformat()
    return [one for one in law_events() if one.kind == "law" and today.isoformat() < one.day <= last]


def tags_stopped_by_signal(config: Config, rules: Rules, event: LawEvent) -> tuple[str, ...]:
    """Return the names of the tags that stop where `event` is for visitors without a choice who send its signal."""
    if event.signal != "gpc":
        return ()
    day = day_of(datetime.date.fromisoformat(event.day))
    resolved = on_any_page(resolve(config, rules, _place(event.code, rules.codes), day))
    without, sending = (decide(resolved, day, Signals(gpc=gpc)) for gpc in (False, True))
    return _names(config, _stopped_tags(without, sending))


def _days_by_row(rules: Rules, today: datetime.date, last: datetime.date) -> Iterator[tuple[str, datetime.date]]:
    for code in rules.codes:
        if code != FALLBACK:
            days = (datetime.date.fromisoformat(day) for day in rules.days(code))
            yield from ((code, day) for day in days if today < day <= last)


def rule_differences(config: Config, old: Rules, new: Rules, today: datetime.date) -> list[LawChange]:
    """Return what another table of rules changes today for the site of `config`, sorted by the names of the places.

    A place in only one of the tables is compared with what its country, or any place, gets from the other. The unknown
    place is included.
    """
    codes = dict.fromkeys((*new.codes, *old.codes))
    names = {**old.names, **new.names}
    places = [(code, names[code], _place(code, codes)) for code in codes]
    # For a visitor whose state or province is unknown, all rows of the country count.
    places += [(code, UNKNOWN_PART.format(COUNTRIES[code]), Place(code)) for code in codes if _has_parts(code, codes)]
    changes = (_compare(config, *one, (old, today), (new, today)) for one in places)
    return sorted((one for one in changes if one.has_effect), key=lambda one: one.name)


def calendar_differences(config: Config, old: Rules, new: Rules, today: datetime.date) -> list[CalendarDifference]:
    """Return what another table of rules alters in the changes of the next 24 months for the site of `config`, by day."""
    before, after = (law_changes(config, rules, today) for rules in (old, new))
    gone = [one for one in before if one not in after]
    found = [_differing(one, gone) for one in after if one not in before]
    replaced = {(one.change.code, one.was) for one in found if one.kind != "added"}
    dropped = (one for one in gone if (one.code, one.day) not in replaced)
    found += (CalendarDifference("removed", one, one.day) for one in dropped)
    return sorted(found, key=lambda one: (one.change.day, one.change.name))


def _differing(change: LawChange, gone: list[LawChange]) -> CalendarDifference:
    """Return how `change`, which only the new table has, relates to `gone`, those which only the old table has."""
    for one in gone:
        if one.code == change.code and one.day == change.day:
            return CalendarDifference("changed", change, one.day)
    for one in gone:
        if one == change._replace(day=one.day):
            return CalendarDifference("moved", change, one.day)
    return CalendarDifference("added", change, change.day)


def _change(config: Config, rules: Rules, code: str, day: datetime.date) -> LawChange:
    eve = date_of(day_of(day) - 1)
    return _compare(config, code, rules.names[code], _place(code, rules.codes), (rules, eve), (rules, day))


def _place(code: str, codes: Collection[str]) -> Place:
    """Return a place to which the row `code` applies; in a country with parts, one that has no row of its own."""
    if code == FALLBACK:
        return Place()
    return Place(code[:2], code[3:] or (OTHER_PART if _has_parts(code, codes) else None))


def _has_parts(code: str, codes: Collection[str]) -> bool:
    return any(one.startswith(f"{code}-") for one in codes)


def _compare(
    config: Config,
    code: str,
    name: str,
    place: Place,
    old: tuple[Rules, datetime.date],
    new: tuple[Rules, datetime.date],
) -> LawChange:
    """Return what visitors in `place` get under the rules and day of `new` that they don't get under `old`."""
    day = new[1]
    number = day_of(day)
    was, now = (on_any_page(resolve(config, rules, place, day_of(date))) for rules, date in (old, new))
    before, after = (decide(one, number, Signals()) for one in (was, now))
    falls = _stopped_tags(before, after)
    minors = _stopped_for_minors(was, now, number)
    banned = {tag["id"] for tag in now["tags"] if tag["hold"] == "precise_location"}
    banned -= {tag["id"] for tag in was["tags"] if tag["hold"]}

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
        _names(config, falls),
        _names(config, _stopped_tags(after, before)),
        tuple(
            MinorStop(tag["name"], minors[tag["id"]]) for tag in config["tags"] if tag["id"] in minors.keys() - falls
        ),
        _names(config, banned),
        duties == [False, True],
    )


def _names(config: Config, ids: set[str]) -> tuple[str, ...]:
    return tuple(tag["name"] for tag in config["tags"] if tag["id"] in ids)


def _stopped_tags(before: Decision, after: Decision) -> set[str]:
    return set(before.allowed_tags) - set(after.allowed_tags)


def _stopped_for_minors(was: Resolved, now: Resolved, day: int) -> dict[str, tuple[int, ...]]:
    """Return the tags that stop for visitors under 18, each with their ages."""
    stopped: dict[tuple[str, str], set[str]] = {}
    ages: dict[str, tuple[int, ...]] = {}
    for age in range(ADULT):
        band = band_of_age(age)
        key = age_key(was, band, age), age_key(now, band, age)
        if key not in stopped:
            before, after = (decide(one, day, Signals(age_band=band, age=age)) for one in (was, now))
            stopped[key] = _stopped_tags(before, after)
        for tag in stopped[key]:
            ages[tag] = (*ages.get(tag, ()), age)
    return ages
