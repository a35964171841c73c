"""All visitor-facing texts by key and language, from the catalogs in consent/translations/banner."""

from collections.abc import Iterable
from datetime import timedelta
from functools import cache
from typing import Literal

from babel import Locale
from babel.dates import format_timedelta
from babel.messages.pofile import read_po

from consent.core.days import DAY_SECONDS, HOUR_SECONDS
from consent.core.documents.texts import DraftTexts
from consent.core.groups import OPTIONAL
from consent.presentation.durations import unit_text
from consent.presentation.english import (
    ACCOUNT,
    DECLARATION,
    ENGLISH,
    GROUPS,
    HANDOVER,
    LAYERS,
    PURPOSES,
    RECEIPTS,
    REQUESTS,
    TCF,
)
from consent.presentation.languages import LanguageInfo, catalog_path, language_info, languages
from consent.presentation.links import pieces

COLONS = {"fr": "\u00a0: ", "fr-CA": "\u00a0: ", "ja": "\uff1a", "zh-Hans": "\uff1a", "zh-Hant": "\uff1a"}
"""Separators other than a colon and a space; French has a no-break space before the colon."""


def colon_of(language: str) -> str:
    """Return the colon between a label and its text, with its spaces."""
    return COLONS.get(language, ": ")


def labeled(label: str, text: str, language: str) -> str:
    """Return `label`, a colon and `text`."""
    return f"{label}{colon_of(language)}{text}"


def group_lines(texts: dict[str, str], language: str, asked: Iterable[str] = OPTIONAL) -> dict[str, str]:
    """Return the first layer's line for each group of `asked`, under the key `<group>_line`, from all `texts`."""
    return {f"{group}_line": labeled(texts[group], texts[f"{group}_text"], language) for group in asked}


def first_words(texts: dict[str, str], language: str, asked: Iterable[str]) -> list[list[str]]:
    """Return the text of the first layer as pieces: `[words]`, or `[words, x]` with a link's URL or an element's name.

    Each group of `asked` has its name in bold, followed by its purpose. A `p` starts a paragraph; the words follow it
    rather than being inside it, where the page's CSS could reach them.
    """
    gap = "" if language in WITHOUT_SPACES else " "
    lines = group_lines(texts, language, asked)
    groups = [
        piece for group in asked for piece in ([texts[group], "b"], [lines[f"{group}_line"][len(texts[group]) :] + gap])
    ]
    start = [" ", "p"]
    return [*pieces(texts["text"]), start, *groups, start, [texts["withdrawal"] + gap]]


__all__ = [
    "ACCOUNT_KEYS",
    "HANDOVER_KEYS",
    "TEXT_KEYS",
    "LanguageInfo",
    "account_texts",
    "all_texts",
    "banner_texts",
    "declaration_texts",
    "duration",
    "group_texts",
    "handover_texts",
    "language_info",
    "languages",
    "owner_texts",
    "page_texts",
    "purpose_texts",
    "receipt_texts",
    "request_texts",
    "tcf_texts",
    "untranslated",
]

ACCOUNT_KEYS = tuple(ACCOUNT)
"""The keys of `account_texts`."""
HANDOVER_KEYS = tuple(HANDOVER)
"""The keys of `handover_texts`."""
TEXT_KEYS = (*LAYERS, *GROUPS)
"""The keys of `banner_texts`, which a site's owner can override."""
Unit = Literal["year", "month", "day", "hour", "minute", "second"]
WITHOUT_SPACES = ("ja", "zh-Hans", "zh-Hant")
"""Languages without a space between sentences."""
UNITS: dict[Unit, int] = {
    "year": 365 * DAY_SECONDS,
    "month": 30 * DAY_SECONDS,
    "day": DAY_SECONDS,
    "hour": HOUR_SECONDS,
    "minute": 60,
    "second": 1,
}
NEAR = 0.05
"""Relative error that is allowed when a lifetime is rounded to a whole number of a unit."""


