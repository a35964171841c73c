"""Small fixed grammar of receipt searches: `Germany rejected last week`, `Deutschland abgelehnt letzte Woche`.

Text is parsed from left to right, matching the longest known phrase at each position, first in the reader's language
and then in English. Case and accents don't matter. Text with an unknown word isn't a receipt search, so that receipts
are never filtered by only half of the query.
"""

import datetime
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import NamedTuple

from babel import Locale

from consent.dashboard.insight.receipt_words import (
    DAY,
    DAY_BEFORE,
    MONTH,
    MONTH_BEFORE,
    WEEK,
    WEEK_BEFORE,
    WORDS,
    YEAR,
    YEAR_BEFORE,
)
from consent.geo.places import SUBDIVISIONS
from consent.presentation.dashboard_texts import translate

MAX_DAYS = 3660
MAX_PHRASE_LENGTH = 6
"""In words."""
MONTH_FIRST = ("en", "en_US")
"""The locales that write `11/3/2026` for November 3; all others mean March 11."""

Filters = dict[str, str]


class Period(NamedTuple):
    """The first and the last day, inclusive; None if open-ended."""

    first: datetime.date | None
    last: datetime.date | None


Reading = tuple[re.Pattern[str], Callable[[re.Match[str], datetime.date], Period]]


def read_receipt_query(text: str, today: datetime.date, locale: str = "en") -> Filters | None:
    """Return the API filters that `text` means to a reader with `locale`, or None if it isn't a receipt search."""
    languages = _languages(locale)
    fillers = {word for language in languages for word in WORDS[language].fillers.split()}
    words = [word.strip(",;?!") for word in _plain(text).split()]
    filters: Filters = {}
    while words:
        found = _period(words, today, locale) or _phrase(words, languages)
        if found is None:
            if words[0].casefold() not in fillers:
                return None
            words = words[1:]
            continue
        length, facts = found
        if any(filters.get(name, value) != value for name, value in facts.items()):
            return None  # a search can't have two countries or two actions
        filters |= facts
        words = words[length:]
    return filters or None


def _languages(locale: str) -> tuple[str, ...]:
    """Return the languages that a reader with `locale` may write, the own one first."""
    language = locale.partition("_")[0]
    return (language, "en") if language in WORDS and language != "en" else ("en",)


def _plain(text: str) -> str:
    """Return `text` without accents, and with an article such as `l'` as a word of its own."""
    bare = "".join(one for one in unicodedata.normalize("NFKD", text) if not unicodedata.combining(one))
    return re.sub(r"\b([dl])'\s*", r"\1' ", bare.replace("’", "'"), flags=re.IGNORECASE)


def _folded(text: str) -> str:
    return _plain(text).casefold()


def _phrase(words: list[str], languages: tuple[str, ...]) -> tuple[int, Filters] | None:
    for length in range(min(len(words), MAX_PHRASE_LENGTH), 0, -1):
        text = " ".join(words[:length]).casefold()
        for language in languages:
            if facts := _phrases(language).get(text):
                return length, dict(facts)
    code = words[0]
    if re.fullmatch(r"[A-Z]{2}-[A-Z0-9]{1,3}", code):
        return (1, {"country": code[:2], "subdivision": code[3:]}) if code in SUBDIVISIONS else None
    # Only in capitals, since "in", "it" and "no" are words.
    return (1, {"country": code}) if code.isupper() and code in Locale("en").territories and len(code) == 2 else None


@cache
def _phrases(language: str) -> Mapping[str, Mapping[str, str]]:
    """Return the filters of each phrase; a country's name comes before those of subdivisions and languages."""
    words, locale = WORDS[language], Locale(language)
    phrases: dict[str, Mapping[str, str]] = {}
    for filter_name, table in (("action", words.actions), ("signal", words.signals), ("method", words.methods)):
        phrases |= {phrase: {filter_name: value} for value, texts in table.items() for phrase in texts.split(",")}
    for state, forms in (("granted", words.granted), ("refused", words.refused)):
        for group, names in words.groups.items():
            every = [form.format(name) for form in forms.split(",") for name in names.split(",")]
            phrases |= {phrase: {f"group.{group}": state} for phrase in every}
    for code, names in words.countries.items():
        phrases |= {name: {"country": code} for name in names.split(",")}
    for code, name in locale.territories.items():
        if re.fullmatch(r"[A-Z]{2}", code):
            phrases.setdefault(_folded(name), {"country": code})
    for code, name in SUBDIVISIONS.items():
        phrases.setdefault(_folded(translate(name, language)), {"country": code[:2], "subdivision": code[3:]})
    for code, name in locale.languages.items():
        if re.fullmatch(r"[a-z]{2}", code):
            phrases.setdefault(words.in_language.format(_folded(name)), {"language": code})
    return phrases


def _period(words: list[str], today: datetime.date, locale: str) -> tuple[int, Filters] | None:
    text = " ".join(words).casefold()
    for pattern, period_of in _periods(locale):
        if match := pattern.match(text):
            try:
                period = period_of(match, today)
            except (ValueError, OverflowError):
                continue
            sides = {"from": period.first, "to": period.last}
            return len(match[0].split()), {name: day.isoformat() for name, day in sides.items() if day}
    return None


