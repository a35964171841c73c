"""What the model looks at: pieces of the name and of the domain, and the form of the value and of the life."""

import re
from collections.abc import Iterator
from functools import lru_cache

from consent.classify.domains import owned_domain
from consent.classify.names import words_of
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


def weight(feature: str) -> float:
    """Return how much `feature` counts beside others."""
    kind, sign, _ = feature.partition(":")
    return WEIGHTS.get(kind, 1.0) if sign else 1.0


def features(sighting: Sighting) -> Iterator[str]:
    """Yield the features of `sighting`, some of them twice."""
    of_name = name_features(sighting.name[: 2 * LONGEST])
    yield from of_name
    yield from _domain_features(sighting)
    is_own = sighting.third_party is False or not sighting.host or sighting.is_website
    side = "own " if is_own else "domain "
    yield from (side + feature for feature in of_name if feature.startswith("t:"))
    if sighting.value is not None:
        value = sighting.value[:300]
        yield "V:" + next((name for name, form in FORMS if form.fullmatch(value)), "text")
        yield f"V:long {min(len(value) // 12, 10)}"
    if sighting.expiry_s is not None:
        yield "L:" + next((name for most, name in LIVES if sighting.expiry_s <= most), "longer")


@lru_cache(maxsize=4096)
def name_features(name: str) -> tuple[str, ...]:
    """Return the features of a name alone."""
    return tuple(_name_features(name))


def _name_features(name: str) -> Iterator[str]:
    short = RUN.sub("#", name[:LONGEST].lower())
    yield from pieces(f"^{short}$", range(1, 6))
    words = words_of(name)
    for word in words:
        yield "w:" + word
    yield from name_topics(words)
    if any(len(word) > 2 and word.endswith("id") for word in words):
        yield "t:id"
    if words:
        yield "first:" + words[0]
        yield "last:" + words[-1]
    yield f"F:long {min(len(name) // 3, 8)}"
    yield f"F:words {min(len(words), 6)}"
    yield f"F:lead {min(len(name) - len(name.lstrip('_')), 3)}"
    yield "F:upper" if name.isupper() else "F:lower" if name.islower() else "F:mixed"
    for sign, what in ((".", "dot"), ("-", "dash"), ("#", "run")):
        if sign in short:
            yield "F:" + what


def _domain_features(sighting: Sighting) -> Iterator[str]:
    if sighting.third_party is not None:
        yield "T:third" if sighting.third_party else "T:first"
    host = sighting.host
    if sighting.third_party is False or not host:
        yield "D:none" if not host else "D:own"
        return
    yield "O:" + (sighting.kind or "unknown")
    if sighting.is_website:
        yield "H:website"
    owned = owned_domain(host)
    label, _, ending = owned.partition(".")
    yield "D:." + ending
    yield f"D:long {min(len(label) // 3, 6)}"
    for piece in pieces(f"^{label[:30]}$", range(3, 6)):
        yield "D:" + piece
    below = [word for word in re.split(r"[.-]", host.removesuffix(owned).strip(".")) if word]
    yield from ("S:" + word[:20] for word in below)
    yield from domain_topics(label, below)


def pieces(text: str, sizes: range) -> Iterator[str]:
    """Yield all pieces of `text` of each size."""
    for size in sizes:
        for start in range(len(text) - size + 1):
            yield text[start : start + size]