def banner_texts(language: str) -> dict[str, str]:
    """Return the texts of both layers, including groups; raises KeyError for a language that isn't shipped."""
    return {key: _texts(language)[key] for key in TEXT_KEYS}


def account_texts(language: str) -> dict[str, str]:
    """Return the texts of both layers that only sites with accounts use."""
    return {key: _texts(language)[key] for key in ACCOUNT}


def handover_texts(language: str) -> dict[str, str]:
    """Return the texts that only sites sharing choices with other domains use."""
    return {key: _texts(language)[key] for key in HANDOVER}


def tcf_texts(language: str) -> dict[str, str]:
    """Return the texts of both layers that only sites in IAB Europe's framework use."""
    return {key: _texts(language)[key] for key in TCF}


def owner_texts(language: str, languages: dict[str, dict[str, str]]) -> dict[str, str]:
    """Return the owner's own texts that apply in `language`, from those in all `languages` of a draft.

    A variety falls back to its base language (`fr-CA` to `fr`), but never to another language.
    """
    return {**languages.get(language.partition("-")[0], {}), **languages.get(language, {})}


def untranslated(language: str, texts: DraftTexts) -> list[str]:
    """Return the keys of a draft's texts that the owner overrides in the default language but not in `language`."""
    languages = texts["languages"]
    own = owner_texts(language, languages)
    return [key for key in languages[texts["default_language"]] if key not in own]


def group_texts(language: str) -> dict[str, str]:
    """Return the name of each group, and its purpose under `<group>_text`."""
    return {key: _texts(language)[key] for key in GROUPS}


def purpose_texts(language: str) -> dict[str, str]:
    """Return the meaning of each purpose code, as a verb without a subject: `counts visitors and their visits`."""
    return {key.removeprefix("purpose_"): _texts(language)[key] for key in PURPOSES}


def receipt_texts(language: str) -> dict[str, str]:
    """Return the texts of the page of a visitor's own receipts."""
    return {key: _texts(language)[key] for key in RECEIPTS}


def declaration_texts(language: str) -> dict[str, str]:
    """Return the texts of the cookie declaration that aren't in either layer."""
    return {key: _texts(language)[key] for key in DECLARATION}


def page_texts(language: str) -> dict[str, str]:
    """Return the texts shared by visitor pages: the link to requests, and the language selector."""
    return {key: _texts(language)[key] for key in ("rights", "rights_language")}


def request_texts(language: str) -> dict[str, str]:
    """Return the texts of the page for requests under privacy laws, and of its mails."""
    return {key: _texts(language)[key] for key in REQUESTS}


def all_texts(language: str) -> dict[str, str]:
    """Return every text that visitors can read, by key."""
    return dict(_texts(language))


def duration(seconds: int | None, language: str) -> str:
    """Return a lifetime in words; 0 is a session, and None (unknown) gives an empty string.

    A month is 30 days and a year 365; 34164000 seconds are 13 months, not one year.
    """
    if seconds is None:
        return ""
    if seconds <= 0:
        return _texts(language)["session_lifetime"]
    unit = next(unit for unit, size in UNITS.items() if _is_near_round(seconds / size) or unit == "second")
    own = unit_text(round(seconds / UNITS[unit]), unit, language)
    # A threshold above any value makes Babel use the unit chosen here.
    return own or format_timedelta(
        timedelta(seconds=seconds), granularity=unit, threshold=1e12, locale=Locale.parse(language, sep="-")
    )


def _is_near_round(value: float) -> bool:
    return round(value) >= 1 and abs(value - round(value)) <= NEAR * value


@cache
def _texts(language: str) -> dict[str, str]:
    with catalog_path(language).open("rb") as file:
        catalog = read_po(file, locale=language.replace("-", "_"), abort_invalid=True)
    texts = {}
    for key, english in ENGLISH.items():
        message = catalog.get(english, key)
        if message is None or not message.string or message.fuzzy:
            raise ValueError(f"{language}: the text {key} is not translated")
        texts[key] = str(message.string)
    return texts
