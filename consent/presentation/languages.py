"""Languages of the banner, and content negotiation to choose a visitor's."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

from consent.core.translatable import translatable

FOLDER = Path(__file__).parent.parent / "translations" / "banner"
SOURCE = "en"
"""The language that the texts are written in, and translated from."""
HOME = {
    "BR": "pt-BR",
    "CA-QC": "fr-CA",
    **dict.fromkeys(("BY", "KG", "KZ", "RU"), "ru"),
    **dict.fromkeys(("AF", "IR"), "fa"),
    **dict.fromkeys(("AL", "XK"), "sq"),
    **dict.fromkeys(("BN", "MY"), "ms"),
    "AD": "ca",
    "BA": "bs",
    "BD": "bn",
    "ID": "id",
    "ME": "sr-Latn",
    "MK": "mk",
    "PH": "fil",
    "PK": "ur",
    "RS": "sr",
    "TH": "th",
    "UA": "uk",
    "VN": "vi",
}
"""The language that a place's law requires (Brazil: CDC art. 31; Quebec: Charter of the French Language, s. 52), or
that is official there (CLDR, territoryInfo) and that hardly any site has as its default."""
# A catalog's header has all facts about its language, since Babel would load a megabyte for each name.
HEAD = re.compile(
    r"# Texts of the banner: (?P<english>.+)\.\n(?:# .*\n)*?# X-Own-Name: (?P<name>.+)\n"
    r"(?:# X-Reviewed-By-Speaker: (?P<read>yes|no)\n)?"
    r"(?:# X-Reader: (?P<reader>.{1,100}), (?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})\n)?"
)
HEAD_BYTES = 1000
# Other names of a language, and a place's script for Chinese or Serbian (CLDR, alias and likelySubtags). Punjabi in
# Pakistan uses Arabic script (pa-Arab), which isn't shipped: its readers know Urdu, but not the script used in India.
ALIASES = {
    "no": "nb",
    "iw": "he",
    "prs": "fa",
    "in": "id",
    "tl": "fil",
    "sh": "sr-latn",
    "cnr": "sr-latn",
    "sr-me": "sr-latn",
    "pa-arab": "ur",
    "pa-pk": "ur",
    "zh": "zh-hans",
    "zh-tw": "zh-hant",
    "zh-hk": "zh-hant",
    "zh-mo": "zh-hant",
}
NEAR = {"nn": "nb", "nb": "nn", "bs": "hr", "hr": "bs"}
"""What speakers of a language get if it isn't offered (CLDR, languageMatching); both are used in one country."""
# A language range of an Accept-Language header with its weight (RFC 9110, 12.5.4).
RANGE = re.compile(
    r"([a-z]{1,8}(?:-[a-z0-9]{1,8}){0,4}|\*)(?:[ \t]*;[ \t]*q=([01](?:\.[0-9]{0,3})?))?", re.ASCII | re.IGNORECASE
)
MAX_HEADER, MAX_RANGES = 1000, 20
MAX_NAMED = 30
"""How many language prefixes a script lists."""


@dataclass(frozen=True, slots=True)
class LanguageInfo:
    """A language: own name, English name, direction (`ltr` or `rtl`), and whether a speaker reviewed the texts.

    The source language counts as reviewed. `reader` reviewed them on the ISO date `read_on`; both are empty if unknown.
    """

    language: str
    name: str
    english_name: str
    direction: str
    reviewed: bool
    reader: str = ""
    read_on: str = ""

    @property
    def state(self) -> str:
        """Return the review state of the texts in a few English words."""
        if self.language == SOURCE:
            return translatable("The original")
        if not self.reviewed:
            return translatable("Machine-made; no speaker has read them")
        if self.reader:
            return translatable(f"Read by {self.reader} on {self.read_on}")
        return translatable("Read by a speaker")


def languages() -> list[str]:
    """Return the tags (BCP 47: `de`, `zh-Hant`) of the shipped languages."""
    return list(_shipped())


@cache
def _shipped() -> tuple[str, ...]:
    return tuple(sorted(path.parent.parent.name.replace("_", "-") for path in FOLDER.glob("*/LC_MESSAGES/banner.po")))


def catalog_path(language: str) -> Path:
    """Return the catalog file of `language`; raises KeyError if it isn't shipped."""
    if language not in _shipped():
        raise KeyError(language)
    return FOLDER / language.replace("-", "_") / "LC_MESSAGES" / "banner.po"


@cache
def language_info(language: str) -> LanguageInfo:
    """Return the facts about a shipped language; raises KeyError for any other."""
    with catalog_path(language).open("rb") as file:
        head = HEAD.match(file.read(HEAD_BYTES).decode("utf-8", "ignore"))
    if head is None:
        raise ValueError(f"{language}: the head of the catalog does not name the language")
    direction = "rtl" if unicodedata.bidirectional(head["name"][0]) in ("R", "AL") else "ltr"
    is_read = language == SOURCE or head["read"] == "yes"
    reader, day = (head["reader"] or "", head["day"] or "") if is_read else ("", "")
    return LanguageInfo(language, head["name"], head["english"], direction, is_read, reader, day)


