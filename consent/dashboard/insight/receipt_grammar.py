"""Small fixed grammar of receipt searches: `Germany rejected last week`, `GPC California since 2026-11-01`.

Text is parsed from left to right, matching the longest known phrase at each position. Text with an unknown word isn't
a receipt search, so that receipts are never filtered by only half of the query.
"""

import datetime
import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import NamedTuple

from babel import Locale

from consent.geo.places import SUBDIVISIONS

FILLERS = frozenset(
    [
        "a",
        "all",
        "and",
        "by",
        "everyone",
        "for",
        "from",
        "in",
        "of",
        "on",
        "receipt",
        "receipts",
        "the",
        "under",
        "visitors",
        "were",
        "who",
        "with",
    ]
)
ACTIONS = {
    "accept_all": ("accepted", "accepts", "accept", "accepted all", "consented", "agreed"),
    "reject_all": ("rejected", "rejects", "reject", "rejected all", "refused", "declined", "denied"),
    "save": ("saved", "custom selection", "saved a selection", "customized"),
    "withdraw": ("withdrew", "withdrawn", "withdrawal", "withdrawals", "withdraw"),
    "opt_out": ("opted out", "opt out", "opt outs", "opt-out", "opt-outs"),
    "opt_in": ("opted in", "opt in", "opt ins", "opt-in", "opt-ins"),
    "object": ("objected", "objection", "objections"),
}
SIGNALS = {"gpc": ("gpc", "global privacy control"), "dnt": ("dnt", "do not track")}
METHODS = {"import": ("imported",), "api": ("through the api", "api")}
GROUPS = ("functional", "analytics", "advertising")
GRANTED = ("{} granted", "{} accepted", "{} allowed", "with {}", "accepted {}", "allowed {}")
REFUSED = ("{} refused", "{} rejected", "{} declined", "{} denied", "without {}", "no {}", "rejected {}", "refused {}")
MORE_COUNTRIES = {
    "usa": "US",
    "u.s.": "US",
    "america": "US",
    "uk": "GB",
    "u.k.": "GB",
    "great britain": "GB",
    "england": "GB",
    "holland": "NL",
    "czech republic": "CZ",
    "turkey": "TR",
}
MAX_DAYS = 3660
AMBIGUOUS = frozenset({"georgia"})
"""Names of both a country and a state: they mean the country, and the state is written as `US-GA`."""
_MONTHS = {
    name.lower(): number for number, name in Locale("en").months["format"]["wide"].items()
}  # English, like the phrases

Filters = dict[str, str]


class Period(NamedTuple):
    """The first and the last day, inclusive; None if open-ended."""

    first: datetime.date | None
    last: datetime.date | None


def read_receipt_query(text: str, today: datetime.date) -> Filters | None:
    """Return the API filters that `text` means, or None if it isn't a receipt search."""
    words = [word.strip(",;?!") for word in text.split()]
    filters: Filters = {}
    while words:
        found = _period(words, today) or _phrase(words)
        if found is None:
            if words[0].lower() not in FILLERS:
                return None
            words = words[1:]
            continue
        length, facts = found
        if any(filters.get(name, value) != value for name, value in facts.items()):
            return None  # a search can't have two countries or two actions
        filters |= facts
        words = words[length:]
    return filters or None


def _phrase(words: list[str]) -> tuple[int, Filters] | None:
    known = _phrases()
    for length in range(min(len(words), 6), 0, -1):
        text = " ".join(words[:length])
        if facts := known.get(text.lower()):
            return length, dict(facts)
    code = words[0]
    if re.fullmatch(r"[A-Z]{2}-[A-Z0-9]{1,3}", code):
        return (1, {"country": code[:2], "subdivision": code[3:]}) if code in SUBDIVISIONS else None
    # Only in capitals, since "in", "it" and "no" are words.
    return (1, {"country": code}) if code.isupper() and code in Locale("en").territories and len(code) == 2 else None


