"""Identification of trackers: from the hosts of a service's script to whose they are and what for."""

import csv
from collections.abc import Callable
from pathlib import Path

from consent.classify.addresses import TABLE, AddressBook
from consent.classify.catalogue import VENDORS, load_catalogue
from consent.classify.domains import owned_domain
from consent.classify.examples import Example
from consent.classify.hosts import Owner

SERVICES = "services_tarteaucitron.csv"
PAGES = ("docs", "documents", "help", "legal", "policies", "privacy", "support")
"""Hosts of pages for people, which the list has beside those of the scripts."""


def addresses_report(folder: Path, listed: list[Example]) -> str:
    """Return how many services are named by their hosts, and how many of those in the right group."""
    with (folder / SERVICES).open(encoding="utf-8", newline="") as file:
        services = [row for row in csv.DictReader(file) if row["script_hosts"]]
    known = AddressBook([], TABLE)
    whole = AddressBook(load_catalogue(VENDORS).vendors, TABLE)
    lists = _by_domain([example for example in listed if example.sighting.name not in _own_names(services)])
    return "\n".join(
        [
            f"{len(services)} services with a host{'':16}{'named':>8}{'right group of those':>24}",
            _line("third-party hosts alone", services, known.owner, (0.53, 0.58)),
            _line("and domains of listed cookies", services, lambda host: _either(known, lists, host), (0.6, 0.75)),
            _line("everything shipped", services, whole.owner, (0, 0)),
        ]
    )


def _own_names(services: list[dict[str, str]]) -> set[str]:
    return {name for row in services for name in row["cookies"].split(";")}


def _by_domain(listed: list[Example]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for example in listed:
        for domain in example.domains:
            found.setdefault(owned_domain(domain), []).append(example.group)
    return found


def _either(book: AddressBook, lists: dict[str, list[str]], host: str) -> Owner | None:
    owner, groups = book.owner(host), lists.get(owned_domain(host), [])
    if owner is None and not groups:
        return None
    likeliest = max(sorted(set(groups)), key=groups.count) if groups else None
    group = (owner.group or owner.likely if owner else "") or likeliest
    return Owner("", owner.name if owner else owned_domain(host), group, owner.kind if owner else "")


def _line(
    what: str, services: list[dict[str, str]], find: Callable[[str], Owner | None], aims: tuple[float, float]
) -> str:
    named = judged = hits = 0
    for row in services:
        owners = [owner for host in _hosts(row) if (owner := find(host))]
        named += bool(owners)
        groups = [owner.group or owner.likely for owner in sorted(owners, key=lambda owner: not owner.group)]
        if owners and row["group"]:
            judged += 1
            hits += row["group"] in groups[:1]
    aim = f"   aims: {aims[0]:.0%}, {aims[1]:.0%}" if aims[0] else ""
    return f"{what:39}{named / len(services):>8.3f}{hits / max(judged, 1):>24.3f}{aim}"


def _hosts(service: dict[str, str]) -> list[str]:
    """Return the hosts of a service, those of its scripts before those of pages for people."""
    return sorted(service["script_hosts"].split(";"), key=lambda host: host.partition(".")[0] in PAGES)
