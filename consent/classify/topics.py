"""Words of names and of domains by what they hint at: a hint to the model, never an answer by itself."""

import csv
from collections.abc import Collection, Iterator, Sequence
from functools import cache
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
        yield from ("t:" + topic for topic in known[word])
    if found:
        yield from ("t:first " + topic for topic in known[found[0]])
        yield from ("t:last " + topic for topic in known[found[-1]])
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


def _within(text: str, part: str, shortest: int) -> list[str]:
    """Return the known words of `shortest` signs and more in `text` from left to right, the longest at each place."""
    known, heads = _words(part), _heads(part, shortest)
    found, start = [], 0
    while start <= len(text) - shortest:
        if text[start : start + shortest] not in heads:
            start += 1
            continue
        ends = range(min(start + LONGEST, len(text)), start + shortest - 1, -1)
        word = next((text[start:end] for end in ends if text[start:end] in known), "")
        found += [word] if word else []
        start += len(word) or 1
    return found


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
def _heads(part: str, length: int) -> frozenset[str]:
    """Return the first `length` signs of each word of a `part`: most places of a name begin none of them."""
    return frozenset(word[:length] for word in _words(part) if len(word) >= length)
