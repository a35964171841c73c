"""Features of the cookie model: n-grams of name and domain, shape of the value, and lifetime."""

import re
from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from operator import add
from typing import Generic, TypeVar

from consent.classifier.keyword_topics import domain_topics, name_topics
from consent.classifier.name_index import words_of
from consent.classifier.observation import Sighting
from consent.classifier.registrable_domain import owned_domain
from consent.core.days import DAY_SECONDS, HOUR_SECONDS


def all_pieces(sizes: range, kind: str = "") -> Callable[[str], list[str]]:
    """Return a function that returns all n-grams of a text of each size, possibly repeated, each prefixed with `kind`.

    The n-grams are ordered by size, then by position. Each size extends the one before by a character, which is three
    times as fast as slicing.
    """

    def pieces(text: str) -> list[str]:
        grown, spans = [kind + sign for sign in text], []
        for size in range(1, sizes.stop):
            if size in sizes:
                spans += grown
            grown = [*map(add, grown, text[size:])]
        return spans

    return pieces


def known_pieces(known: Mapping[str, int], sizes: range, kind: str = "") -> Callable[[str], list[int]]:
    """Return a function that returns the numbers of a text's `known` n-grams, in the same order, and skips all others.

    It reads a text once, byte by byte (Aho-Corasick). A state is the longest suffix read so far that starts a known
    n-gram. For each state, a table gives the next state for each byte and the n-grams that end there.
    """
    of_size = {piece: len(piece) - len(kind) for piece in known if piece.startswith(kind)}
    whole = {_bytes(piece[len(kind) :]): known[piece] for piece, size in of_size.items() if size in sizes}
    beginnings = [b"", *sorted({piece[:size] for piece in whole for size in range(1, len(piece) + 1)}, key=len)]
    numbers = {beginning: number for number, beginning in enumerate(beginnings)}
    places = {sign: place for place, sign in enumerate(sorted({*b"".join(whole)}), start=1)}
    longer: list[list[tuple[int, int]]] = [[] for _ in beginnings]
    for beginning in beginnings[1:]:
        longer[numbers[beginning[:-1]]].append((places[beginning[-1]], numbers[beginning]))
    width, number_type = len(places) + 1, "H" if len(beginnings) < 1 << 16 else "I"  # small tables fit in the CPU cache
    table, ends = array(number_type), list[tuple[int, ...]]()
    for beginning, steps in zip(beginnings, longer, strict=True):
        suffixes = (beginning[start:] for start in range(1, len(beginning) + 1))
        longest = next((numbers[longest] for longest in suffixes if longest in numbers), 0)
        row = table[longest * width : (longest + 1) * width] or array(number_type, [0] * width)
        for place, number in steps:
            row[place] = number
        table += row
        own = (whole[beginning],) if beginning in whole else ()
        ends.append(own + ends[longest] if beginning else ())
    place_of = bytes(places.get(sign, 0) for sign in range(256))
    size_of = [0] * (1 + max(known.values(), default=0))
    for piece, size in of_size.items():
        size_of[known[piece]] = size

    def pieces(text: str) -> list[int]:
        at, numbers = 0, list[int]()
        for place in _bytes(text).translate(place_of):
            at = table[at * width + place]
            numbers += ends[at]
        return sorted(numbers, key=size_of.__getitem__)

    return pieces


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


