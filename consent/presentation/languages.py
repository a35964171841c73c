"""Languages of the banner, and content negotiation of the one for a visitor."""

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
"""The language that the texts are written in, and that all others are translated from."""
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
"""The language of a place whose law asks for it (Brazil: CDC art. 31; Quebec: Charter of the French Language, s. 52), or
where it is official (CLDR, territoryInfo) and hardly any site has it for its own."""
# The head of a catalogue says all that is known of its language: Babel would load a megabyte for each name.
HEAD = re.compile(
    r"# Texts of the banner: (?P<english>.+)\.\n(?:# .*\n)*?# X-Own-Name: (?P<name>.+)\n"
    r"(?:# X-Reviewed-By-Speaker: (?P<read>yes|no)\n)?"
    r"(?:# X-Reader: (?P<reader>.{1,100}), (?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})\n)?"
)
HEAD_BYTES = 1000
# Other names of a language, and the script of a place's Chinese or Serbian (CLDR, alias and likelySubtags). Pakistan writes
# Punjabi in Arabic letters (pa-Arab), which are not shipped: who reads them reads Urdu, and not the letters of India.
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
"""What speakers of a language read where it is not offered (CLDR, languageMatching): both are written in one country."""
# One range of an Accept-Language header with its weight (RFC 9110, 12.5.4).
RANGE = re.compile(
    r"([a-z]{1,8}(?:-[a-z0-9]{1,8}){0,4}|\*)(?:[ \t]*;[ \t]*q=([01](?:\.[0-9]{0,3})?))?", re.ASCII | re.IGNORECASE
)
MAX_HEADER, MAX_RANGES = 1000, 20
MAX_NAMED = 30
"""Beginnings of languages that a script names."""


