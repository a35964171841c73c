"""Whose an address or a piece of inline code is, by the catalogue, with what the page filled in."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import NamedTuple

from consent.classify.addresses import AddressBook
from consent.classify.catalogue import Catalogue
from consent.classify.code_libraries import code_libraries
from consent.classify.domains import owned_domain
from consent.classify.vendor import TagTemplate, Vendor
from consent.core.addresses import matches, owner_of
from consent.scan.tag_shapes import (
    Shape,
    Snippet,
    host_of,
    shapes_of,
    snippets_of,
    values_in_attributes,
    values_in_code,
)

LIBRARY = "library:"
KINDS = {"iframe": ("frame", "marked"), "frame": ("frame", "marked"), "img": ("pixel", "marked")}
SCRIPTS = ("script", "marked")
"""Types of a template's load that fit an element, the best first."""


@dataclass(frozen=True)
class Known:
    """A product, or a host that nobody knows: then `name` is the host and `vendor` empty.

    `is_listed` tells that the table of known hosts has it, and no file of the catalogue. `sample` is an address that
    it loads from, also where the page's code builds it.
    """

    vendor: str
    template: str
    name: str
    group: str | None
    address: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)
    is_listed: bool = False
    sample: str = ""

    @property
    def is_known(self) -> bool:
        """Tell whether the catalogue or the table of known hosts has it."""
        return bool(self.vendor) or self.is_listed

    @property
    def reason(self) -> str:
        """Return why it has its group: a sentence."""
        if not self.is_known:
            return f"Nobody has said what {self.name} is for."
        if self.group is None:
            return f"What {self.name} is for differs by product."
        where = "The catalogue" if self.vendor else "The table of known hosts"
        return f"{where} has {self.name} as {self.group}."


class Found(NamedTuple):
    """A vendor of the catalogue with one of its tags, where that is clear."""

    vendor: Vendor
    template: TagTemplate | None


