"""Classify a button label as accept or reject by the words of its language."""

import csv
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FILE = Path(__file__).parent.parent / "data" / "answer-words.csv"
WITHOUT_SPACES = ("ja", "ko", "th", "zh-Hans", "zh-Hant")
"""Languages in which a word may begin and end anywhere in a text."""
APART = re.compile(r"[\s!-/:-@\[-`{-~\u00a1-\u00bf\u060c\u061b\u061f\u2010-\u205e\u3001-\u3011\uff01-\uff0f]+")
"""What stands between words."""
INVISIBLE = re.compile("[\u00ad\u115f\u1160\u200b-\u200f\u2060-\u2064\u3164\ufe0f\ufeff\uffa0]")


@dataclass(frozen=True, slots=True)
class Words:
    """How words of a language begin that accept and refuse, whole ones that deny, and beginnings of what is necessary.

    A word with a blank at its end is whole: Persian refuses with what its word for tracking begins with.
    """

    accepts: re.Pattern[str]
    refuses: re.Pattern[str]
    denies: re.Pattern[str]
    needed: re.Pattern[str]


def says_something(text: str) -> bool:
    """Return whether `text` has a letter or digit that can be seen."""
    return any(sign.isalnum() for sign in INVISIBLE.sub("", text))


def accepts(label: str, language: str) -> bool:
    """Return whether `label` in `language` means acceptance, and nothing against or short of that."""
    known, text = _words(language), _plain(label)
    return bool(known.accepts.search(text)) and not (
        known.refuses.search(text) or known.denies.search(text) or known.needed.search(text)
    )


def refuses(label: str, language: str) -> bool:
    """Return whether `label` refuses, in `language`: by one denial alone, or by what is necessary and no more."""
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
    """Return the words of `label` in small letters, each between blanks."""
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
        _any_of(row[name]) for name in ("accepts", "refuses", "denies", "needed")
    )
    return Words(
        re.compile(before + accepting + to_end),
        re.compile(before + refusing + to_end),
        re.compile(before + denying + after),
        re.compile(before + necessary + to_end),
    )


def _any_of(words: str) -> str:
    return f"(?:{'|'.join(sorted((_beginning(word.casefold()) for word in words.split(';')), key=len, reverse=True))})"


def _beginning(word: str) -> str:
    return re.escape(word.rstrip()) + ("(?= )" if word.endswith(" ") else "")
