"""Words of names and of domains by what they hint at: a hint to the model, never an answer by itself."""

import csv
from collections.abc import Collection, Iterator, Sequence
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path

FILE = Path(__file__).parent.parent / "data" / "name-topics.csv"
LONGEST = 20
SHORTEST_IN_NAME = 4
"""Signs that a known word within a longer one has at least: `pagecounter` is page and counter, `shadow` holds no ad."""


def name_topics(words: Sequence[str]) -> Iterator[str]:
    """Yield a feature for each known word in the `words` of a name, also of two, and for each topic that it hints at."""
    known = _words("name")
    found = [part for word in words for part in ([word] if word in known else _within(word, "name", SHORTEST_IN_NAME))]
    for word in found:
        yield "k:" + word
        for topic in known[word]:
            yield "t:" + topic
    if found:
        for topic in known[found[0]]:
            yield "t:first " + topic
        for topic in known[found[-1]]:
            yield "t:last " + topic
    for word in _joined(words, known):
        yield "k:" + word
        for topic in known[word]:
            yield from ("t:" + topic, "tt:" + topic)
    letters = sum(len(word) for word in words if not word.isdigit())
    yield f"t:known {4 * sum(map(len, found)) // max(letters, 1)}"


def _joined(words: Sequence[str], known: Collection[str]) -> list[str]:
    """Return the known words that two in a row make: `opt-out` is optout, which neither opt nor out tells."""
    pairs = (before + after for before, after in pairwise(words))
    return [pair for pair in pairs if pair in known]


def domain_topics(label: str, below: Sequence[str]) -> Iterator[str]:
    """Yield a feature for each topic that the owned `label` of a domain, or the names below it, hint at."""
    known = _words("domain")
    for word in _within(label, "domain", 2 if len(label) < 6 else 3):
        yield from ("dt:" + topic for topic in known[word])
    for name in below:
        for word in _within(name, "domain", 2):
            yield from ("st:" + topic for topic in known[word])


@lru_cache(maxsize=4096)
def _within(text: str, part: str, shortest: int) -> tuple[str, ...]:
    """Return the known words of `shortest` signs and more in `text` from left to right, the longest at each place."""
    heads = _heads(part, shortest)
    found, start = [], 0
    while start <= len(text) - shortest:
        words = heads.get(text[start : start + shortest], ())
        word = next((word for word in words if text.startswith(word, start)), "") if words else ""
        if word:
            found.append(word)
        start += len(word) or 1
    return tuple(found)


@cache
def _words(part: str) -> dict[str, tuple[str, ...]]:
    """Return the topics of each word of a `part` of the file, `name` or `domain`."""
    topics: dict[str, list[str]] = {}
    with FILE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            for word in row["words"].split() if row["part"] == part else ():
                topics.setdefault(word, []).append(row["topic"])
    return {word: tuple(found) for word, found in topics.items()}


@cache
def _heads(part: str, length: int) -> dict[str, list[str]]:
    """Return the words of a `part` by their first `length` signs, the longest first: most places begin none of them."""
    heads: dict[str, list[str]] = {}
    for word in sorted(_words(part), key=len, reverse=True):
        if length <= len(word) <= LONGEST:
            heads.setdefault(word[:length], []).append(word)
    return heads