def choose_language(
    requested: str | None, accepted: str | None, offered: Sequence[str], default: str, place: str = ""
) -> str:
    """Return which of the `offered` languages a visitor gets.

    The page's language tag (`requested`) comes first, then the preferences in the Accept-Language header `accepted`,
    then the language of the `place` (ISO 3166: `BR`, `CA-QC`) in `HOME`, then `default`.

    Follows the lookup of RFC 4647, 3.4, and falls back to another variety of a language if its own isn't offered. Skips
    invalid ranges, and anything beyond 20 ranges or 1000 characters.
    """
    home = HOME.get(place, "").lower()
    return _choose((requested or "")[:MAX_HEADER], (accepted or "")[:MAX_HEADER], tuple(offered), default, home)


class _Offered(NamedTuple):
    """Languages by lowercase tag, and by tag prefix: the language with that tag, else the first with that prefix."""

    exact: dict[str, str]
    prefixes: dict[str, str]


@lru_cache(256)
def _offered(languages: tuple[str, ...]) -> _Offered:
    """Return a lookup index of `languages`, so that a header with many ranges doesn't scan all of them for each."""
    exact = {language.lower(): language for language in languages}
    prefixes: dict[str, str] = {}
    for tag, language in exact.items():
        parts = tag.split("-")
        for length in range(1, len(parts)):
            prefixes.setdefault("-".join(parts[:length]), language)
    return _Offered(exact, prefixes | exact)


@lru_cache(4096)
def _choose(requested: str, accepted: str, offered: tuple[str, ...], default: str, home: str) -> str:
    return (
        _preferred(requested, offered, home)
        or _preferred(accepted, offered, home)
        or _lookup(home, _offered(offered))
        or default
    )


def _preferred(header: str, offered: tuple[str, ...], home: str) -> str | None:
    """Return the `offered` language that `header` prefers, or None; `pt` means `pt-BR` where that is `home`."""
    ranges = _ranges(header)
    barred = {name for name, weight in ranges if weight == 0}
    if barred:
        offered = tuple(language for language in offered if not barred & _prefixes_of(language.lower()))
    known = _offered(offered)
    for name, weight in sorted(ranges, key=lambda item: -item[1]):
        if name == "*" or weight == 0:
            return None
        match = _lookup(home if home.startswith(name + "-") else name, known)
        if match:
            return match
    return None


@lru_cache(256)
def _prefixes_of(tag: str) -> set[str]:
    """Return a tag and its prefixes: `zh-hant-hk`, `zh-hant`, `zh`."""
    parts = tag.split("-")
    return {"-".join(parts[:length]) for length in range(1, len(parts) + 1)}


def other_languages(language: str, offered: Sequence[str]) -> list[str]:
    """Return the lowercase prefixes of a page's `lang` that can select one of `offered` other than `language`.

    Varieties of a language count separately: if `fr` and `fr-CA` are offered, `fr-BE` still selects `fr`.
    """
    own = language.lower()
    prefixes = {_distinguishing_prefix(tag.lower(), own) for tag in offered} - {own}
    prefixes |= {other for other, tag in NEAR.items() if tag in prefixes} - {own}
    named = {
        other
        for other, tag in ALIASES.items()
        if _is_missing(other, tag, prefixes) or _is_other_language(other, tag, own)
    }
    return sorted(prefixes | named if len(offered) > 1 else prefixes)


@lru_cache(512)
def other_languages_pattern(language: str, offered: tuple[str, ...]) -> str:
    """Return a regex for the result of `other_languages`, or if that is long, for everything but `language` itself.

    Each script contains it. If many languages are offered, hardly any page is in one that isn't.
    """
    others = other_languages(language, offered)
    if len(others) <= MAX_NAMED:
        return "|".join(others)
    own = language.lower()
    first = own.partition("-")[0]
    names = [first, *(other for other, tag in ALIASES.items() if tag == own and "-" not in other)]
    varieties = [tag for tag in others if tag.partition("-")[0] == first]
    return "|".join([*varieties, rf"(?!({'|'.join(names)})\b).+"])


def _is_missing(other: str, tag: str, prefixes: set[str]) -> bool:
    """Return whether `prefixes` miss alias `other` of `tag`: `sr` doesn't cover `sh`, but `zh` covers `zh-tw`."""
    first = tag.partition("-")[0]
    return tag in prefixes or (first in prefixes and other.partition("-")[0] != first)


def _is_other_language(other: str, tag: str, own: str) -> bool:
    """Return whether alias `other` starts like `own` but means another language: `pa-pk` if `own` is `pa`."""
    first = own.partition("-")[0]
    return other.partition("-")[0] == first != tag.partition("-")[0] and other != first


def _distinguishing_prefix(tag: str, own: str) -> str:
    first = tag.split("-")[0]
    return tag if first == own.split("-")[0] else first


def _ranges(header: str) -> list[tuple[str, float]]:
    matches = (RANGE.fullmatch(part.strip()) for part in header.split(",")[:MAX_RANGES])
    return [(_canonical(match[1].lower()), min(float(match[2] or 1), 1.0)) for match in matches if match]


def _canonical(name: str) -> str:
    """Return a range with its alias resolved: `zh-tw` becomes `zh-hant`, `no-no` becomes `nb`."""
    parts = name.split("-")
    if parts[0] == "zh" and parts[1:2] in (["hans"], ["hant"]):
        return name
    return next((ALIASES[tag] for tag in ("-".join(parts[:2]), parts[0]) if tag in ALIASES), name)


def _lookup(name: str, known: _Offered) -> str | None:
    """Return the offered language for `name`, truncated subtag by subtag until one matches."""
    tag = name
    while tag:
        if tag in known.prefixes:
            return known.prefixes[tag]
        tag = tag.rpartition("-")[0]
    return known.exact.get(NEAR.get(name.partition("-")[0], ""))
