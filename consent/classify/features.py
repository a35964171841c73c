"""What the model looks at: pieces of the name and of the domain, and the form of the value and of the life."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from typing import Generic, TypeVar

from consent.classify.domains import owned_domain
from consent.classify.names import words_of
from consent.classify.pieces import all_pieces, known_pieces
from consent.classify.sighting import Sighting
from consent.classify.topics import domain_topics, name_topics

RUN = re.compile(r"[0-9a-f]{8}(?:-?[0-9a-f]{4}){2,}|[0-9a-f]{16,}|[0-9]{5,}")
LONGEST = 60
LIVES = (
    (0, "visit"),
    (3600, "hour"),
    (86400, "day"),
    (7 * 86400, "week"),
    (31 * 86400, "month"),
    (190 * 86400, "half"),
    (370 * 86400, "year"),
    (400 * 86400, "13 months"),
    (750 * 86400, "two years"),
)
"""The longest life in seconds of each class."""
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
"""How often a feature of a kind counts as much as a piece of a name: topics and kinds of hosts say more."""
OF_NAME, OF_LABEL = range(1, 6), range(3, 6)
"""Signs of the pieces of a name, and of the label of a domain."""
OWN, FOREIGN = "own ", "domain "
"""Whose a name is, before the topics that it hints at."""
SIGNS = ((".", "dot"), ("-", "dash"), ("#", "run"))
Kept = TypeVar("Kept")


def weight(feature: str) -> float:
    """Return how much `feature` counts beside others."""
    kind, sign, _ = feature.partition(":")
    return WEIGHTS.get(kind, 1.0) if sign else 1.0


class Features(Generic[Kept]):
    """The features of sightings, each as it is `kept`, where that is nothing left out; pieces are found as they are kept."""

    def __init__(
        self,
        kept: Callable[[str], Kept | None],
        name_pieces: Callable[[str], list[Kept]],
        label_pieces: Callable[[str], list[Kept]],
    ) -> None:
        self._kept, self._name_pieces, self._label_pieces = kept, name_pieces, label_pieces
        self._beside = {side: _Beside(kept, side) for side in (OWN, FOREIGN)}
        self._of_name = lru_cache(maxsize=512)(self._new_name)
        self._of_domain = lru_cache(maxsize=512)(self._new_domain)

    def of(self, sightings: Sequence[Sighting]) -> list[list[Kept]]:
        """Return the features of each of the `sightings`, some of them twice; each step is taken for all of them at once."""
        names = [self._of_name(seen.name[: 2 * LONGEST], OWN if _is_own(seen) else FOREIGN) for seen in sightings]
        domains = [self._of_domain(seen.host, seen.third_party, seen.kind, seen.is_website) for seen in sightings]
        lives = map(self._of_value_and_life, sightings)
        return [[*name, *domain, *life] for name, domain, life in zip(names, domains, lives, strict=True)]

    def _of_value_and_life(self, sighting: Sighting) -> list[Kept]:
        found: list[Kept] = []
        if sighting.value is not None:
            value = sighting.value[:300]
            form = next((name for name, form in FORMS if form.fullmatch(value)), "text")
            found += self._those_kept(["V:" + form, f"V:long {min(len(value) // 12, 10)}"])
        if sighting.expiry_s is not None:
            life = next((name for most, name in LIVES if sighting.expiry_s <= most), "longer")
            found += self._those_kept(["L:" + life])
        return found

    def _those_kept(self, found: Iterable[str]) -> Iterable[Kept]:
        return filter(None, map(self._kept, found))

    def _new_name(self, name: str, side: str) -> tuple[Kept, ...]:
        """Return the features of a name; its topics, too, as those of its `side`: they tell more beside whose it is."""
        short, words = RUN.sub("#", name[:LONGEST].lower()), words_of(name)
        bound, topics = f"^{short}$", _topics(words)
        told = _words_and_form(name, short, words)
        if "t:" in short:  # pieces that look like topics
            told += [side + piece for piece in all_pieces(OF_NAME)(bound) if piece.startswith("t:")]
        kept = self._those_kept(chain(told, topics))
        return (*self._name_pieces(bound), *kept, *filter(None, map(self._beside[side].__getitem__, topics)))

    def _new_domain(self, host: str, third_party: bool | None, kind: str, is_website: bool) -> tuple[Kept, ...]:
        told = [] if third_party is None else ["T:third"] if third_party else ["T:first"]
        if not host or third_party is False:
            return tuple(self._those_kept([*told, "D:own" if host else "D:none"]))
        owned = owned_domain(host)
        label, _, ending = owned.partition(".")
        below = [word for word in re.split(r"[.-]", host.removesuffix(owned).strip(".")) if word]
        told += ["O:" + (kind or "unknown"), *(["H:website"] if is_website else [])]
        told += ["D:." + ending, f"D:long {min(len(label) // 3, 6)}"]
        further = ["S:" + word[:20] for word in below] + domain_topics(label, below)
        pieces = self._label_pieces(f"^{label[:30]}$")
        return (*self._those_kept(told), *pieces, *self._those_kept(further))


def all_features() -> Features[str]:
    """Return what gives all features."""
    return Features(str, all_pieces(OF_NAME), all_pieces(OF_LABEL, "D:"))


def known_features(numbers: Mapping[str, int]) -> Features[int]:
    """Return what gives the `numbers`, from 1, of those features that have one; most others are never made."""
    return Features(numbers.get, known_pieces(numbers, OF_NAME), known_pieces(numbers, OF_LABEL, "D:"))


class _Beside(dict[str, Kept | None], Generic[Kept]):
    """What is `kept` of topics, of which there are few, as those of a `side`; nothing for what hints at one word."""

    def __init__(self, kept: Callable[[str], Kept | None], side: str) -> None:
        self._kept, self._side = kept, side

    def __missing__(self, feature: str) -> Kept | None:
        found = self._kept(self._side + feature) if feature.startswith("t:") else None
        self[feature] = found
        return found


def _is_own(sighting: Sighting) -> bool:
    return sighting.third_party is False or not sighting.host or sighting.is_website


def _topics(words: Sequence[str]) -> list[str]:
    found = name_topics(words)
    if any(len(word) > 2 and word.endswith("id") for word in words):
        found.append("t:id")
    return found


def _words_and_form(name: str, short: str, words: Sequence[str]) -> list[str]:
    found = ["w:" + word for word in words]
    if words:
        found += ("first:" + words[0], "last:" + words[-1])
    found += (
        f"F:long {min(len(name) // 3, 8)}",
        f"F:words {min(len(words), 6)}",
        f"F:lead {min(len(name) - len(name.lstrip('_')), 3)}",
        "F:upper" if name.isupper() else "F:lower" if name.islower() else "F:mixed",
    )
    return found + ["F:" + what for sign, what in SIGNS if sign in short]