@cache
def _phrases() -> Mapping[str, Mapping[str, str]]:
    """Return the filters of each lowercase phrase; of countries, subdivisions and languages, the first one wins."""
    locale = Locale("en")
    phrases: dict[str, Mapping[str, str]] = {}
    for filter_name, table in (("action", ACTIONS), ("signal", SIGNALS), ("method", METHODS)):
        phrases |= {word: {filter_name: value} for value, texts in table.items() for word in texts}
    for group in GROUPS:
        for state, forms in (("granted", GRANTED), ("refused", REFUSED)):
            phrases |= {form.format(group): {f"group.{group}": state} for form in forms}
    for name, code in MORE_COUNTRIES.items():
        phrases.setdefault(name, {"country": code})
    for code, name in locale.territories.items():
        if re.fullmatch(r"[A-Z]{2}", code):
            phrases.setdefault(name.lower(), {"country": code})
    for code, name in SUBDIVISIONS.items():
        if name.lower() not in AMBIGUOUS:
            phrases.setdefault(name.lower(), {"country": code[:2], "subdivision": code[3:]})
    for code, name in locale.languages.items():
        if re.fullmatch(r"[a-z]{2}", code):
            phrases.setdefault(f"in {name.lower()}", {"language": code})
    return phrases


def _period(words: list[str], today: datetime.date) -> tuple[int, Filters] | None:
    text = " ".join(words).lower()
    for pattern, period_of in PERIODS:
        if match := re.match(rf"{pattern}(?!\S)", text):
            try:
                period = period_of(match, today)
            except (ValueError, OverflowError):
                return None
            sides = {"from": period.first, "to": period.last}
            return len(match[0].split()), {name: day.isoformat() for name, day in sides.items() if day}
    return None


def _days(match: re.Match[str], today: datetime.date) -> Period:
    days = int(match[1]) * {"day": 1, "week": 7, "month": 30}[match[2]]
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


def _named_month(match: re.Match[str], today: datetime.date) -> Period:
    month = _MONTHS[match[1]]
    year = int(match[2]) if match[2] else today.year - (month > today.month)
    return _month(year, month)


def _day(text: str) -> datetime.date:
    return datetime.date.fromisoformat(text)


_DATE = r"(\d{4}-\d{2}-\d{2})"
PERIODS: tuple[tuple[str, Callable[[re.Match[str], datetime.date], Period]], ...] = (
    (r"today", lambda match, today: Period(today, today)),
    (r"yesterday", lambda match, today: Period(*[today - datetime.timedelta(1)] * 2)),
    (r"this week", lambda match, today: _week(today, 0)),
    (r"last week", lambda match, today: _week(today, 1)),
    (r"this month", lambda match, today: _month(today.year, today.month)),
    (r"last month", lambda match, today: _month(today.year - (today.month == 1), (today.month - 2) % 12 + 1)),
    (r"this year", lambda match, today: Period(datetime.date(today.year, 1, 1), datetime.date(today.year, 12, 31))),
    (
        r"last year",
        lambda match, today: Period(datetime.date(today.year - 1, 1, 1), datetime.date(today.year - 1, 12, 31)),
    ),
    (r"(?:the )?last (\d{1,4}) (day|week|month)s?", _days),
    (rf"(?:since|from) {_DATE} (?:until|to) {_DATE}", lambda match, today: Period(_day(match[1]), _day(match[2]))),
    (rf"(?:since|from) {_DATE}", lambda match, today: Period(_day(match[1]), None)),
    (rf"(?:until|to) {_DATE}", lambda match, today: Period(None, _day(match[1]))),
    (rf"(?:on )?{_DATE}", lambda match, today: Period(_day(match[1]), _day(match[1]))),
    (rf"(?:in )?({'|'.join(_MONTHS)})(?: (\d{{4}}))?", _named_month),
)
"""Time phrases. Weeks begin on Monday, as in ISO 8601; `last 2 weeks` means 14 days, including today."""