class KnownTags:
    """What the catalogue tells of addresses and code."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue, self._book = catalogue, AddressBook(catalogue.vendors)

    @cached_property
    def _shapes(self) -> dict[str, list[Shape]]:
        found: dict[str, list[Shape]] = {}
        for shape in shapes_of(self._catalogue.vendors):
            found.setdefault(shape.host, []).append(shape)
        return found

    @cached_property
    def _snippets(self) -> list[Snippet]:
        return list(snippets_of(self._catalogue.vendors))

    @cached_property
    def _hosts(self) -> dict[str, Sequence[str]]:
        return {LIBRARY: list(code_libraries()), **{vendor.id: vendor.hosts for vendor in self._catalogue.vendors}}

    def is_library(self, address: str) -> bool:
        """Tell whether `address` is one of harmless code that a page may need."""
        return owner_of(address, self._hosts) == LIBRARY

    def library(self, address: str) -> str:
        """Return the name of the code library at `address`."""
        entries = [entry for entry in code_libraries() if matches(address, entry)]
        return code_libraries()[max(entries, key=len)]

    def at(self, address: str, tag: str, attributes: Mapping[str, str], texts: Iterable[str]) -> Iterator[Known]:
        """Yield what an element `tag` with this address is; ids may stand in `texts`, the page's inline scripts."""
        found = self._by_shape(address, tag) or self._by_sign(address) or self._by_host(address, tag)
        if isinstance(found, Known):
            yield found
            return
        vendor, template, values = found
        more = values_in_attributes(template, attributes) if template else {}
        yield from self._filled(Found(vendor, template), values | more, texts, address)

    def exactly(self, address: str, tag: str) -> Iterator[Known]:
        """Yield what an element is whose very address is of the catalogue; its host alone is not enough."""
        found = self._by_shape(address, tag) or self._by_sign(address)
        if found:
            yield _known(Found(found[0], found[1]), address, found[2])

    def in_file(self, text: str) -> Iterator[Known]:
        """Yield what a file of the site's own code uses, by an id filled in: a bundle may hold code that no page uses."""
        yield from (
            one for one in self._in_code(text, (), [one for one in self._snippets if one.given]) if one.parameters
        )

    def in_code(self, text: str, texts: Sequence[str]) -> Iterator[Known]:
        """Yield whose inline code `text` is, readable as page_code makes it; of a vendor's snippets the first counts."""
        yield from self._in_code(text, texts, self._snippets)

    def _in_code(self, text: str, texts: Sequence[str], snippets: Sequence[Snippet]) -> Iterator[Known]:
        fitting = {snippet.vendor.id: snippet for snippet in reversed(snippets) if snippet.fits(text)}
        for snippet in reversed(fitting.values()):
            found = Found(snippet.vendor, snippet.template)
            yield from self._filled(found, {}, [text, *texts], snippet.address_in(text))

    def is_near(self, address: str, vendors: Iterable[str]) -> bool:
        """Tell whether `address` is of a domain of one of `vendors`."""
        domain = owned_domain(host_of(address))
        return any(domain in _domains(self._catalogue.vendor(vendor)) for vendor in vendors)

    def is_container(self, vendor: str) -> bool:
        """Tell whether `vendor` loads tags of others, as somebody has set it elsewhere."""
        return bool(vendor) and bool(self._catalogue.vendor(vendor).document.get("container"))

    def _filled(self, found: Found, values: dict[str, str], texts: Iterable[str], address: str) -> Iterator[Known]:
        """Yield the tag once for each value of its one parameter, else once with all that the page tells."""
        template = found.template
        missing = [one for one in template.parameters if one.id not in values] if template else []
        told = {
            one.id: values_in_code(one, [s for s in self._snippets if s.template is template], template, texts)
            for one in missing
            if template
        }
        if template and len(template.parameters) == 1 and missing and (several := told[missing[0].id]):
            for value in several:
                yield _known(found, address, {missing[0].id: value})
            return
        yield _known(found, address, values | {name: first[0] for name, first in told.items() if first})

    def _by_shape(self, address: str, tag: str) -> tuple[Vendor, TagTemplate | None, dict[str, str]] | None:
        """Return the template of which this is the address; None where several fit as well."""
        fits = [
            (shape, values)
            for shape in self._shapes.get(host_of(address), ())
            if (values := shape.values(address)) is not None and shape.template.load["type"] in _types(tag)
        ]
        most = max((len(values) for _, values in fits), default=0)
        best = {shape.template.id: (shape, values) for shape, values in fits if len(values) == most}
        if len(best) != 1:
            return None
        ((shape, values),) = best.values()
        return shape.vendor, shape.template, values

    def _by_sign(self, address: str) -> tuple[Vendor, TagTemplate | None, dict[str, str]] | None:
        domain = owned_domain(host_of(address))
        for snippet in self._snippets:
            if domain in _domains(snippet.vendor) and snippet.fits(address):
                return snippet.vendor, snippet.template, {}
        return None

    def _by_host(self, address: str, tag: str) -> tuple[Vendor, TagTemplate | None, dict[str, str]] | Known:
        host = host_of(address)
        owner = self._book.find(address)
        if owner is None:
            return Known("", "", host, None, address, sample=address)
        if not owner.vendor:
            return Known("", "", owner.name, owner.group, address, is_listed=True, sample=address)
        vendor = self._catalogue.vendor(owner.vendor)
        fitting = sorted(
            (one for one in vendor.tags if one.load["type"] in _types(tag)),
            key=lambda one: _types(tag).index(one.load["type"]),
        )
        only = vendor.tags[0] if len(vendor.tags) == 1 else None
        return vendor, fitting[0] if fitting else only, {}


def _types(tag: str) -> tuple[str, ...]:
    return KINDS.get(tag, SCRIPTS)


def _known(found: Found, address: str, values: Mapping[str, str]) -> Known:
    vendor, template = found
    sample = address or (template and template.load["src"]) or _some_address(vendor)
    if template is None:
        return Known(vendor.id, "", vendor.name, vendor.group, address, sample=sample)
    return Known(vendor.id, template.id, vendor.name, template.group, address, dict(values), sample=sample)


@cache
def _domains(vendor: Vendor) -> frozenset[str]:
    """Return the domains that the vendor's hosts are of; products may share one by paths, and a sign tells them apart."""
    return frozenset(owned_domain(host.partition("/")[0].removeprefix("*.")) for host in vendor.hosts)


def _some_address(vendor: Vendor) -> str:
    """Return an address at the vendor's first host; empty where it has none."""
    return f"https://{vendor.hosts[0].replace('*', 'www')}" if vendor.hosts else ""
