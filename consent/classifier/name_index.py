"""Index of known cookie and storage names: exact names, prefixes, and keywords."""

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path

from consent.classifier.keyword_topics import hinted_topics
from consent.classifier.registrable_domain import owned_domain
from consent.classifier.vendor import Vendor

MAX_PREFIX_LENGTH = 60
MIN_NEW_LENGTH, MAX_NEW_LENGTH = 3, 12
"""Length of a prefix that no known name has; at least two of its characters are letters or digits."""
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
"""Topics that suggest analytics or advertising."""
MEASURED = ("cart", "payment")
"""Purposes that trackers measure; a keyword implies them only if the name suggests none of `MEASURING`."""
MEASURING = TRACKING - {"abtest", "performance", "errors", "feedback", "adid", "crm"}
COUNTS = ("count", "counts", "counter", "cnt", "ct")
"""Words that suggest counting visits; next to a cart they count its items."""


@dataclass(frozen=True, slots=True)
class KnownName:
    """A known name; `domains` are its owner's, or empty for a cookie of the site itself.

    `vendor` is empty if several vendors use the name by default or sites declared it. `sites` is how many sites
    declared it so, or 0 if it comes from a vendor file or a list.
    """

    name: str
    group: str
    purpose: str | None
    vendor: str
    domains: tuple[str, ...] = ()
    sites: int = 0

    def is_of(self, host: str) -> bool:
        """Return whether `host` is one of the domains or a subdomain."""
        return any(host == domain or host.endswith("." + domain) for domain in self.domains)


@dataclass
class Names:
    """Known names by exact name and by prefix, and by name what sites declared, even for names known from elsewhere.

    `leaning` maps a vendor to the group that sites mostly declared its names as; `around` are names with an
    application's name in the middle, such as `_*_session`.
    """

    exact: dict[str, list[KnownName]] = field(default_factory=dict)
    prefixes: dict[str, list[KnownName]] = field(default_factory=dict)
    declared: dict[str, list[KnownName]] = field(default_factory=dict)
    leaning: dict[str, str] = field(default_factory=dict)
    around: list[KnownName] = field(default_factory=list)
    beginnings: set[str] = field(default_factory=set)
    _lengths: dict[str, list[int]] = field(default_factory=dict)
    """Lengths of the prefixes that start with these two characters, longest first."""

    def add(self, known: KnownName) -> None:
        """Add a name; a `*` at its end matches any suffix, one elsewhere an application's own name."""
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

    def prefix_entries(self, name: str) -> list[KnownName]:
        """Return the entries for the longest known prefix of `name`."""
        for length in self._lengths.get(name[:2], ()):
            if owners := self.prefixes.get(name[:length]):
                return owners
        return []

    def named_after(self, name: str, *, of_server: bool = False) -> tuple[KnownName, str] | None:
        """Return the entry for `name` as a pattern with an application's own name in the middle, and that name.

        Returns None if the own name suggests tracking or is initials, which anyone may use. Patterns that start with
        the own name are tried only for names known to be set by a server (`of_server`), because analytics products have
        such names too.
        """
        names = (known for known in self.around if of_server or known.name[0] != "*")
        matches = ((known, own) for known in names if (own := _own_name(known.name, name)))
        return next(matches, None)

    def new_beginning(self, name: str) -> str:
        """Return the shortest prefix of `name`, in lower case, that no known name has, or ""."""
        for length in range(MIN_NEW_LENGTH, min(len(name), MAX_NEW_LENGTH) + 1):
            beginning = name[:length].lower()
            if beginning not in self.beginnings and sum(map(str.isalnum, beginning)) > 1:
                return beginning
        return ""

    def declares(self, name: str, host: str) -> KnownName | None:
        """Return what most sites declared for `name`: on the domain of `host`, or else for the sites themselves.

        Without a `host`, any domain counts.
        """
        declared = self.declared.get(name, [])
        fitting = [known for known in declared if known.is_of(host)] or [
            known for known in declared if not known.domains
        ]
        return max(fitting or ([] if host else declared), key=lambda known: known.sites, default=None)


def _own_name(pattern: str, name: str) -> str:
    """Return what the `*` of `pattern` matches in `name`; "" if nothing, or if it doesn't identify an application."""
    head, _, tail = pattern.partition("*")
    if len(name) <= len(head) + len(tail) or not (name.startswith(head) and name.endswith(tail)):
        return ""
    own = name[len(head) : len(name) - len(tail)]
    if not head and not own[0].isalnum():
        return ""
    return own if TRACKING.isdisjoint(hinted_topics(words_of(own))) and not INITIALS.fullmatch(own) else ""


def known_names(vendors: Iterable[Vendor]) -> Names:
    """Return the names listed in the files of `vendors`."""
    names = Names()
    for vendor in vendors:
        # A host shared by path sets cookies for any of the products that share it.
        hosts = {owned_domain(host.removeprefix("*.")) for host in vendor.hosts if "/" not in host}
        common = vendor.document.get("common_names", ())
        for cookie in vendor.document["cookies"]:
            domains = {cookie["domain"]} if cookie["domain"] else set()
            if cookie["third_party"]:
                domains |= hosts
            whose = "" if cookie["name"] in common else vendor.id
            names.add(KnownName(cookie["name"], cookie["group"], cookie["purpose"], whose, tuple(sorted(domains))))
    return names


@lru_cache(maxsize=64)
def words_of(name: str) -> tuple[str, ...]:
    """Return the words of a name in lower case: `cartItemID_2` is cart, item, id and 2.

    Cached because an unknown name is split twice: for its keywords and for the model's features.
    """
    return tuple([word.lower() for word in WORD.findall(name[:MAX_NAME_LENGTH])])


def word_purpose(name: str) -> tuple[str, str, str] | None:
    """Return the word, group and purpose of a name that states its purpose, such as `my_csrf_token`.

    `cart_tracking_pixel` doesn't count as storing a cart.
    """
    words = words_of(name)
    for word in words:
        meaning = _words().get(word)
        if meaning and not (meaning[1] in MEASURED and _suggests_tracking(words)):
            return word, *meaning
    return None


def _suggests_tracking(words: Iterable[str]) -> bool:
    return not MEASURING.isdisjoint(hinted_topics([word for word in words if word not in COUNTS]))


@cache
def _words() -> dict[str, tuple[str, str]]:
    with WORDS.open(encoding="utf-8", newline="") as file:
        return {row["word"]: (row["group"], row["purpose"]) for row in csv.DictReader(file)}