@cache
def _periods(locale: str) -> tuple[Reading, ...]:
    """Return the time phrases of a reader with `locale`.

    Weeks begin on Monday, as in ISO 8601; `last 2 weeks` means 14 days, including today.
    """
    is_month_first = locale in MONTH_FIRST
    return tuple(one for language in _languages(locale) for one in _times(language, is_month_first))


def _times(language: str, is_month_first: bool) -> Iterator[Reading]:
    words, months = WORDS[language], _months(language)
    named, year = "|".join(map(re.escape, months)), rf"(?: (?:(?:{WORDS[language].of}) )?\d{{4}})"
    written = rf"\d{{1,2}}(?:\.|er|st|nd|rd|th)? (?:(?:{words.of}) )?(?:{named}){year}?|(?:{named}) \d{{1,2}}{year}"
    date = rf"(\d{{4}}-\d{{2}}-\d{{2}}|\d{{1,2}}[./-]\d{{1,2}}[./-]\d{{4}}|{written})"

    def day(text: str, today: datetime.date) -> datetime.date:
        return _day(text, months, today, is_month_first)

    def between(match: re.Match[str], today: datetime.date) -> Period:
        first, last = (day(text, today) for text in match.groups() if text)
        return Period(first, last)

    def last_days(match: re.Match[str], today: datetime.date) -> Period:
        number, unit = [text for text in match.groups() if text]
        [length] = [days for form, days in words.units.items() if re.fullmatch(form, unit)]
        return _days(int(number) * length, today)

    def one_month(match: re.Match[str], today: datetime.date) -> Period:
        month = months[match[1]]
        return _month(int(match[2][-4:]) if match[2] else today.year - (month > today.month), month)

    for name, form in words.times.items():
        yield _pattern(form), lambda match, today, name=name: _named(name, today)  # type: ignore[misc]
    units = f"({'|'.join(words.units)})"
    yield _pattern(words.last.replace("%d", r"(\d{1,4})").replace("%u", units)), last_days
    yield _pattern(words.between.replace("%d", date)), between
    yield _pattern(rf"(?:{words.since}) {date}"), lambda match, today: Period(day(match[1], today), None)
    yield _pattern(rf"(?:{words.until}) {date}"), lambda match, today: Period(None, day(match[1], today))
    yield _pattern(rf"(?:(?:{words.on}) )?{date}"), lambda match, today: Period(*[day(match[1], today)] * 2)
    yield _pattern(rf"(?:(?:{words.month}) )?({named})({year})?"), one_month


def _pattern(form: str) -> re.Pattern[str]:
    return re.compile(rf"(?:{form})(?!\S)")


@cache
def _months(language: str) -> Mapping[str, int]:
    names = Locale(language).months["format"]["wide"]
    return {_folded(name): number for number, name in names.items()}


def _named(name: str, today: datetime.date) -> Period:
    year = today.year
    before = today - datetime.timedelta(1)
    return {
        DAY: lambda: Period(today, today),
        DAY_BEFORE: lambda: Period(before, before),
        WEEK: lambda: _week(today, 0),
        WEEK_BEFORE: lambda: _week(today, 1),
        MONTH: lambda: _month(year, today.month),
        MONTH_BEFORE: lambda: _month(year - (today.month == 1), (today.month - 2) % 12 + 1),
        YEAR: lambda: Period(datetime.date(year, 1, 1), datetime.date(year, 12, 31)),
        YEAR_BEFORE: lambda: Period(datetime.date(year - 1, 1, 1), datetime.date(year - 1, 12, 31)),
    }[name]()


def _days(days: int, today: datetime.date) -> Period:
    if not 0 < days <= MAX_DAYS:
        raise ValueError(days)
    return Period(today - datetime.timedelta(days - 1), today)


def _week(today: datetime.date, back: int) -> Period:
    monday = today - datetime.timedelta(today.weekday() + 7 * back)
    return Period(monday, monday + datetime.timedelta(6))


def _month(year: int, month: int) -> Period:
    first = datetime.date(year, month, 1)
    after = datetime.date(year + month // 12, month % 12 + 1, 1)
    return Period(first, after - datetime.timedelta(1))


def _day(text: str, months: Mapping[str, int], today: datetime.date, is_month_first: bool) -> datetime.date:
    """Return the date that `text` means: ISO 8601, digits in the reader's order, or with the month's name."""
    numbers = [int(one) for one in re.findall(r"\d+", text)]
    if re.match(r"\d{4}-", text):
        return datetime.date.fromisoformat(text)
    if named := [number for name, number in months.items() if name in text.split()]:
        year = numbers[1] if len(numbers) > 1 else today.year - ((named[0], numbers[0]) > (today.month, today.day))
        return datetime.date(year, named[0], numbers[0])
    first, second, year = numbers
    return datetime.date(year, first, second) if is_month_first else datetime.date(year, second, first)