RUN = re.compile(r"[0-9a-f]{8}(?:-?[0-9a-f]{4}){2,}|[0-9a-f]{16,}|[0-9]{5,}")
MAX_LENGTH = 60
LIVES = (
    (0, "visit"),
    (HOUR_SECONDS, "hour"),
    (DAY_SECONDS, "day"),
    (7 * DAY_SECONDS, "week"),
    (31 * DAY_SECONDS, "month"),
    (190 * DAY_SECONDS, "half"),
    (370 * DAY_SECONDS, "year"),
    (400 * DAY_SECONDS, "13 months"),
    (750 * DAY_SECONDS, "two years"),
)
"""Maximum lifetime of each class, in seconds."""
FORMS = (
    ("empty", re.compile(r"")),
    ("flag", re.compile(r"[01]|true|false|yes|no|on|off", re.IGNORECASE)),
    ("small number", re.compile(r"-?[0-9]{1,5}")),
    ("seconds", re.compile(r"1[0-9]{9}")),
    ("milliseconds", re.compile(r"1[0-9]{12}")),
    ("number", re.compile(r"-?[0-9]+(\.[0-9]+)?")),
    ("uuid", re.compile(r"\{?[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}\}?", re.IGNORECASE)),
    ("hex", re.compile(r"[0-9a-f]{12,}", re.IGNORECASE)),
    ("language", re.compile(r"[a-z]{2}([-_][A-Z]{2})?")),
    ("date", re.compile(r"20[0-9]{2}-[01][0-9].*")),
    ("structure", re.compile(r"(%7B|\{|%5B|\[).*", re.IGNORECASE | re.DOTALL)),
    ("address", re.compile(r"https?(:|%3A)//.*", re.IGNORECASE)),
    ("pairs", re.compile(r"[^=&]{1,40}(=|%3D)[^&]*(&|%26|\|).*", re.DOTALL)),
    ("word", re.compile(r"[A-Za-z_-]{1,20}")),
    ("dotted numbers", re.compile(r"[A-Z0-9]*(\.?[0-9]+){3,}")),
    ("code", re.compile(r"[A-Za-z0-9_+/=%.-]{20,}")),
)

WEIGHTS = {"t": 5.0, "tt": 3.0, "O": 6.0, "H": 6.0, "w": 2.0, "k": 2.0, "dt": 2.0, "st": 2.0}
"""Weights of feature kinds relative to an n-gram of a name: topics and host kinds say more."""
OF_NAME, OF_LABEL = range(1, 6), range(3, 6)
"""Sizes in characters of the n-grams of a name and of a domain label."""
OWN, FOREIGN = "own ", "domain "
"""Prefixes of topic features: whether the name is the site's own or a third party's."""
SIGNS = ((".", "dot"), ("-", "dash"), ("#", "run"))
Feature = TypeVar("Feature")


def weight(feature: str) -> float:
    """Return the weight of `feature` relative to others."""
    kind, sign, _ = feature.partition(":")
    return WEIGHTS.get(kind, 1.0) if sign else 1.0


