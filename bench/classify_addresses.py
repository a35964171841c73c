"""Evaluation of tracker identification: vendor and group by the hosts of a service's scripts."""

import csv
from collections.abc import Callable, Iterator
from pathlib import Path

from consent.classifier.address_book import TABLE, AddressBook
from consent.classifier.catalog import VENDORS, load_catalog
from consent.classifier.registrable_domain import clean_host, owned_domain
from consent.classifier.training.training_data import Example
from consent.core.groups import ESSENTIAL

SERVICES = "services_tarteaucitron.csv"
FILED, COOKIES, LIKELY, NOTHING = range(4)
"""How a group is known, best first: filed for the host, from listed cookies, likely for the host's kind, not at all."""
Service = dict[str, str]
Said = tuple[int, str]
"""How the group of a host is known, and the group."""
Book = Callable[[str], Said | None]


def addresses_report(folder: Path, listed: list[Example]) -> str:
    """Return how many services are identified by their hosts, and for how many of those the group is right.

    The list has the host of a service's privacy page among those of its scripts: the first table leaves it out, the
    second uses all hosts, scripts first.
    """
    with (folder / SERVICES).open(encoding="utf-8", newline="") as file:
        services = [row for row in csv.DictReader(file) if row["script_hosts"]]
    lists = _by_domain([example for example in listed if example.sighting.name not in _own_names(services)])
    scripted = [row for row in services if any(_scripts(row))]
    return "\n".join(
        [
            *_table("hosts of scripts alone", scripted, _scripts, lists),
            "",
            *_table("those of privacy pages too", services, _all_hosts, lists),
        ]
    )


def _table(
    what: str,
    services: list[Service],
    hosts: Callable[[Service], Iterator[str]],
    lists: dict[str, list[str]],
) -> list[str]:
    known, whole = AddressBook([], TABLE), AddressBook(load_catalog(VENDORS).vendors, TABLE)
    books: list[tuple[str, Book, tuple[float, float]]] = [
        ("third-party hosts alone", lambda host: said(known, {}, host), (0, 0)),
        ("and domains of listed cookies", lambda host: said(known, lists, host), (0.6, 0.75)),
        ("everything shipped", lambda host: said(whole, {}, host), (0, 0)),
    ]
    head = f"{len(services)} services, {what}"
    return [
        f"{head:41}{'named':>6}{'right group of those':>24}",
        *(
            _line(name, [[find(host) for host in hosts(row)] for row in services], services, aim)
            for name, find, aim in books
        ),
    ]


def said(book: AddressBook, lists: dict[str, list[str]], host: str) -> Said | None:
    """Return what `book`, and the groups of `lists` by domain, say about `host`, or None if it is unknown to both.

    An essential cookie says nothing about its vendor: every vendor has some.
    """
    owner, listed = book.place(host).owner, lists.get(owned_domain(host), [])
    if owner is None and not listed:
        return None
    if owner and owner.group:
        return FILED, owner.group
    if owner and owner.likely_group:
        return LIKELY, owner.likely_group
    groups = [group for group in listed if group != ESSENTIAL]
    return (COOKIES, max(sorted(set(groups)), key=groups.count)) if groups else (NOTHING, "")


def _line(name: str, found: list[list[Said | None]], services: list[Service], aims: tuple[float, float]) -> str:
    named = [[one for one in hosts if one] for hosts in found]
    judged = [
        (row["group"], min(hosts, key=lambda one: one[0])[1])
        for row, hosts in zip(services, named, strict=True)
        if hosts and row["group"]
    ]
    share, right = sum(map(bool, named)) / len(services), sum(is_ == best for is_, best in judged) / max(len(judged), 1)
    aim = f"   aims: {aims[0]:.0%}, {aims[1]:.0%}" if aims[0] else ""
    return f"{name:39}{share:>8.3f}{right:>14.3f} of {len(judged):>3}{aim}"


def _own_names(services: list[Service]) -> set[str]:
    return {name for row in services for name in row["cookies"].split(";")}


def _by_domain(listed: list[Example]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for example in listed:
        for domain in example.domains:
            found.setdefault(owned_domain(domain), []).append(example.group)
    return found


def _scripts(service: Service) -> Iterator[str]:
    """Yield the hosts of a service without that of its privacy page."""
    page = clean_host(service["privacy_url"])
    yield from (host for host in service["script_hosts"].split(";") if host != page)


def _all_hosts(service: Service) -> Iterator[str]:
    page = clean_host(service["privacy_url"])
    yield from sorted(service["script_hosts"].split(";"), key=lambda host: host == page)
