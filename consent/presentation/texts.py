"""All visitor-facing texts, by key and language, from the catalogues in consent/translations/banner."""

from collections.abc import Iterable
from datetime import timedelta
from functools import cache
from typing import Literal

from babel import Locale
from babel.dates import format_timedelta
from babel.messages.pofile import read_po

from consent.core.documents.texts import DraftTexts
from consent.core.groups import OPTIONAL
from consent.presentation.durations import counted
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
from consent.presentation.languages import LanguageInfo, catalogue_path, language_info, languages
from consent.presentation.links import pieces

COLONS = {"fr": "\u00a0: ", "fr-CA": "\u00a0: ", "ja": "\uff1a", "zh-Hans": "\uff1a", "zh-Hant": "\uff1a"}
"""What stands between the two where it is not a colon and a space; in French the space before it breaks no line."""


def labelled(label: str, text: str, language: str) -> str:
    """Return `label`, a colon and `text`."""
    return f"{label}{COLONS.get(language, ': ')}{text}"


def group_lines(texts: dict[str, str], language: str, asked: Iterable[str] = OPTIONAL) -> dict[str, str]:
    """Return under `<group>_line` the first layer's line on each group of `asked`, from all `texts`."""
    return {f"{group}_line": labelled(texts[group], texts[f"{group}_text"], language) for group in asked}


def first_words(texts: dict[str, str], language: str, asked: Iterable[str]) -> list[list[str]]:
    """Return the words of the first layer in pieces: `[words]`, with the address of a link or the name of their element.

    Each group of `asked` has its name in bold, and what it is for behind it. A `p` begins a paragraph: words stand beside it
    and not in it, where a rule of the page could reach them.
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
"""The keys of `banner_texts`, which a site's owner may have other words for."""
Unit = Literal["year", "month", "day", "hour", "minute", "second"]
WITHOUT_SPACES = ("ja", "zh-Hans", "zh-Hant")
"""Languages in which nothing stands between two sentences."""
UNITS: dict[Unit, int] = {
    "year": 365 * 86400,
    "month": 30 * 86400,
    "day": 86400,
    "hour": 3600,
    "minute": 60,
    "second": 1,
}
NEAR = 0.05
"""How far, in parts of the whole, a lifetime may be from a round number of a unit that it is told in."""


def banner_texts(language: str) -> dict[str, str]:
    """Return the texts of both layers, groups included; raises KeyError for a language that is not shipped."""
    return {key: _texts(language)[key] for key in TEXT_KEYS}


def account_texts(language: str) -> dict[str, str]:
    """Return the texts of both layers that only sites with accounts have."""
    return {key: _texts(language)[key] for key in ACCOUNT}


def handover_texts(language: str) -> dict[str, str]:
    """Return the texts that only sites have which share choices with other domains."""
    return {key: _texts(language)[key] for key in HANDOVER}


def tcf_texts(language: str) -> dict[str, str]:
    """Return the texts of both layers that only sites have which take part in IAB Europe's framework."""
    return {key: _texts(language)[key] for key in TCF}


def owner_texts(language: str, languages: dict[str, dict[str, str]]) -> dict[str, str]:
    """Return the owner's own texts that count in `language`, of those in all `languages` of a draft.

    One that a variety has no words for is that of its language: `fr` also speaks for `fr-CA`, never for another language.
    """
    return {**languages.get(language.partition("-")[0], {}), **languages.get(language, {})}


def untranslated(language: str, texts: DraftTexts) -> list[str]:
    """Return the keys that the owner has own words for in the default language and not in `language`, of a draft's texts."""
    languages = texts["languages"]
    own = owner_texts(language, languages)
    return [key for key in languages[texts["default_language"]] if key not in own]


def group_texts(language: str) -> dict[str, str]:
    """Return the names of the groups, and under `<group>_text` what each is for."""
    return {key: _texts(language)[key] for key in GROUPS}


def purpose_texts(language: str) -> dict[str, str]:
    """Return what each purpose code stands for, as a verb without a subject: `counts visitors and their visits`."""
    return {key.removeprefix("purpose_"): _texts(language)[key] for key in PURPOSES}


def receipt_texts(language: str) -> dict[str, str]:
    """Return the texts of the page of a visitor's own receipts."""
    return {key: _texts(language)[key] for key in RECEIPTS}


def declaration_texts(language: str) -> dict[str, str]:
    """Return the texts of the cookie declaration beside those of both layers."""
    return {key: _texts(language)[key] for key in DECLARATION}


def page_texts(language: str) -> dict[str, str]:
    """Return the texts that pages for visitors share: the link to requests, and the choice of a language."""
    return {key: _texts(language)[key] for key in ("rights", "rights_language")}


def request_texts(language: str) -> dict[str, str]:
    """Return the texts of the page of requests under privacy laws, and of its mails."""
    return {key: _texts(language)[key] for key in REQUESTS}


def all_texts(language: str) -> dict[str, str]:
    """Return every text that visitors can read, by its key."""
    return dict(_texts(language))


def duration(seconds: int | None, language: str) -> str:
    """Return how long something lives, in words: 0 is a session, None (not known) an empty string.

    A month is 30 days and a year 365; 34164000 is 13 months and not one year.
    """
    if seconds is None:
        return ""
    if seconds <= 0:
        return _texts(language)["session_lifetime"]
    unit = next(unit for unit, size in UNITS.items() if _is_near_round(seconds / size) or unit == "second")
    own = counted(round(seconds / UNITS[unit]), unit, language)
    # The threshold beyond any value makes Babel take the unit that we chose.
    return own or format_timedelta(
        timedelta(seconds=seconds), granularity=unit, threshold=1e12, locale=Locale.parse(language, sep="-")
    )


def _is_near_round(value: float) -> bool:
    return round(value) >= 1 and abs(value - round(value)) <= NEAR * value


@cache
def _texts(language: str) -> dict[str, str]:
    with catalogue_path(language).open("rb") as file:
        catalogue = read_po(file, locale=language.replace("-", "_"), abort_invalid=True)
    texts = {}
    for key, english in ENGLISH.items():
        message = catalogue.get(english, key)
        if message is None or not message.string or message.fuzzy:
            raise ValueError(f"{language}: the text {key} is not translated")
        texts[key] = str(message.string)
    return texts
