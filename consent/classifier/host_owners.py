"""Identify the owner of a URL: catalog vendors, then code libraries, then known third-party hosts."""

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from consent.classifier.registrable_domain import owned_domain, parents
from consent.classifier.vendor import Vendor
from consent.core.groups import ESSENTIAL
from consent.core.host_patterns import host_and_path
from consent.core.translatable import translatable

TRACKERS = ("analytics", "advertising")
CODE = "code"
"""The kind of a host listed as a code library."""
LIKELY = {"utility": "functional", "cdn": "functional", CODE: "functional"}
"""The most frequent group of requests to a kind of host without a group, used as a suggestion."""


@dataclass(frozen=True, slots=True)
class Owner:
    """The owner of a host.

    `group` is the group of its requests, or None if unknown or different by product. `kind` is its category in the
    table of third-party hosts, or empty. `listed` is the operator's filter list that sets the group, or empty if the
    catalog does.
    """

    vendor: str
    name: str
    group: str | None
    kind: str = ""
    listed: str = ""

    @property
    def is_tracker(self) -> bool:
        """Return whether nothing at this host may be classified as essential without a user's decision."""
        return self.group in TRACKERS

    def purpose_sentence(self, what: str) -> str:
        """Return the sentence that states the purpose of `what`."""
        if self.listed:
            return (
                translatable(f"The filter list {self.listed} classifies {what} of {self.name} as {self.group}.")
                if self.name
                else translatable(f"The filter list {self.listed} classifies {what} as {self.group}.")
            )
        return translatable(f"{what} belongs to {self.name}, which is {self.group}.")

    @property
    def likely_group(self) -> str:
        """Return the likeliest group of its requests even if not certain, or an empty string."""
        return self.group or LIKELY.get(self.kind, "")


Owned = dict[str, list[tuple[str, Owner]]]
"""Path prefixes and their owners, by host; `/` is the whole host."""


@dataclass
class Hosts:
    """Owners by exact host, and by a domain and its subdomains; for some paths only if products share a host."""

    exact: Owned = field(default_factory=dict)
    below: Owned = field(default_factory=dict)

    def owners(self, address: str) -> list[Owner]:
        """Return the owners of a URL or bare host, by the longest path, then by the nearest known domain."""
        host, path = host_and_path(address)
        sides = [self.exact.get(host, ()), *(self.below.get(name, ()) for name in parents(host))]
        fitting = [[one for one in side if path.startswith(one[0])] for side in sides]
        longest = max((len(beginning) for side in fitting for beginning, _ in side), default=0)
        closest = ([owner for beginning, owner in side if len(beginning) == longest] for side in fitting)
        return next(filter(None, closest), [])

    def owner(self, address: str) -> Owner | None:
        """Return the owner of `address`, what several owners have in common, or None if unknown."""
        owners = self.owners(address)
        if len(owners) < 2:
            return owners[0] if owners else None
        groups = {owner.group for owner in owners}
        return Owner("", " or ".join(owner.name for owner in owners[:3]), groups.pop() if len(groups) == 1 else None)

    def labels(self) -> Iterator[str]:
        """Yield the label, such as `hotjar` for `hotjar.com`, of each host whose group is known and not essential."""
        for table in (self.exact, self.below):
            for host, owners in table.items():
                if any(owner.group not in (None, ESSENTIAL) for _, owner in owners):
                    yield owned_domain(host).partition(".")[0]

    def tracked_domains(self) -> frozenset[str]:
        """Return the registrable domains under which a tracker has a host."""
        entries = [entry for table in (self.exact, self.below) for entry in table.items()]
        return frozenset(owned_domain(host) for host, owners in entries if any(one.is_tracker for _, one in owners))

    def add_vendor(self, vendor: Vendor) -> None:
        """Add the hosts of a catalog file; `*.` matches subdomains."""
        owner = Owner(vendor.id, vendor.name, vendor.group)
        for entry in vendor.hosts:
            known, beginning = self._place(entry)
            known.append((beginning, owner))

    def add(self, entry: str, owner: Owner) -> None:
        """Add `owner`, unless the entry already has one."""
        known, beginning = self._place(entry)
        if beginning not in (one for one, _ in known):
            known.append((beginning, owner))

    def _place(self, entry: str) -> tuple[list[tuple[str, Owner]], str]:
        host, path = host_and_path(entry)
        table = self.below if host.startswith("*.") else self.exact
        return table.setdefault(host.removeprefix("*."), []), path


def known_hosts(vendors: Iterable[Vendor], table: Path | None, libraries: Mapping[str, str] | None = None) -> Hosts:
    """Return the hosts of `vendors`, of code `libraries` and of `table`; earlier entries take precedence."""
    hosts = Hosts()
    for vendor in vendors:
        hosts.add_vendor(vendor)
    for entry, name in (libraries or {}).items():
        hosts.add(entry, Owner("", name, None, CODE))
    if table is None:
        return hosts
    with table.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            hosts.add(row["host"], Owner("", row["owner"], row["group"] or None, row["kind"]))
    return hosts
