"""Identify vendor tags, with their parameters, by URL or inline code, using the catalog."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

from consent.classifier.address_book import AddressBook
from consent.classifier.catalog import Catalog
from consent.classifier.code_libraries import code_libraries
from consent.classifier.own_host.judge import SentRequest, judge, libraries, library_mount
from consent.classifier.own_host.signatures import load_signatures
from consent.classifier.recognition.shared_hosting import has_unshared_name
from consent.classifier.recognition.snippet_shapes import (
    Shape,
    Snippet,
    host_of,
    shapes_of,
    snippets_of,
    values_in_attributes,
    values_in_code,
)
from consent.classifier.registrable_domain import owned_domain
from consent.classifier.vendor import TagTemplate, Vendor
from consent.core.host_patterns import matches, owner_of
from consent.core.translatable import translatable

LIBRARY = "library:"
KINDS = {"iframe": ("frame", "marked"), "frame": ("frame", "marked"), "img": ("pixel", "marked")}
SCRIPTS = ("script", "marked")
"""A template's load types that suit an element, best first."""


@dataclass(frozen=True)
class KnownProduct:
    """A product, or an unknown host, in which case `name` is the host and `vendor` is empty.

    `is_listed` means that it comes from the table of known hosts, not from a catalog file. `sample` is a URL it loads
    from, even if the page's code builds the URL. `ended` is the day the product was shut down and `company` its former
    owner; both are empty for all others.
    """

    vendor: str
    template: str
    name: str
    group: str | None
    address: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)
    is_listed: bool = False
    sample: str = ""
    ended: str = ""
    company: str = ""
    mount: str = ""
    """Path of the site's own host under which it is proxied, or empty."""

    @property
    def is_known(self) -> bool:
        """Return whether it is in the catalog or in the table of known hosts."""
        return bool(self.vendor) or self.is_listed

    @property
    def reason(self) -> str:
        """Return a sentence that explains its group."""
        if not self.is_known:
            return translatable(f"The purpose of {self.name} is not known.")
        if self.group is None:
            return translatable(f"The purpose of {self.name} differs by product.")
        if self.vendor:
            return translatable(f"The catalog lists {self.name} under {self.group}.")
        return translatable(f"The table of known hosts lists {self.name} under {self.group}.")


class KnownTag(NamedTuple):
    """A catalog vendor and, if it can be determined, one of its tags."""

    vendor: Vendor
    template: TagTemplate | None


