"""Topics suggested by keywords in names and domains, used as model features and never as answers."""

import csv
from collections.abc import Collection, Sequence
from functools import cache
from itertools import chain, pairwise
from pathlib import Path
from typing import NamedTuple

FILE = Path(__file__).parent.parent / "data" / "name-topics.csv"
MAX_WORD_LENGTH = 20
MIN_INNER_WORD_LENGTH = 4
"""Minimum length of a known word within a longer one: `pagecounter` is page and counter; `shadow` has no ad."""


class Hints(NamedTuple):
    """The features of a known word in a name or a domain: anywhere, as the first, the last, or a joined word."""

    topics: tuple[str, ...]
    anywhere: tuple[str, ...]
    first: tuple[str, ...]
    last: tuple[str, ...]
    joined: tuple[str, ...]


def name_topics(words: Sequence[str]) -> list[str]:
    """Return a feature for each known word in the `words` of a name, including joined pairs, and for each topic."""
    known, matches, features = _words("name"), _known_in(words), list[str]()
    for word in matches:
        features += known[word].anywhere
    if matches:
        features += known[matches[0]].first
        features += known[matches[-1]].last
    for word in _joined(words, known):
        features += known[word].joined
    letters = sum([len(word) for word in words if not word.isdigit()])
    features.append(f"t:known {4 * sum(map(len, matches)) // max(letters, 1)}")
    return features


def hinted_topics(words: Sequence[str]) -> set[str]:
    """Return the topics of the known words among or within the `words` of a name."""
    known = _words("name")
    return {topic for word in _known_in(words) for topic in known[word].topics}


def _known_in(words: Sequence[str]) -> list[str]:
    known, known_words = _words("name"), list[str]()
    for word in words:
        if word in known:
            known_words.append(word)
        elif len(word) > MIN_INNER_WORD_LENGTH:
            known_words += _words_within(word, "name", MIN_INNER_WORD_LENGTH)
    return known_words


def _joined(words: Sequence[str], known: Collection[str]) -> list[str]:
    """Return the known words formed by two adjacent words: `opt-out` is optout, which neither opt nor out suggests."""
    pairs = (before + after for before, after in pairwise(words))
    return [pair for pair in pairs if pair in known]


def domain_topics(label: str, below: Sequence[str]) -> list[str]:
    """Return a feature for each topic suggested by a domain's registrable `label` or the subdomains in `below`."""
    known = _words("domain")
    of_label = _words_within(label, "domain", 2 if len(label) < 6 else 3)
    of_below = [word for name in below for word in _words_within(name, "domain", 2)]
    features = ["dt:" + topic for word in of_label for topic in known[word].topics]
    return features + ["st:" + topic for word in of_below for topic in known[word].topics]


def _words_within(text: str, part: str, shortest: int) -> tuple[str, ...]:
    """Return the known words in `text` with at least `shortest` characters, left to right, longest match first."""
    heads = _words_by_head(part, shortest)
    if heads.keys().isdisjoint([text[start : start + shortest] for start in range(len(text) - shortest + 1)]):
        return ()
    matched, start = [], 0
    while start <= len(text) - shortest:
        words = heads.get(text[start : start + shortest], ())
        word = next((word for word in words if text.startswith(word, start)), "") if words else ""
        if word:
            matched.append(word)
        start += len(word) or 1
    return tuple(matched)


@cache
def _words(part: str) -> dict[str, Hints]:
    """Return the hints of each word in a `part` of the file, `name` or `domain`."""
    topics: dict[str, list[str]] = {}
    with FILE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            for word in row["words"].split() if row["part"] == part else ():
                topics.setdefault(word, []).append(row["topic"])
    return {word: _hints(word, topics_of) for word, topics_of in topics.items()}


def _hints(word: str, topics: Sequence[str]) -> Hints:
    features, both = ["t:" + topic for topic in topics], [[f"t:{topic}", f"tt:{topic}"] for topic in topics]
    first, last = ["t:first " + topic for topic in topics], ["t:last " + topic for topic in topics]
    known = "k:" + word
    return Hints(tuple(topics), (known, *features), tuple(first), tuple(last), (known, *chain.from_iterable(both)))


@cache
def _words_by_head(part: str, length: int) -> dict[str, list[str]]:
    """Return the words of a `part` by their first `length` characters, longest first; most positions match none."""
    heads: dict[str, list[str]] = {}
    for word in sorted(_words(part), key=len, reverse=True):
        if length <= len(word) <= MAX_WORD_LENGTH:
            heads.setdefault(word[:length], []).append(word)
    return heads
