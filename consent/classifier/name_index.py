"""Index of known cookie and storage names: exact names, prefixes, and keywords."""

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path

from consent.classifier.keyword_topics import hinted_at
from consent.classifier.registrable_domain import owned_domain
from consent.classifier.vendor import Vendor

MAX_PREFIX_LENGTH = 60
MIN_NEW_LENGTH, MAX_NEW_LENGTH = 3, 12
"""Signs of a beginning that no known name has; two of them are letters or digits."""
WORDS = Path(__file__).parent.parent / "data" / "name-words.csv"
WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
INITIALS = re.compile(r".{1,2}|[^aeiouyAEIOUY]{1,4}")
MAX_NAME_LENGTH = 100
TRACKING = {
    *(
        "visitor",
        "traffic",
        "abtest",
        "replay",
        "performance",
        "errors",
        "feedback",
        "ad",
        "bidding",
        "sync",
        "frequency",
    ),
    *("adid", "affiliate", "clickid", "conversion", "social", "retargeting", "crm"),
}
"""Topics of words that hint at analytics or advertising."""
MEASURED = ("cart", "payment")
"""Purposes of what trackers measure: their words say it of a name alone that hints at none of `MEASURING`."""
MEASURING = TRACKING - {"abtest", "performance", "errors", "feedback", "adid", "crm"}
COUNTS = ("count", "counts", "counter", "cnt", "ct")
"""Words that hint at visits being counted; beside a cart they are of what lies in it."""


@dataclass(frozen=True, slots=True)
class Known:
    """A name as somebody wrote it down; `domains` are those of its owner, empty for a cookie of the site itself.

    `vendor` is empty where several have the name by default, or sites declared it.

    `sites` is how many sites declared it so, 0 for what a vendor's file or a list has.
    """

    name: str
    group: str
    purpose: str | None
    vendor: str
    domains: tuple[str, ...] = ()
    sites: int = 0

    def is_of(self, host: str) -> bool:
        """Return whether `host` is one of the domains or below."""
        return any(host == domain or host.endswith("." + domain) for domain in self.domains)


@dataclass
class Names:
    """All that is known by exact name, and by prefix; and by name what sites declared, also where others know it.

    `leaning` is what sites mostly declared a vendor's names as, by vendor; `around` are names with an application's own
    in their middle, such as `_*_session`.
    """

    exact: dict[str, list[Known]] = field(default_factory=dict)
    prefixes: dict[str, list[Known]] = field(default_factory=dict)
    declared: dict[str, list[Known]] = field(default_factory=dict)
    leaning: dict[str, str] = field(default_factory=dict)
    around: list[Known] = field(default_factory=list)
    beginnings: set[str] = field(default_factory=set)
    _lengths: dict[str, list[int]] = field(default_factory=dict)
    """Of the prefixes with the same two first signs, the longest first."""

    def add(self, known: Known) -> None:
        """Add a name; one that ends in `*` stands for all that begin with the rest, in its middle for any own name there."""
        if "*" in known.name[:-1]:
            self.around.append(known)
            return
        table = self.prefixes if known.name.endswith("*") else self.exact
        name = known.name.removesuffix("*")
        table.setdefault(name, []).append(known)
        if table is self.prefixes and 2 <= len(name) <= MAX_PREFIX_LENGTH:
            lengths = {len(name), *self._lengths.get(name[:2], ())}
            self._lengths[name[:2]] = sorted(lengths, reverse=True)
        self.beginnings.update(name[:length].lower() for length in range(1, min(len(name), MAX_NEW_LENGTH) + 1))

    def begins(self, name: str) -> list[Known]:
        """Return what is known of the longest prefix of `name`."""
        for length in self._lengths.get(name[:2], ()):
            if owners := self.prefixes.get(name[:length]):
                return owners
        return []

    def named_after(self, name: str, *, of_server: bool = False) -> tuple[Known, str] | None:
        """Return what is known of `name` as one with an application's own name in its middle, and that own name.

        There is none where the own name hints at tracking, or is initials, which anybody may have. One that begins with
        the own name counts for what is known to be a server's alone (`of_server`): analytics products have such names.
        """
        names = (known for known in self.around if of_server or known.name[0] != "*")
        matches = ((known, own) for known in names if (own := _own_name(known.name, name)))
        return next(matches, None)

    def new_beginning(self, name: str) -> str:
        """Return the shortest beginning of `name`, in lower case, that no known name has; "" where there is none."""
        for length in range(MIN_NEW_LENGTH, min(len(name), MAX_NEW_LENGTH) + 1):
            beginning = name[:length].lower()
            if beginning not in self.beginnings and sum(map(str.isalnum, beginning)) > 1:
                return beginning
        return ""

    def declares(self, name: str, host: str) -> Known | None:
        """Return what most sites declared of `name`: on the domain of `host`, else of a site itself, or anywhere."""
        declared = self.declared.get(name, [])
        fitting = [known for known in declared if known.is_of(host)] or [
            known for known in declared if not known.domains
        ]
        return max(fitting or ([] if host else declared), key=lambda known: known.sites, default=None)


def _own_name(pattern: str, name: str) -> str:
    """Return what stands for the `*` of `pattern` in `name`; "" where it does not fit, or identifies no application."""
    head, _, tail = pattern.partition("*")
    if len(name) <= len(head) + len(tail) or not (name.startswith(head) and name.endswith(tail)):
        return ""
    own = name[len(head) : len(name) - len(tail)]
    if not head and not own[0].isalnum():
        return ""
    return own if TRACKING.isdisjoint(hinted_at(words_of(own))) and not INITIALS.fullmatch(own) else ""


def known_names(vendors: Iterable[Vendor]) -> Names:
    """Return the names that the files of `vendors` list."""
    names = Names()
    for vendor in vendors:
        # A host that is shared with others by path sets cookies for any of them.
        hosts = {owned_domain(host.removeprefix("*.")) for host in vendor.hosts if "/" not in host}
        common = vendor.document.get("common_names", ())
        for cookie in vendor.document["cookies"]:
            domains = {cookie["domain"]} if cookie["domain"] else set()
            if cookie["third_party"]:
                domains |= hosts
            whose = "" if cookie["name"] in common else vendor.id
            names.add(Known(cookie["name"], cookie["group"], cookie["purpose"], whose, tuple(sorted(domains))))
    return names


@lru_cache(maxsize=64)
def words_of(name: str) -> tuple[str, ...]:
    """Return the words of a name in lower case: `cartItemID_2` is cart, item, id and 2.

    It is asked twice of a name that nobody knows: of what the name says, and of what it is like.
    """
    return tuple([word.lower() for word in WORD.findall(name[:MAX_NAME_LENGTH])])


def word_purpose(name: str) -> tuple[str, str, str] | None:
    """Return the word, group and purpose of a name that states its purpose, such as `my_csrf_token`.

    `cart_tracking_pixel` does not say that it keeps a cart.
    """
    words = words_of(name)
    for word in words:
        meaning = _words().get(word)
        if meaning and not (meaning[1] in MEASURED and _measures(words)):
            return word, *meaning
    return None


def _measures(words: Iterable[str]) -> bool:
    return not MEASURING.isdisjoint(hinted_at([word for word in words if word not in COUNTS]))


@cache
def _words() -> dict[str, tuple[str, str]]:
    with WORDS.open(encoding="utf-8", newline="") as file:
        return {row["word"]: (row["group"], row["purpose"]) for row in csv.DictReader(file)}


def words_listed() -> Iterator[str]:
    """Yield each word of the table."""
    yield from _words()
