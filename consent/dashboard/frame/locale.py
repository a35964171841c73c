"""Format numbers, dates and place names in the viewer's locale; the interface texts are English for now."""

import datetime
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton
from babel.numbers import format_decimal, format_percent
from flask import Flask, request
from flask_babel import Babel, get_locale

from consent.geo.places import SUBDIVISIONS

ENGLISH = Locale("en")


def init_app(app: Flask) -> None:
    """Set up the user's locale, and the template filters of this module."""
    if "babel" not in app.extensions:
        Babel(app, locale_selector=viewer_locale)
    app.jinja_env.filters.update(
        number=number,
        share=share,
        percent=percent,
        moment=moment,
        date=date,
        day=day,
        iso=iso,
        place=place_words,
        language=language_words,
    )


def viewer_locale() -> str:
    """Return the browser's first language that Babel knows, English otherwise."""
    for tag in request.accept_languages.values():
        if known := _known(tag):
            return known
    return "en"


@lru_cache(512)
def _known(tag: str) -> str | None:
    try:
        return str(Locale.parse(tag, sep="-"))
    except (ValueError, UnknownLocaleError):
        return None


def number(value: int) -> str:
    """Return `value` with the separators of the viewer's locale."""
    return format_decimal(value, locale=_locale())


def share(part: int, whole: int) -> str:
    """Return `part` of `whole` as a percentage with one decimal, or a dash where there is no whole."""
    return format_percent(part / whole, "0.0%", locale=_locale()) if whole else "–"


def percent(part: float) -> str:
    """Return a part of one as a whole percentage, written as in `share`."""
    return format_percent(part, "0%", locale=_locale())


def moment(time: int) -> str:
    """Return the unix time `time` as date and time in UTC."""
    return f"{date(time)}, {_utc(time):%H:%M} UTC"


def date(time: int) -> str:
    """Return the date in UTC of the unix time `time`."""
    return format_date(_utc(time).date(), "medium", locale=_locale())


def day(time: int) -> str:
    """Return day and month in UTC of the unix time `time`."""
    return format_skeleton("MMMd", _utc(time), locale=_locale())


def iso(time: int) -> str:
    """Return the unix time `time` as RFC 3339 in UTC."""
    return _utc(time).strftime("%Y-%m-%dT%H:%M:%SZ")


def place_words(country: str | None, subdivision: str | None = None) -> str:
    """Return the English name of a country, that of its subdivision behind it."""
    if not country:
        return "Unknown place"
    name = ENGLISH.territories.get(country, country)
    return f"{name}, {SUBDIVISIONS.get(f'{country}-{subdivision}', subdivision)}" if subdivision else name


def language_words(code: str) -> str:
    """Return the English name of a language."""
    known = _known(code)
    return str(Locale.parse(known).get_display_name(ENGLISH)) if known else code


def _utc(time: int) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(time, datetime.UTC)


def _locale() -> Locale:
    locale: Locale | None = get_locale()
    return locale or ENGLISH