class Features(Generic[Feature]):
    """Features of sightings, as mapped by `lookup`; those it maps to None are dropped."""

    def __init__(
        self,
        lookup: Callable[[str], Feature | None],
        name_pieces: Callable[[str], list[Feature]],
        label_pieces: Callable[[str], list[Feature]],
    ) -> None:
        self._lookup, self._name_pieces, self._label_pieces = lookup, name_pieces, label_pieces
        self._topic_features = {side: _TopicFeatures(lookup, side) for side in (OWN, FOREIGN)}
        self._of_name = lru_cache(maxsize=512)(self._new_name)
        self._of_domain = lru_cache(maxsize=512)(self._new_domain)

    def compute(self, sightings: Sequence[Sighting]) -> list[list[Feature]]:
        """Return the features of each sighting, possibly repeated; each step processes all sightings, for speed."""
        names = [self._of_name(seen.name[: 2 * MAX_LENGTH], OWN if _is_own(seen) else FOREIGN) for seen in sightings]
        domains = [self._of_domain(seen.host, seen.third_party, seen.kind, seen.is_website) for seen in sightings]
        lives = map(self._of_value_and_life, sightings)
        return [[*name, *domain, *life] for name, domain, life in zip(names, domains, lives, strict=True)]

    def _of_value_and_life(self, sighting: Sighting) -> list[Feature]:
        features: list[Feature] = []
        if sighting.value is not None:
            value = sighting.value[:300]
            form = next((name for name, form in FORMS if form.fullmatch(value)), "text")
            features += self._lookup_all(["V:" + form, f"V:long {min(len(value) // 12, 10)}"])
        if sighting.expiry_s is not None:
            life = next((name for most, name in LIVES if sighting.expiry_s <= most), "longer")
            features += self._lookup_all(["L:" + life])
        return features

    def _lookup_all(self, names: Iterable[str]) -> Iterable[Feature]:
        return filter(None, map(self._lookup, names))

    def _new_name(self, name: str, side: str) -> tuple[Feature, ...]:
        """Return the features of a name; its topics are also features of its `side`, as stronger evidence."""
        short, words = RUN.sub("#", name[:MAX_LENGTH].lower()), words_of(name)
        bound, topics = f"^{short}$", _topics(words)
        features = _words_and_form(name, short, words)
        if "t:" in short:  # n-grams that look like topics
            features += [side + piece for piece in all_pieces(OF_NAME)(bound) if piece.startswith("t:")]
        lookup = self._lookup_all(chain(features, topics))
        return (*self._name_pieces(bound), *lookup, *filter(None, map(self._topic_features[side].__getitem__, topics)))

    def _new_domain(self, host: str, third_party: bool | None, kind: str, is_website: bool) -> tuple[Feature, ...]:
        features = [] if third_party is None else ["T:third"] if third_party else ["T:first"]
        if not host or third_party is False:
            return tuple(self._lookup_all([*features, "D:own" if host else "D:none"]))
        owned = owned_domain(host)
        label, _, ending = owned.partition(".")
        below = [word for word in re.split(r"[.-]", host.removesuffix(owned).strip(".")) if word]
        features += ["O:" + (kind or "unknown"), *(["H:website"] if is_website else [])]
        features += ["D:." + ending, f"D:long {min(len(label) // 3, 6)}"]
        further = ["S:" + word[:20] for word in below] + domain_topics(label, below)
        pieces = self._label_pieces(f"^{label[:30]}$")
        return (*self._lookup_all(features), *pieces, *self._lookup_all(further))


def all_features() -> Features[str]:
    """Return features that keep every feature as text."""
    return Features(str, all_pieces(OF_NAME), all_pieces(OF_LABEL, "D:"))


def known_features(numbers: Mapping[str, int]) -> Features[int]:
    """Return features that map to `numbers`, from 1; most of those without a number are never generated."""
    return Features(numbers.get, known_pieces(numbers, OF_NAME), known_pieces(numbers, OF_LABEL, "D:"))


class _TopicFeatures(dict[str, Feature | None], Generic[Feature]):
    """Cache of `lookup` for the few topic features of a `side`; None for features of a single word."""

    def __init__(self, lookup: Callable[[str], Feature | None], side: str) -> None:
        self._lookup, self._side = lookup, side

    def __missing__(self, feature: str) -> Feature | None:
        number = self._lookup(self._side + feature) if feature.startswith("t:") else None
        self[feature] = number
        return number


def _is_own(sighting: Sighting) -> bool:
    return sighting.third_party is False or not sighting.host or sighting.is_website


def _topics(words: Sequence[str]) -> list[str]:
    topics = name_topics(words)
    if any(len(word) > 2 and word.endswith("id") for word in words):
        topics.append("t:id")
    return topics


def _words_and_form(name: str, short: str, words: Sequence[str]) -> list[str]:
    features = ["w:" + word for word in words]
    if words:
        features += ("first:" + words[0], "last:" + words[-1])
    features += (
        f"F:long {min(len(name) // 3, 8)}",
        f"F:words {min(len(words), 6)}",
        f"F:lead {min(len(name) - len(name.lstrip('_')), 3)}",
        "F:upper" if name.isupper() else "F:lower" if name.islower() else "F:mixed",
    )
    return features + ["F:" + what for sign, what in SIGNS if sign in short]
