"""Topics hinted at by keywords in names and domains, as features of the model, never as an answer."""

import csv
from collections.abc import Collection, Sequence
from functools import cache
from itertools import chain, pairwise
from pathlib import Path
from typing import NamedTuple

FILE = Path(__file__).parent.parent / "data" / "name-topics.csv"
MAX_WORD_LENGTH = 20
MIN_INNER_WORD_LENGTH = 4
"""Signs that a known word within a longer one has at least: `pagecounter` is page and counter, `shadow` holds no ad."""


class Hints(NamedTuple):
    """What a known word of a name or a domain hints at, as features: in any place, as the first, last, or joined one."""

    topics: tuple[str, ...]
    anywhere: tuple[str, ...]
    first: tuple[str, ...]
    last: tuple[str, ...]
    joined: tuple[str, ...]


def name_topics(words: Sequence[str]) -> list[str]:
    """Return a feature for each known word in the `words` of a name, also of two, and for each topic that it hints at."""
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


def hinted_at(words: Sequence[str]) -> set[str]:
    """Return the topics that the known words among or within the `words` of a name hint at."""
    known = _words("name")
    return {topic for word in _known_in(words) for topic in known[word].topics}


def _known_in(words: Sequence[str]) -> list[str]:
    known, known_words = _words("name"), list[str]()
    for word in words:
        if word in known:
            known_words.append(word)
        elif len(word) > MIN_INNER_WORD_LENGTH:
            known_words += _within(word, "name", MIN_INNER_WORD_LENGTH)
    return known_words


def _joined(words: Sequence[str], known: Collection[str]) -> list[str]:
    """Return the known words that two in a row form: `opt-out` is optout, which neither opt nor out hints at."""
    pairs = (before + after for before, after in pairwise(words))
    return [pair for pair in pairs if pair in known]


def domain_topics(label: str, below: Sequence[str]) -> list[str]:
    """Return a feature for each topic that the owned `label` of a domain, or the names below it, hint at."""
    known = _words("domain")
    of_label = _within(label, "domain", 2 if len(label) < 6 else 3)
    of_below = [word for name in below for word in _within(name, "domain", 2)]
    features = ["dt:" + topic for word in of_label for topic in known[word].topics]
    return features + ["st:" + topic for word in of_below for topic in known[word].topics]


def _within(text: str, part: str, shortest: int) -> tuple[str, ...]:
    """Return the known words of `shortest` signs and more in `text` from left to right, the longest at each place."""
    heads = _heads(part, shortest)
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
    """Return what each word of a `part` of the file, `name` or `domain`, hints at."""
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
def _heads(part: str, length: int) -> dict[str, list[str]]:
    """Return the words of a `part` by their first `length` signs, the longest first: most places begin none of them."""
    heads: dict[str, list[str]] = {}
    for word in sorted(_words(part), key=len, reverse=True):
        if length <= len(word) <= MAX_WORD_LENGTH:
            heads.setdefault(word[:length], []).append(word)
    return heads
