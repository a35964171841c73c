"""Find the tags in a page's HTML and its first-party style sheets and scripts, and merge them into found tags."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from consent.classifier.recognition.consent_tools import is_consent_tool
from consent.classifier.recognition.inline_code import addresses_in, named_scripts, readable
from consent.classifier.recognition.known_tags import KnownProduct, KnownTags
from consent.classifier.registrable_domain import owned_domain
from consent.scanner.health.html_elements import Part
from consent.scanner.health.import_maps import IMPORT_MAP, mapped_addresses
from consent.scanner.health.style_sheets import fonts, imports
from consent.sites.found_tags import HTML, FoundTag

ELEMENT, CODE, SHEET, HINT, FILE = "element", "code", "sheet", "hint", "file"
"""How a tag is included: by an element, inline code, a style sheet, a resource hint, or a file of the site.

An entry of an import map, `IMPORT_MAP`, is another way.
"""

IMPORTS = re.compile(r"""(?:import|from)[\s(]*["'](?:https?:)?//""")
"""Code that imports a module from another site."""
PIXEL = re.compile(r"(?:width|height)\W+[01](?:p|[^\w.])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Place:
    """One occurrence of a tag in a page."""

    known: KnownProduct
    part: Part
    way: str
    sheet: str = ""
    """URL of the site's own style sheet that contains it."""

    @property
    def is_out_of_reach(self) -> bool:
        """Return whether the blocker can't hold it wherever it is: in an import map, or in a shadow tree of the HTML.

        What inline code in such a tree adds to the page is held, but not what it imports.
        """
        is_code = self.way in (CODE, FILE) and not IMPORTS.search(self.part.text)
        return self.way == IMPORT_MAP or (self.part.in_shadow and not is_code)

    @property
    def is_beacon(self) -> bool:
        """Return whether it is an image of at most one pixel, by the blocker's definition."""
        named = self.part.attributes
        size = " ".join(f"{side}={named.get(side)};" for side in ("width", "height")) + f"{named.get('style', '')};"
        return self.part.tag == "img" and len(PIXEL.findall(size)) > 1


class PageTags:
    """Finds tags in the page at `url` on the hosts `own`; `files` are its own scripts and sheets by URL."""

    def __init__(self, known: KnownTags, url: str, own: Iterable[str], files: Mapping[str, str]) -> None:
        self._known, self._files = known, files
        self._domains = {owned_domain(urlsplit(one).hostname or "") for one in (url, *own)}
        self._url = url

    def places(self, parts: Sequence[Part], line: Part | None) -> list[Place]:
        """Return each occurrence of a tag in `parts`, in order; `line` is ours."""
        texts = [readable(part.text) for part in parts if part.tag == "script" and _is_code(part)]
        positions = [place for part in parts if part is not line for place in self._places_of(part, texts)]
        maps = [part for part in parts if part.type == IMPORT_MAP and not part.src]
        positions += [place for part in maps for place in self._places_in_map(part, parts, texts)]
        return [place for place in positions if not _is_settled(place.part)]

    def _places_of(self, part: Part, texts: Sequence[str]) -> Iterator[Place]:
        if part.tag == "style":
            yield from self._places_in_sheet(part, part.text, self._url, "")
        elif part.src and self.is_own(part.src):
            yield from self._places_in_file(part, texts)
        elif part.src:
            yield from self._places_of_address(part, texts)
        elif part.tag == "script" and _is_code(part):
            yield from self._places_in_code(part, readable(part.text), texts)
        elif part.attributes.get("id") == "__NEXT_DATA__":
            yield from self._places_in_next_data(part, texts)

    def is_own(self, address: str) -> bool:
        """Return whether `address` belongs to the site itself."""
        host = urlsplit(address).hostname
        return not host or owned_domain(host) in self._domains

    def _places_of_address(self, part: Part, texts: Sequence[str]) -> Iterator[Place]:
        if part.waits and not part.is_marked:
            return
        if not self._known.is_library(part.src) and not is_consent_tool(part.src):
            for known in self._known.products_at(part.src, part.tag, part.attributes, texts):
                is_photo = not known.is_known and part.tag in ("img", "link")
                if not is_photo or Place(known, part, ELEMENT).is_beacon:
                    yield Place(known, part, HINT if part.is_hint else ELEMENT)

    def _places_in_map(self, part: Part, parts: Sequence[Part], texts: Sequence[str]) -> Iterator[Place]:
        for address in dict.fromkeys(mapped_addresses(part, self._url, parts, self._files)):
            if not self.is_own(address) and not self._known.is_library(address):
                yield from (
                    Place(one, part, IMPORT_MAP) for one in self._known.products_at(address, "script", {}, texts)
                )

    def _places_in_code(self, part: Part, text: str, texts: Sequence[str]) -> Iterator[Place]:
        tags = list(self._known.in_code(text, texts))
        yield from (Place(known, part, CODE) for known in tags)
        for address in addresses_in(text):
            if self.is_own(address) or self._known.is_library(address) or is_consent_tool(address):
                continue
            for known in self._known.products_at(address, "script", {}, [text, *texts]):
                if not self._is_declared(known, address, [one.vendor for one in tags]):
                    # Code that builds the rest of a URL doesn't contain the whole one.
                    yield Place(replace(known, address="") if known.vendor else known, part, CODE)

    def _is_declared(self, known: KnownProduct, address: str, vendors: Sequence[str]) -> bool:
        """Return whether code for `vendors` already accounts for a URL's owner, since products may share a domain."""
        return not known.template if known.vendor in vendors else self._known.is_near(address, vendors)

    def _places_in_next_data(self, part: Part, texts: Sequence[str]) -> Iterator[Place]:
        """Yield the scripts that Next.js will load, from the list in its data."""
        for text in named_scripts(part.text):
            yield from self._places_in_code(part, readable(text), texts)

    def _places_in_file(self, part: Part, texts: Sequence[str]) -> Iterator[Place]:
        text = self._files.get(part.src, "")
        proxied = self._known.proxied(part.src, text) if part.tag == "script" else None
        if proxied and (part.is_marked or not part.waits):
            yield Place(proxied, part, ELEMENT)
            return
        if "stylesheet" in part.rel:
            yield from self._places_in_sheet(part, text, part.src, part.src)
        elif part.tag == "script" and not part.waits:
            yield from (Place(known, part, FILE) for known in self._known.in_file(readable(text)))

    def _places_in_sheet(self, part: Part, css: str, base: str, sheet: str, depth: int = 0) -> Iterator[Place]:
        for address in imports(css, base):
            if self.is_own(address) and depth == 0:
                yield from self._places_in_sheet(part, self._files.get(address, ""), address, address, 1)
        for address in dict.fromkeys([*imports(css, base), *fonts(css, base)]):
            if not self.is_own(address) and not self._known.is_library(address):
                for known in self._known.products_at(address, "link", {}, ()):
                    yield Place(known, part, SHEET, sheet)


def own_files(parts: Iterable[Part], own_origins: Iterable[str]) -> list[str]:
    """Return the URLs of scripts and sheets on the site's own origins, which may contain third-party tags."""
    origins = tuple(f"{origin}/" for origin in own_origins)
    named = [part.src for part in parts if part.tag == "script" or "stylesheet" in part.rel]
    return list(dict.fromkeys(address for address in named if address.startswith(origins)))


def found_tags(places: Iterable[tuple[Place, bool]], source: str = HTML) -> list[FoundTag]:
    """Return the tags at `places`, each blocked or not: one per product and set of parameters.

    An occurrence with fewer parameters than another of the same product adds nothing; a resource hint alone isn't a
    tag.
    """
    by_key: dict[tuple[str, str], list[tuple[KnownProduct, bool]]] = {}
    for place, held in places:
        if place.way != HINT:
            known = place.known
            by_key.setdefault((known.vendor or known.name, known.template), []).append((known, held))
    tags = [tag for (name, _), one in by_key.items() for tag in _tags(one, source)]
    return with_products(tags)


def with_products(tags: Sequence[FoundTag]) -> list[FoundTag]:
    """Return `tags`, without a vendor's generic tag if another one names its product."""
    full = {tag.vendor for tag in tags if tag.template}
    return [tag for tag in tags if tag.template or tag.vendor not in full or not tag.vendor]


def _tags(declared: Sequence[tuple[KnownProduct, bool]], source: str) -> Iterator[FoundTag]:
    known, held = declared[0][0], all(holds for _, holds in declared)
    address = next((one.address for one, _ in declared if one.address), "")
    for parameters in _maximal_sets([dict(one.parameters) for one, _ in declared]):
        own = next((one.address for one, _ in declared if one.address and dict(one.parameters) == parameters), address)
        facts = (known.vendor, known.template, known.name, known.group, parameters, own, source, held, known.reason)
        yield FoundTag(*facts, mounts=[*dict.fromkeys(one.mount for one, _ in declared if one.mount)])


def _maximal_sets(rows: Sequence[dict[str, str]]) -> list[dict[str, str]]:
    """Return the maximal sets of parameters, dropping those contained in another."""
    joined: list[dict[str, str]] = []
    for one in sorted(rows, key=len, reverse=True):
        if not any(one.items() <= other.items() for other in joined):
            joined.append(one)
    return joined


def _is_code(part: Part) -> bool:
    return not part.src and (part.is_marked or not part.waits)


def _is_settled(part: Part) -> bool:
    """Return whether the owner marked it as essential, or the site's server added it based on the decision."""
    return part.attributes.get("data-consent", "") == "essential" or "data-tag" in part.attributes
