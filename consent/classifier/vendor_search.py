"""Search of vendors: by well-known short names, words, initials, hosts and cookie names, best first."""

import csv
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import NamedTuple

from consent.classifier.vendor import Vendor

FILE = Path(__file__).parent.parent / "data" / "vendor-short-names.csv"
SHORT_NAME, EXACT, BEGINS, INITIALS, COMPANY, FURTHER, WITHIN, NOWHERE = range(8)
"""How well a search term matches a vendor, best first."""
UNCHECKED = 8
"""Ranking penalty for a vendor without a tag of its own."""
MAX_WORDS = 10
MIN_WITHIN = 3
"""How many letters a term must have to match the middle of more than a name."""
POPULAR = (
    "google-analytics",
    "google-tag-manager",
    "google-ads",
    "meta-pixel",
    "youtube",
    "google-maps",
    "linkedin-insight",
    "tiktok-pixel",
    "microsoft-clarity",
    "microsoft-ads",
    "hotjar",
    "hubspot",
    "pinterest-tag",
    "matomo",
    "vimeo",
    "google-recaptcha",
)
"""Vendors that many sites start with, curated by hand; of equal matches, they are listed first."""


class ShortNames(NamedTuple):
    """What a vendor is commonly called: the code that stands for it in lists, and all names in lower case."""

    code: str
    names: frozenset[str]


@cache
def short_names() -> dict[str, ShortNames]:
    """Return the well-known short names by vendor id."""
    with FILE.open(encoding="utf-8", newline="") as file:
        return {row["vendor"]: ShortNames(row["code"], frozenset(row["names"].split())) for row in csv.DictReader(file)}


def search(vendors: Iterable[Vendor], text: str) -> list[Vendor]:
    """Return those of `vendors` that match every word of `text`, best first, or all if it is empty."""
    words = text.lower().split()[:MAX_WORDS]
    if not words:
        return list(vendors)
    ranked = [(vendor, [_rank(word, vendor) for word in words]) for vendor in vendors]
    fitting = {vendor.id: (sum(ranks), vendor) for vendor, ranks in ranked if NOWHERE not in ranks}
    return [vendor for _, vendor in sorted(fitting.values(), key=lambda one: _order(*one))]


def matched_names(vendor: Vendor, text: str) -> list[str]:
    """Return the hosts and cookie names of `vendor` for which `text` finds it, where its own name doesn't show why."""
    words = [word for word in text.lower().split()[:MAX_WORDS] if _rank(word, vendor) == FURTHER]
    names = [next(name for name in _names(vendor).further if _begins(word, name)) for word in words]
    return list(dict.fromkeys(names))


def popularity(vendor_id: str) -> int:
    """Return a vendor's place among the popular ones; all others share the last."""
    return POPULAR.index(vendor_id) if vendor_id in POPULAR else len(POPULAR)


def _order(rank: int, vendor: Vendor) -> tuple[int, int]:
    return rank + (0 if vendor.is_checked else UNCHECKED), popularity(vendor.id)


def _rank(word: str, vendor: Vendor) -> int:
    known = _names(vendor)
    if word in known.short:
        return SHORT_NAME
    if word in known.words:
        return EXACT
    if any(name.startswith(word) for name in (*known.words, *known.short)):
        return BEGINS
    if word in known.initials:
        return INITIALS
    if any(name.startswith(word) for name in known.company):
        return COMPANY
    if any(_begins(word, name) for name in known.further):
        return FURTHER
    within = known.words if len(word) < MIN_WITHIN else (*known.words, *known.company)
    return WITHIN if any(word in name for name in within) else NOWHERE


def _begins(word: str, name: str) -> bool:
    """Return whether `word` begins a host, one of its labels, or a cookie name; the middle of one would surprise."""
    return name.startswith(word) or any(part.startswith(word) for part in (name.lstrip("._*"), *name.split(".")))


class _Names(NamedTuple):
    short: frozenset[str]
    words: frozenset[str]
    initials: frozenset[str]
    company: frozenset[str]
    further: tuple[str, ...]


@cache
def _names(vendor: Vendor) -> _Names:
    """Return what a vendor is found by; by its initials, `mc` finds Microsoft Clarity."""
    ids = [vendor.id, *(template.id for template in vendor.tags)]
    phrases = [vendor.id.replace("-", " "), vendor.name, *(template.name for template in vendor.tags)]
    words = [[word.strip("()[],/") for word in phrase.lower().split()] for phrase in phrases]
    words = [[word for word in phrase if word] for phrase in words]
    known = short_names().get(vendor.id)
    return _Names(
        known.names if known else frozenset(),
        frozenset([*ids, *(word for phrase in words for word in phrase)]),
        frozenset("".join(word[0] for word in phrase) for phrase in words),
        frozenset(vendor.company.lower().split()),
        (*vendor.hosts, *(cookie["name"].lower() for cookie in vendor.document["cookies"])),
    )