@dataclass(frozen=True, slots=True)
class LanguageInfo:
    """A language: its own name, its English one, its direction (`ltr` or `rtl`), and whether a speaker read the texts.

    The source language counts as read. `reader` is who read them, on the ISO date `read_on`; empty where that is not known.
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
        """Return in a few English words how sure the texts are."""
        if self.language == SOURCE:
            return translatable("The original")
        if not self.reviewed:
            return translatable("Machine-made; no speaker has read them")
        if self.reader:
            return translatable(f"Read by {self.reader} on {self.read_on}")
        return translatable("Read by a speaker")


def languages() -> list[str]:
    """Return the codes (BCP 47: `de`, `zh-Hant`) of the languages that are shipped."""
    return list(_shipped())


@cache
def _shipped() -> tuple[str, ...]:
    return tuple(sorted(path.parent.parent.name.replace("_", "-") for path in FOLDER.glob("*/LC_MESSAGES/banner.po")))


def catalogue_path(language: str) -> Path:
    """Return the file of the texts in `language`; raises KeyError for one that is not shipped."""
    if language not in _shipped():
        raise KeyError(language)
    return FOLDER / language.replace("-", "_") / "LC_MESSAGES" / "banner.po"


@cache
def language_info(language: str) -> LanguageInfo:
    """Return what is known of a shipped language; raises KeyError for another."""
    with catalogue_path(language).open("rb") as file:
        head = HEAD.match(file.read(HEAD_BYTES).decode("utf-8", "ignore"))
    if head is None:
        raise ValueError(f"{language}: the head of the catalogue does not name the language")
    direction = "rtl" if unicodedata.bidirectional(head["name"][0]) in ("R", "AL") else "ltr"
    is_read = language == SOURCE or head["read"] == "yes"
    reader, day = (head["reader"] or "", head["day"] or "") if is_read else ("", "")
    return LanguageInfo(language, head["name"], head["english"], direction, is_read, reader, day)


def choose_language(
    requested: str | None, accepted: str | None, offered: Sequence[str], default: str, place: str = ""
) -> str:
    """Return which of the `offered` languages a visitor gets.

    First that of the page, a tag (`requested`); then what the Accept-Language header `accepted` asks for first; then the
    language of the `place` (ISO 3166: `BR`, `CA-QC`), where `HOME` names one; else `default`.

    Looks up as RFC 4647, 3.4 says, and gives a language's other variety where its own is not offered. What is no range is
    skipped, as is all beyond 20 ranges or 1000 characters.
    """
    home = HOME.get(place, "").lower()
    return _choose((requested or "")[:MAX_HEADER], (accepted or "")[:MAX_HEADER], tuple(offered), default, home)


class _Offered(NamedTuple):
    """Languages by their tags in small letters, and by what one begins with: itself, else the first of its kind."""

    exact: dict[str, str]
    beginnings: dict[str, str]


@lru_cache(256)
def _offered(languages: tuple[str, ...]) -> _Offered:
    """Return `languages` for looking up: so a header with many ranges does not search all for each."""
    exact = {language.lower(): language for language in languages}
    beginnings: dict[str, str] = {}
    for tag, language in exact.items():
        parts = tag.split("-")
        for length in range(1, len(parts)):
            beginnings.setdefault("-".join(parts[:length]), language)
    return _Offered(exact, beginnings | exact)


@lru_cache(4096)
def _choose(requested: str, accepted: str, offered: tuple[str, ...], default: str, home: str) -> str:
    return (
        _wanted(requested, offered, home)
        or _wanted(accepted, offered, home)
        or _lookup(home, _offered(offered))
        or default
    )


def _wanted(header: str, offered: tuple[str, ...], home: str) -> str | None:
    """Return the languages of `header` among the `offered`; the plain name of the language of `home` means its variety."""
    ranges = _ranges(header)
    barred = {name for name, weight in ranges if weight == 0}
    if barred:
        offered = tuple(language for language in offered if not barred & _beginnings_of(language.lower()))
    known = _offered(offered)
    for name, weight in sorted(ranges, key=lambda item: -item[1]):
        if name == "*" or weight == 0:
            return None
        match = _lookup(home if home.startswith(name + "-") else name, known)
        if match:
            return match
    return None


@lru_cache(256)
def _beginnings_of(tag: str) -> set[str]:
    """Return a tag and what it begins with: `zh-hant-hk`, `zh-hant`, `zh`."""
    parts = tag.split("-")
    return {"-".join(parts[:length]) for length in range(1, len(parts) + 1)}


def other_languages(language: str, offered: Sequence[str]) -> list[str]:
    """Return the beginnings of a page's `lang`, in small letters, that can mean another of the `offered` than `language`.

    Of a language's varieties each counts for itself: where `fr` and `fr-CA` are offered, `fr-BE` does not leave `fr`.
    """
    own = language.lower()
    beginnings = {_as_far_as_it_differs(tag.lower(), own) for tag in offered} - {own}
    beginnings |= {other for other, tag in NEAR.items() if tag in beginnings} - {own}
    named = {other for other, tag in ALIASES.items() if _is_begun(other, tag, beginnings) or _is_apart(other, tag, own)}
    return sorted(beginnings | named if len(offered) > 1 else beginnings)


@lru_cache(512)
def other_languages_pattern(language: str, offered: tuple[str, ...]) -> str:
    """Return a regular expression of what `other_languages` returns; of many, all but the names of `language` itself.

    It stands in each script. Where many are offered, hardly any page has a language that is not.
    """
    others = other_languages(language, offered)
    if len(others) <= MAX_NAMED:
        return "|".join(others)
    own = language.lower()
    first = own.partition("-")[0]
    names = [first, *(other for other, tag in ALIASES.items() if tag == own and "-" not in other)]
    varieties = [tag for tag in others if tag.partition("-")[0] == first]
    return "|".join([*varieties, rf"(?!({'|'.join(names)})\b).+"])


def _is_begun(other: str, tag: str, beginnings: set[str]) -> bool:
    """Return whether to tell `other`, a name of `tag`, beside `beginnings`: `sh` beside `sr`, not `zh-tw` beside `zh`."""
    first = tag.partition("-")[0]
    return tag in beginnings or (first in beginnings and other.partition("-")[0] != first)


def _is_apart(other: str, tag: str, own: str) -> bool:
    """Return whether `other` begins as the language `own` and is a name of another one: `pa-pk` beside `pa`."""
    first = own.partition("-")[0]
    return other.partition("-")[0] == first != tag.partition("-")[0] and other != first


def _as_far_as_it_differs(tag: str, own: str) -> str:
    first = tag.split("-")[0]
    return tag if first == own.split("-")[0] else first


def _ranges(header: str) -> list[tuple[str, float]]:
    matches = (RANGE.fullmatch(part.strip()) for part in header.split(",")[:MAX_RANGES])
    return [(_one_name(match[1].lower()), min(float(match[2] or 1), 1.0)) for match in matches if match]


def _one_name(name: str) -> str:
    """Return a range by the name that the languages have here: `zh-tw` is `zh-hant`, `no-no` is `nb`."""
    parts = name.split("-")
    if parts[0] == "zh" and parts[1:2] in (["hans"], ["hant"]):
        return name
    return next((ALIASES[tag] for tag in ("-".join(parts[:2]), parts[0]) if tag in ALIASES), name)


def _lookup(name: str, known: _Offered) -> str | None:
    """Return the offered language for `name`, cut from its end until one fits."""
    tag = name
    while tag:
        if tag in known.beginnings:
            return known.beginnings[tag]
        tag = tag.rpartition("-")[0]
    return known.exact.get(NEAR.get(name.partition("-")[0], ""))
