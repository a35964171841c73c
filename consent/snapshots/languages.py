"""The languages that the banner speaks, and which of them a visitor gets."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from babel import Locale

FOLDER = Path(__file__).parent.parent / "translations" / "banner"
REVIEWED = re.compile(r"^# X-Reviewed-By-Speaker: yes$", re.MULTILINE)
# One range of an Accept-Language header with its weight (RFC 9110, 12.5.4).
RANGE = re.compile(
    r"([a-z]{1,8}(?:-[a-z0-9]{1,8}){0,4}|\*)(?:[ \t]*;[ \t]*q=([01](?:\.[0-9]{0,3})?))?", re.ASCII | re.IGNORECASE
)
MAX_HEADER, MAX_RANGES = 1000, 20


@dataclass(frozen=True, slots=True)
class LanguageInfo:
    """A language: its own name, its English one, its direction (`ltr` or `rtl`), and whether a speaker read the texts."""

    language: str
    name: str
    english_name: str
    direction: str
    reviewed: bool


def languages() -> list[str]:
    """Return the codes of the languages that are shipped."""
    return list(_shipped())


@cache
def _shipped() -> tuple[str, ...]:
    return tuple(sorted(path.parent.parent.name for path in FOLDER.glob("*/LC_MESSAGES/banner.po")))


def catalogue_path(language: str) -> Path:
    """Return the file of the texts in `language`; raises KeyError for one that is not shipped."""
    if language not in _shipped():
        raise KeyError(language)
    return FOLDER / language / "LC_MESSAGES" / "banner.po"


@cache
def language_info(language: str) -> LanguageInfo:
    """Return what is known of a shipped language; raises KeyError for another."""
    reviewed = REVIEWED.search(catalogue_path(language).read_text("utf-8")) is not None
    locale = Locale.parse(language, sep="-")
    return LanguageInfo(
        language, locale.get_language_name() or "", locale.english_name or "", locale.text_direction, reviewed
    )


def choose_language(wanted: str | None, offered: Sequence[str], default: str) -> str:
    """Return which of the `offered` languages the Accept-Language header `wanted` asks for first, else `default`.

    Looks up as RFC 4647, 3.4 says, and gives a language's other variety where its own is not offered. What is no range is
    skipped, as is all beyond 20 ranges or 1000 characters.
    """
    return _choose((wanted or "")[:MAX_HEADER], tuple(offered), default)


@lru_cache(4096)
def _choose(header: str, offered: tuple[str, ...], default: str) -> str:
    known = {language.lower(): language for language in offered}
    ranges = _ranges(header)
    refused = [name for name, weight in ranges if weight == 0]
    for name in refused:
        known = {tag: language for tag, language in known.items() if tag != name and not tag.startswith(name + "-")}
    for name, weight in sorted(ranges, key=lambda item: -item[1]):
        if name == "*" or weight == 0:
            break
        found = _look_up(name, known)
        if found:
            return found
    return default


def _ranges(header: str) -> list[tuple[str, float]]:
    matches = (RANGE.fullmatch(part.strip()) for part in header.split(",")[:MAX_RANGES])
    return [(match[1].lower(), min(float(match[2] or 1), 1.0)) for match in matches if match]


def _look_up(name: str, known: dict[str, str]) -> str | None:
    """Return the offered language for `name`, cut from its end until one fits."""
    parts = name.split("-")
    while parts:
        tag = "-".join(parts)
        if tag in known:
            return known[tag]
        for other, language in known.items():
            if other.startswith(tag + "-"):
                return language
        parts.pop()
    return None
