"""What the model looks at: pieces of the name and of the domain, and the form of the value and of the life."""

import re
from collections.abc import Iterator
from functools import lru_cache
from operator import add
from typing import NamedTuple

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


class OfName(NamedTuple):
    """The features of a name, and those among them that tell more beside whose the name is."""

    found: tuple[str, ...]
    topics: tuple[str, ...]


def features(sighting: Sighting) -> list[str]:
    """Return the features of `sighting`, some of them twice."""
    of_name = _of_name(sighting.name[: 2 * LONGEST])
    is_own = sighting.third_party is False or not sighting.host or sighting.is_website
    side = "own " if is_own else "domain "
    of_domain = _of_domain(sighting.host, sighting.third_party, sighting.kind, sighting.is_website)
    found = [*of_name.found, *of_domain, *[side + topic for topic in of_name.topics]]
    if sighting.value is not None:
        value = sighting.value[:300]
        found.append("V:" + next((name for name, form in FORMS if form.fullmatch(value)), "text"))
        found.append(f"V:long {min(len(value) // 12, 10)}")
    if sighting.expiry_s is not None:
        found.append("L:" + next((name for most, name in LIVES if sighting.expiry_s <= most), "longer"))
    return found


@lru_cache(maxsize=4096)
def _of_name(name: str) -> OfName:
    short = RUN.sub("#", name[:LONGEST].lower())
    parts = pieces(f"^{short}$", range(1, 6))
    told = [*_words_and_form(name, short)]
    topics = [feature for feature in ([*parts, *told] if "t:" in short else told) if feature.startswith("t:")]
    return OfName((*parts, *told), tuple(topics))


def _words_and_form(name: str, short: str) -> Iterator[str]:
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


@lru_cache(maxsize=1024)
def _of_domain(host: str, third_party: bool | None, kind: str, is_website: bool) -> tuple[str, ...]:
    whose = () if third_party is None else ("T:third",) if third_party else ("T:first",)
    if not host:
        return (*whose, "D:none")
    if third_party is False:
        return (*whose, "D:own")
    site = ("H:website",) if is_website else ()
    return (*whose, "O:" + (kind or "unknown"), *site, *_of_host(host))


def _of_host(host: str) -> Iterator[str]:
    owned = owned_domain(host)
    label, _, ending = owned.partition(".")
    yield "D:." + ending
    yield f"D:long {min(len(label) // 3, 6)}"
    yield from pieces(f"^{label[:30]}$", range(3, 6), "D:")
    below = [word for word in re.split(r"[.-]", host.removesuffix(owned).strip(".")) if word]
    yield from ("S:" + word[:20] for word in below)
    yield from domain_topics(label, below)


def pieces(text: str, sizes: range, kind: str = "") -> list[str]:
    """Return all pieces of `text` of each size, with `kind` before each.

    Each size is the one before with a sign more, which is three times as fast as cutting it.
    """
    grown, found = [kind + sign for sign in text], []
    for size in range(1, sizes.stop):
        if size in sizes:
            found += grown
        grown = [*map(add, grown, text[size:])]
    return found
