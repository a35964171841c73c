"""Whose a host is: the catalogue's vendors first, then the table of known third-party hosts."""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from consent.classify.domains import owned_domain, parents
from consent.classify.vendor import Vendor
from consent.core.groups import ESSENTIAL

TRACKERS = ("analytics", "advertising")
LIKELY = {"utility": "functional", "cdn": "functional"}
"""What requests to a kind of hosts without a group are for most often, to suggest it."""


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose a host is.

    `group` is what its requests are for, None where that is not known or differs by product; `kind` the category that
    the table of third-party hosts files it under, empty where it has none. `listed` is the filter list of the operator's
    that says the group, empty where the catalogue does.
    """

    vendor: str
    name: str
    group: str | None
    kind: str = ""
    listed: str = ""

    @property
    def is_tracker(self) -> bool:
        """Tell whether nothing at this host may be called essential without a person."""
        return self.group in TRACKERS

    def says(self, what: str) -> str:
        """Return the sentence that tells what `what` is for."""
        if self.listed:
            return f"The filter list {self.listed} has {what}{self.name and f' of {self.name}'} as {self.group}."
        return f"{what} belongs to {self.name}, which is {self.group}."

    @property
    def likely(self) -> str:
        """Return the likeliest group of its requests, also where that is not known; empty for no idea."""
        return self.group or LIKELY.get(self.kind, "")


@dataclass
class Hosts:
    """Owners by exact host, and by a domain with all below it."""

    exact: dict[str, list[Owner]] = field(default_factory=dict)
    below: dict[str, list[Owner]] = field(default_factory=dict)

    def owners(self, host: str) -> list[Owner]:
        """Return the owners of `host` by the nearest name that is known; several products may share it."""
        if found := self.exact.get(host):
            return found
        for name in parents(host):
            if found := self.below.get(name):
                return found
        return []

    def owner(self, host: str) -> Owner | None:
        """Return the one owner of `host`, or what its products have in common; None where nobody is known."""
        found = self.owners(host)
        if len(found) < 2:
            return found[0] if found else None
        groups = {owner.group for owner in found}
        return Owner("", " or ".join(owner.name for owner in found[:3]), groups.pop() if len(groups) == 1 else None)

    def labels(self) -> Iterator[str]:
        """Yield the label, as `hotjar` of `hotjar.com`, of each host whose group is known and not essential."""
        for table in (self.exact, self.below):
            for host, owners in table.items():
                if any(owner.group not in (None, ESSENTIAL) for owner in owners):
                    yield owned_domain(host).partition(".")[0]

    def add_vendor(self, vendor: Vendor) -> None:
        """Add the hosts of a catalogue file; `*.` stands for the names below."""
        owner = Owner(vendor.id, vendor.name, vendor.group)
        for host in vendor.hosts:
            table = self.below if host.startswith("*.") else self.exact
            table.setdefault(host.removeprefix("*."), []).append(owner)


def known_hosts(vendors: Iterable[Vendor], table: Path | None) -> Hosts:
    """Return the hosts of `vendors`, and those of `table` that no vendor has."""
    hosts = Hosts()
    for vendor in vendors:
        hosts.add_vendor(vendor)
    if table is None:
        return hosts
    with table.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            side = hosts.below if row["host"].startswith("*.") else hosts.exact
            side.setdefault(
                row["host"].removeprefix("*."), [Owner("", row["owner"], row["group"] or None, row["kind"])]
            )
    return hosts
