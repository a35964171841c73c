"""Identify the vendor of a script or request URL, first by URL prefix, then by host."""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from copy import copy
from dataclasses import replace
from functools import cache, cached_property, lru_cache
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from consent.classifier.code_libraries import code_libraries
from consent.classifier.filter_lists import FilterList
from consent.classifier.host_owners import Hosts, Owner, known_hosts
from consent.classifier.registrable_domain import MAX_URL_LENGTH, clean_host, owned_domain
from consent.classifier.vendor import TagTemplate, Vendor
from consent.core.groups import ESSENTIAL

DATA = Path(__file__).parent.parent / "data"
TABLE, WEBSITES = DATA / "hosts.csv", DATA / "own-websites.csv"
NO_LETTER = re.compile(r"[^a-z0-9]")
MIN_LABEL_LENGTH = 5
"""Minimum length of a host label that identifies its owner; anyone may use shorter ones, such as `app` and `shop`."""
LITERAL = re.compile(r"(?:[A-Za-z0-9-](?![*+?{]))*")


class Place(NamedTuple):
    """What is known about a host.

    `owner` is None if unknown. `kind` is the host's category in the table of third-party hosts, even if a vendor file
    lists the host, or "". `is_website` means that an owner of third-party hosts has its own website at this host's
    domain. `has_tracker` means that the host, or its owner's own website, also serves a tracking product, as social
    networks do.
    """

    owner: Owner | None = None
    kind: str = ""
    is_website: bool = False
    has_tracker: bool = False


class AddressBook:
    """Owners by URL prefix, for products that share a host, and by host."""

    def __init__(self, vendors: Iterable[Vendor], table: Path | None = TABLE) -> None:
        self._vendors = vendors = list(vendors)
        self._hosts: Hosts = known_hosts(vendors, table, code_libraries() if table else None)
        self._by_prefix: dict[str, list[tuple[str, Owner]]] = {}
        for vendor in vendors:
            for template in vendor.tags:
                if template.load["src"]:
                    owner = Owner(vendor.id, vendor.name, template.group)
                    beginning = _url_prefix(template)
                    host = clean_host(beginning)
                    if "." in host:  # otherwise a parameter cuts the host short, such as `js` of `js{region}.example`
                        self._by_prefix.setdefault(host, []).append((beginning, owner))
        self._table = known_hosts((), table)
        self._websites = _websites() if table else frozenset[str]()
        self._lists: Sequence[FilterList] = ()
        self.place = lru_cache(maxsize=1024)(self._place)

    def with_lists(self, lists: Sequence[FilterList]) -> "AddressBook":
        """Return an address book that falls back on filter `lists` for unknown URLs."""
        book = copy(self)
        book._lists = lists
        return book

    def find(self, address: str) -> Owner | None:
        """Return the owner of `address`, a URL or a bare host, or None if unknown."""
        address = address.strip()[:MAX_URL_LENGTH]
        host = clean_host(address)
        fitting = [entry for entry in self._by_prefix.get(host, ()) if _without_scheme(address).startswith(entry[0])]
        if fitting:
            longest = max(len(beginning) for beginning, _ in fitting)
            best = {owner for beginning, owner in fitting if len(beginning) == longest}
            if len(best) == 1:
                return best.pop()
        return self.listed(self._hosts.owner(address), address) if host else None

    def listed(self, owner: Owner | None, address: str) -> Owner | None:
        """Return `owner`, with the group of the first filter list that matches `address` unless its group is known."""
        if owner is None or owner.group is None:
            for one in self._lists:
                if one.has(address):
                    return replace(owner or Owner("", "", None), group=one.group, listed=one.name)
        return owner

    def has_product(self, name: str) -> bool:
        """Return whether `name` is a known vendor with non-essential products, or one of the functions it calls."""
        return NO_LETTER.sub("", name.lower()) in self._product_names

    @cached_property
    def _tracked_domains(self) -> frozenset[str]:
        return self._hosts.tracked_domains()

    @cached_property
    def _product_names(self) -> frozenset[str]:
        names = {label for label in self._table.labels() if len(label) >= MIN_LABEL_LENGTH}
        for vendor in self._vendors:
            document = vendor.document
            groups = {vendor.group, *(one["group"] for one in (*document["tags"], *document["cookies"]))}
            if groups - {None, ESSENTIAL}:
                functions = [function.partition(".")[0] for function in _called_functions(document)]
                queues = [function.removesuffix("q") for function in functions]
                names.update(NO_LETTER.sub("", one.lower()) for one in (vendor.id, vendor.name, vendor.company))
                names.update(NO_LETTER.sub("", one.lower()) for one in (*functions, *queues))
        return frozenset(names)

    def _place(self, host: str) -> Place:
        filed = self._table.owners(host)
        domain = owned_domain(host)
        is_website = domain in self._websites
        has_tracker = any(owner.is_tracker for owner in (*filed, *self._hosts.owners(host)))
        has_tracker = has_tracker or (is_website and domain in self._tracked_domains)
        return Place(self._hosts.owner(host), filed[0].kind if filed else "", is_website, has_tracker)


@cache
def _websites() -> frozenset[str]:
    with WEBSITES.open(encoding="utf-8", newline="") as file:
        return frozenset(row["domain"] for row in csv.DictReader(file))


def _url_prefix(template: TagTemplate) -> str:
    """Return the part of the template's URL that is the same for every customer, without the scheme."""
    fixed, _, remainder = _without_scheme(str(template.load["src"])).partition("{")
    parameter = next((p for p in template.parameters if remainder.startswith(p.id + "}")), None)
    literal = LITERAL.match(parameter.pattern) if parameter else None
    return fixed + (literal[0] if literal else "")


def _called_functions(part: object) -> Iterator[str]:
    """Yield the functions and queues called in a vendor file."""
    if isinstance(part, dict):
        yield from (part[key] for key in ("call", "queue") if part.get(key))
        yield from chain.from_iterable(map(_called_functions, part.values()))
    elif isinstance(part, list):
        yield from chain.from_iterable(map(_called_functions, part))


def _without_scheme(address: str) -> str:
    return address.partition("//")[2] or address
