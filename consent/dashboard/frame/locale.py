"""The language of pages, and numbers, dates and place names formatted for it.

The user's choice under *Account* takes precedence over the browser's languages.
"""

import datetime
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache, lru_cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton
from babel.lists import format_list
from babel.numbers import format_decimal, format_percent, get_group_symbol
from babel.support import NullTranslations
from flask import Flask, request
from flask_babel import Babel, Domain, force_locale, get_locale, gettext
from flask_security import current_user
from sqlalchemy.exc import SQLAlchemyError

from consent.geo.places import SUBDIVISIONS
from consent.presentation import dashboard_texts
from consent.presentation.dashboard_texts import LANGUAGE_NAMES, LANGUAGES, translate, translations
from consent.presentation.texts import colon_of, labeled
from consent.storage.accounts import users
from consent.storage.database.base import db

ENGLISH = Locale("en")


class Catalogs(Domain):  # type: ignore[misc] # it is untyped
    """The dashboard's catalogs."""

    def get_translations(self) -> NullTranslations:
        """Return the translations into the language of the page."""
        return translations(page_language())


class DashboardBabel(Babel):  # type: ignore[misc] # it is untyped
    """Flask-Babel with the dashboard's catalogs."""

    domain_instance = Catalogs()


class Labels(Mapping[str, str]):
    """Labels for enumerated values, returned in the language of the page."""

    def __init__(self, english: Mapping[str, str]) -> None:
        self._english = english

    def __getitem__(self, key: str) -> str:
        return str(gettext(self._english[key]))

    def __iter__(self) -> Iterator[str]:
        return iter(self._english)

    def __len__(self) -> int:
        return len(self._english)


def init_app(app: Flask) -> None:
    """Set up the user's locale and this module's template filters."""
    if "babel" not in app.extensions:
        DashboardBabel(app, locale_selector=viewer_locale)
    app.jinja_env.policies["ext.i18n.trimmed"] = True
    app.jinja_env.globals.update(
        page_language=page_language,
        LANGUAGE_NAMES=LANGUAGE_NAMES,
        time_zones=time_zones,
        chosen_zone=chosen_zone,
        colon=colon,
    )
    app.jinja_env.filters.update(
        number=number,
        share=share,
        percent=percent,
        moment=moment,
        date=date,
        written_date=written_date,
        with_written_dates=with_written_dates,
        written_month=written_month,
        day=day,
        iso=iso,
        place=place_words,
        language=language_words,
    )
    app.jinja_env.filters.update(translated=translated, lowered=lowered, capitalized=capitalized)


def colon() -> str:
    """Return the colon between a label and its text in the language of the page, with its spaces."""
    return colon_of(page_language())


def with_label(label: str, text: str) -> str:
    """Return `text` after its label and a colon, in the language of the page."""
    return labeled(label, text, page_language())


def viewer_locale() -> str:
    """Return a page's locale: in the language that the user chose, else in the browser's first supported one.

    The browser determines the country for numbers and dates. If none of the browser's languages is supported, text is
    in English, and numbers and dates are formatted for the browser's first language.
    """
    known = [one for one in map(_known, request.accept_languages.values()) if one]
    spoken = {one.partition("_")[0]: one for one in reversed(known) if one.partition("_")[0] in LANGUAGES}
    if chosen := chosen_language():
        return spoken.get(chosen, chosen)
    return next((one for one in known if one.partition("_")[0] in LANGUAGES), [*known, "en"][0])


def chosen_language() -> str:
    """Return the language that the user chose under *Account*, or an empty string."""
    try:
        chosen = getattr(current_user, "language", None)
    except SQLAlchemyError:
        # This is the page that reports that the database is unavailable.
        return ""
    return chosen if chosen in LANGUAGES else ""


@contextmanager
def language_of_reader(email: str) -> Iterator[None]:
    """Switch to the language that the user with this email address chose, or else keep the page's."""
    with force_locale(users.language_of(db.session, email) or str(_locale())):
        yield


def page_language() -> str:
    """Return the code of the language of the page's texts."""
    language = _locale().language
    return language if language in LANGUAGES else "en"


def lowered(words: str) -> str:
    """Return words in lowercase for use within a sentence, except in German."""
    return words if page_language() == "de" else words.lower()


def capitalized(words: str) -> str:
    """Return words with the first letter capitalized and the rest unchanged."""
    return words[:1].upper() + words[1:]


def within_sentence(label: str) -> str:
    """Return a label for use within a sentence: `Measurement ID` as `measurement ID`, `UET tag ID` unchanged."""
    is_acronym = label[1:2].isupper()
    return label if page_language() == "de" or is_acronym else label[:1].lower() + label[1:]


