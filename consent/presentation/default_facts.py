"""What a new site states about its proof of choices, in every language of the banner: where it is stored, how long."""

import re
from datetime import timedelta
from functools import lru_cache

from babel import Locale
from babel.dates import format_timedelta

from consent.presentation.durations import unit_text
from consent.presentation.texts import declaration_texts, languages

FIRST_NUMBER = re.compile(r"\d{1,3}")


def default_place(language: str, host: str) -> str:
    """Return that proof is on the controller's own server, with its `host` unless that is empty."""
    place = declaration_texts(language)["proof_place"]
    return f"{place}, {host}" if host else place


def default_period(language: str, months: int) -> str:
    """Return that proof is kept for `months` after expiry or withdrawal."""
    return declaration_texts(language)["proof_period"].replace("{period}", _months(months, language))


@lru_cache(1024)
def fact_in(text: str, language: str) -> str:
    """Return a controller's fact in `language` if it is a default fact in any language, else unchanged.

    A controller writes a fact once, and visitors in other languages read the same words; default facts are known in all.
    """
    first, _, host = text.partition(", ")
    if " " not in host and any(first == declaration_texts(one)["proof_place"] for one in languages()):
        return default_place(language, host)
    if number := FIRST_NUMBER.search(text):
        months = int(number[0])
        if any(text == default_period(one, months) for one in languages()):
            return default_period(language, months)
    return text


def _months(months: int, language: str) -> str:
    """Return `months` in words; CLDR's words, as Babel has them for durations."""
    return unit_text(months, "month", language) or format_timedelta(
        timedelta(days=30 * months), granularity="month", threshold=1e12, locale=Locale.parse(language, sep="-")
    )
