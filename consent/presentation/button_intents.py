"""Classify a button label as accept or reject by keywords of its language."""

import csv
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FILE = Path(__file__).parent.parent / "data" / "answer-words.csv"
WITHOUT_SPACES = ("ja", "ko", "th", "zh-Hans", "zh-Hant")
"""Languages written without spaces between words."""
APART = re.compile(r"[\s!-/:-@\[-`{-~\u00a1-\u00bf\u060c\u061b\u061f\u2010-\u205e\u3001-\u3011\uff01-\uff0f]+")
"""Word separators."""
INVISIBLE = re.compile("[\u00ad\u115f\u1160\u200b-\u200f\u2060-\u2064\u3164\ufe0f\ufeff\uffa0]")


@dataclass(frozen=True, slots=True)
class Words:
    """Patterns of a language: prefixes of words that accept, refuse or mean necessary, and whole words that negate.

    A trailing space makes a prefix a whole word, since Persian's word for tracking starts with a word that refuses.
    """

    accepts: re.Pattern[str]
    refuses: re.Pattern[str]
    denies: re.Pattern[str]
    needed: re.Pattern[str]


def has_visible_text(text: str) -> bool:
    """Return whether `text` has a visible letter or digit."""
    return any(sign.isalnum() for sign in INVISIBLE.sub("", text))


def accepts(label: str, language: str) -> bool:
    """Return whether `label` in `language` means acceptance, without any refusal, negation or limit."""
    known, text = _words(language), _plain(label)
    return bool(known.accepts.search(text)) and not (
        known.refuses.search(text) or known.denies.search(text) or known.needed.search(text)
    )


def refuses(label: str, language: str) -> bool:
    """Return whether `label` in `language` means refusal: a single negation, or only what is necessary."""
    known, text = _words(language), _plain(label)
    remainder = known.refuses.sub(" ", text)
    is_refused, is_accepted, is_denied = (
        remainder != text,
        known.accepts.search(remainder),
        known.denies.search(remainder),
    )
    if is_accepted:
        return bool(is_denied) and not is_refused
    return not is_denied and (is_refused or bool(known.needed.search(remainder)))


def _plain(label: str) -> str:
    """Return the case-folded words of `label`, separated and surrounded by spaces."""
    text = INVISIBLE.sub("", label).casefold().replace("\u0307", "")
    return f" {APART.sub(' ', text).strip()} "


def _words(language: str) -> Words:
    known = _all_words()
    return known.get(language) or known[language.partition("-")[0]]


@cache
def _all_words() -> dict[str, Words]:
    with FILE.open(encoding="utf-8", newline="") as file:
        return {row["language"]: _words_of(row) for row in csv.DictReader(file)}


def _words_of(row: dict[str, str]) -> Words:
    before, to_end, after = ("", "", "") if row["language"] in WITHOUT_SPACES else ("(?<= )", "[^ ]*", "(?= )")
    accepting, refusing, denying, necessary = (
        _alternation(row[name]) for name in ("accepts", "refuses", "denies", "needed")
    )
    return Words(
        re.compile(before + accepting + to_end),
        re.compile(before + refusing + to_end),
        re.compile(before + denying + after),
        re.compile(before + necessary + to_end),
    )


def _alternation(words: str) -> str:
    return f"(?:{'|'.join(sorted((_prefix_pattern(word.casefold()) for word in words.split(';')), key=len, reverse=True))})"


def _prefix_pattern(word: str) -> str:
    return re.escape(word.rstrip()) + ("(?= )" if word.endswith(" ") else "")