def enumerated(words: list[str]) -> str:
    """Return `words` as a list in the language of the page, such as `a, b, and c`."""
    return str(format_list(words, locale=page_language()))


def translated(sentence: Any) -> Any:
    """Return a service's sentence in the language of the page; other types are returned unchanged."""
    return translate(sentence, page_language()) if type(sentence) is str else sentence


@lru_cache(512)
def _known(tag: str) -> str | None:
    try:
        return str(Locale.parse(tag, sep="-"))
    except (ValueError, UnknownLocaleError):
        return None


def number(value: int) -> str:
    """Return `value` with the separators of the viewer's locale."""
    locale = _locale()
    separator = _separator(str(locale))
    return f"{value:,}".replace(",", separator) if separator else format_decimal(value, locale=locale)


@lru_cache(512)
def _separator(tag: str) -> str:
    """Return the thousands separator, or an empty string for a locale with other grouping.

    Avoids Babel's 0.1 ms per number, as a table of two years has 1,500.
    """
    locale = Locale.parse(tag)
    return get_group_symbol(locale) if locale.decimal_formats[None].grouping == (3, 3) else ""


def plain_digits(text: str) -> str:
    """Return a typed number without any locale's separators: `1.234` and `1 234` become `1234`."""
    return re.sub(r"[\s.,'’]", "", text)


def share(part: int, whole: int) -> str:
    """Return `part` of `whole` as a percentage with one decimal, or a dash if `whole` is 0."""
    # The locale determines where the sign goes, and whether a space precedes it.
    pattern = _locale().percent_formats[None].pattern.replace("0", "0.0", 1)
    return format_percent(part / whole, pattern, locale=_locale()) if whole else "–"


def percent(part: float) -> str:
    """Return a fraction (0 to 1) as a whole percentage in the user's locale."""
    return format_percent(part, locale=_locale())


def moment(time: int) -> str:
    """Return the unix time `time` as date and time in the user's chosen time zone, else in UTC."""
    zone = chosen_zone()
    there = _utc(time).astimezone(zone) if zone else _utc(time)
    name = there.tzname() if zone else "UTC"
    return f"{format_date(there.date(), 'medium', locale=_locale())}, {there:%H:%M} {name}"


def chosen_zone() -> ZoneInfo | None:
    """Return the time zone that the user chose under *Account*, or None."""
    try:
        name = getattr(current_user, "time_zone", None)
    except SQLAlchemyError:
        return None
    return ZoneInfo(name) if name and name in time_zones() else None


@cache
def time_zones() -> frozenset[str]:
    """Return the names of the time zones that a user can choose."""
    return frozenset(available_timezones())


def date(time: int) -> str:
    """Return the UTC date of the unix time `time`."""
    return format_date(_utc(time).date(), "medium", locale=_locale())


def written_date(day: datetime.date | str) -> str:
    """Return a date, or text such as `2026-11-24`, in the viewer's format; other text stays as it is."""
    return dashboard_texts.written_date(str(day), _locale())


def written_month(month: str) -> str:
    """Return a month such as `2026-11` in the viewer's language."""
    return format_skeleton("yMMMM", datetime.date.fromisoformat(f"{month}-01"), locale=_locale())


def with_written_dates(sentence: str) -> str:
    """Return `sentence` with its dates, such as `2026-11-24`, in the viewer's format."""
    return dashboard_texts.with_written_dates(str(sentence), _locale())


def day(time: int) -> str:
    """Return the UTC day and month of the unix time `time`."""
    return format_skeleton("MMMd", _utc(time), locale=_locale())


def iso(time: int) -> str:
    """Return the unix time `time` as RFC 3339 in UTC."""
    return _utc(time).strftime("%Y-%m-%dT%H:%M:%SZ")


def place_words(country: str | None, subdivision: str | None = None) -> str:
    """Return the name of a country, followed by that of its subdivision; `country` can also be a code such as `US-CA`."""
    if not country:
        return str(gettext("Unknown place"))
    if subdivision is None:
        country, _, subdivision = country.partition("-")
    name = str(Locale(page_language()).territories.get(country, country))
    if not subdivision:
        return name
    known = SUBDIVISIONS.get(f"{country}-{subdivision}")
    return f"{name}, {gettext(known) if known else subdivision}"


def language_words(code: str) -> str:
    """Return the name of a language."""
    known = _known(code)
    return str(Locale.parse(known).get_display_name(page_language())) if known else code


def _utc(time: int) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(time, datetime.UTC)


def _locale() -> Locale:
    locale: Locale | None = get_locale()
    return locale or ENGLISH