class KnownTags:
    """Looks up URLs and code in the catalog."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog, self._book = catalog, AddressBook(catalog.vendors)

    @cached_property
    def _shapes(self) -> dict[str, list[Shape]]:
        by_domain: dict[str, list[Shape]] = {}
        for shape in shapes_of(self._catalog.vendors):
            by_domain.setdefault(shape.domain, []).append(shape)
        return by_domain

    @cached_property
    def _snippets(self) -> list[Snippet]:
        return list(snippets_of(self._catalog.vendors))

    @cached_property
    def _hosts(self) -> dict[str, Sequence[str]]:
        return {LIBRARY: list(code_libraries()), **{vendor.id: vendor.hosts for vendor in self._catalog.vendors}}

    def is_library(self, address: str) -> bool:
        """Return whether `address` serves harmless code that a page may need."""
        return owner_of(address, self._hosts) == LIBRARY

    def library(self, address: str) -> str:
        """Return the name of the code library at `address`."""
        entries = [entry for entry in code_libraries() if matches(address, entry)]
        return code_libraries()[max(entries, key=len)]

    def products_at(
        self, address: str, tag: str, attributes: Mapping[str, str], texts: Iterable[str]
    ) -> Iterator[KnownProduct]:
        """Yield the products loaded by an element `tag` with this URL; the inline scripts `texts` may hold ids."""
        match = self._by_shape(address, tag) or self._by_sign(address) or self._by_host(address, tag)
        if isinstance(match, KnownProduct):
            yield match
            return
        vendor, template, values = match
        more = values_in_attributes(template, attributes) if template else {}
        yield from self._with_parameters(KnownTag(vendor, template), values | more, texts, address)

    def exact_matches(self, address: str, tag: str) -> Iterator[KnownProduct]:
        """Yield the product of an element whose exact URL is in the catalog; its host alone isn't enough."""
        match = self._by_shape(address, tag) or self._by_sign(address)
        if match:
            yield _known(KnownTag(match[0], match[1]), address, match[2])

    def proxied(self, address: str, text: str) -> KnownProduct | None:
        """Return the vendor of a library served from the site's own host, by its URL or `text`, or None."""
        signatures = load_signatures()
        match = judge(SentRequest("GET", address), signatures)
        if match and match.shape.kind == "library":
            google = f"https://www.googletagmanager.com/{'gtm.js' if 'gtm.js' in address else 'gtag/js'}"
            ids = parse_qs(urlsplit(address).query).get("id", []) if match.collector.id == "google-tag" else []
            by_id = next(self.products_at(f"{google}?id={ids[0]}", "script", {}, ()), None) if ids else None
            if by_id and by_id.vendor:
                return replace(by_id, address=address, sample=address, mount=match.mount)
            return self.proxied_vendor(match.vendor or "", address, match.mount)
        known = [one for one in libraries(text, signatures) if not one.is_bundled]
        mount = library_mount(urlsplit(address).path, signatures)
        return self.proxied_vendor(known[0].vendor or "", address, mount) if known else None

    def proxied_vendor(self, vendor_id: str, address: str, mount: str) -> KnownProduct | None:
        """Return a vendor that is proxied at `address` on the site's own host, or None if the catalog lacks it."""
        vendor = next((one for one in self._catalog.vendors if one.id == vendor_id), None)
        if vendor is None:
            return None
        return KnownProduct(vendor.id, "", vendor.name, vendor.group, address, sample=address, mount=mount)

    def in_file(self, text: str) -> Iterator[KnownProduct]:
        """Yield the products in the site's own code that have an id filled in; a bundle may contain unused code."""
        yield from (
            one for one in self._in_code(text, (), [one for one in self._snippets if one.given]) if one.parameters
        )

    def in_code(self, text: str, texts: Sequence[str]) -> Iterator[KnownProduct]:
        """Yield the products of inline code made readable by page_code; a product's first matching snippet counts."""
        yield from self._in_code(text, texts, self._snippets)

    def _in_code(self, text: str, texts: Sequence[str], snippets: Sequence[Snippet]) -> Iterator[KnownProduct]:
        fitting = {snippet.product: snippet for snippet in reversed(snippets) if snippet.matches(text)}
        for snippet in reversed(fitting.values()):
            match = KnownTag(snippet.vendor, snippet.template)
            yield from self._with_parameters(match, {}, [text, *texts], snippet.address_in(text))

    def is_near(self, address: str, vendors: Iterable[str]) -> bool:
        """Return whether `address` is on a domain of one of `vendors`."""
        domain = owned_domain(host_of(address))
        return any(domain in _domains(self._catalog.vendor(vendor)) for vendor in vendors)

    def is_container(self, vendor: str) -> bool:
        """Return whether `vendor` loads others' tags, as configured elsewhere."""
        return bool(vendor) and bool(self._catalog.vendor(vendor).document.get("container"))

    def _with_parameters(
        self, known_tag: KnownTag, values: dict[str, str], texts: Iterable[str], address: str
    ) -> Iterator[KnownProduct]:
        """Yield the tag once per value of its only parameter, or else once with all parameters found in the page."""
        template = known_tag.template
        missing = [one for one in template.parameters if one.id not in values] if template else []
        in_code = {
            one.id: values_in_code(one, [s for s in self._snippets if s.template is template], template, texts)
            for one in missing
            if template
        }
        if template and len(template.parameters) == 1 and missing and (several := in_code[missing[0].id]):
            for value in several:
                yield _known(known_tag, address, {missing[0].id: value})
            return
        yield _known(known_tag, address, values | {name: first[0] for name, first in in_code.items() if first})

    def _by_shape(self, address: str, tag: str) -> tuple[Vendor, TagTemplate | None, dict[str, str]] | None:
        """Return the template that this URL belongs to, or None if several match equally well."""
        fits = [
            (shape, values)
            for shape in self._shapes.get(owned_domain(host_of(address)), ())
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
            if domain in _domains(snippet.vendor) and snippet.matches(address):
                return snippet.vendor, snippet.template, {}
        return None

    def _by_host(self, address: str, tag: str) -> tuple[Vendor, TagTemplate | None, dict[str, str]] | KnownProduct:
        host = host_of(address)
        owner = self._book.find(address)
        if owner is None or (not owner.vendor and has_unshared_name(address)):
            return KnownProduct("", "", host, None, address, sample=address)
        if not owner.vendor:
            return KnownProduct("", "", owner.name, owner.group, address, is_listed=True, sample=address)
        vendor = self._catalog.vendor(owner.vendor)
        fitting = sorted(
            (one for one in vendor.tags if one.load["type"] in _types(tag) and _may_be_at(one, host)),
            key=lambda one: _types(tag).index(one.load["type"]),
        )
        only = vendor.tags[0] if len(vendor.tags) == 1 else None
        return vendor, fitting[0] if fitting else only, {}


def _may_be_at(template: TagTemplate, host: str) -> bool:
    """Return whether an otherwise unknown URL at `host` may belong to `template`; products share hosts."""
    source = template.load["src"]
    return not template.product and (source is None or "{" in host_of(source) or host_of(source) == host)


def _types(tag: str) -> tuple[str, ...]:
    return KINDS.get(tag, SCRIPTS)


def _known(known_tag: KnownTag, address: str, values: Mapping[str, str]) -> KnownProduct:
    vendor, template = known_tag
    sample = address or (template and template.load["src"]) or _example_address(vendor)
    if template is None:
        return KnownProduct(vendor.id, "", vendor.name, vendor.group, address, sample=sample)
    name, ended = template.product or vendor.name, template.ended
    company = vendor.company if ended else ""
    return KnownProduct(
        vendor.id, template.id, name, template.group, address, dict(values), sample=sample, ended=ended, company=company
    )


@cache
def _domains(vendor: Vendor) -> frozenset[str]:
    """Return the domains of the vendor's hosts; products may share one by path, and signs distinguish them."""
    return frozenset(owned_domain(host.partition("/")[0].removeprefix("*.")) for host in vendor.hosts)


def _example_address(vendor: Vendor) -> str:
    """Return a URL at the vendor's first host, or ""."""
    return f"https://{vendor.hosts[0].replace('*', 'www')}" if vendor.hosts else ""
