"""Recognize pasted code as the snippet of a vendor whose tag the service can load, with the ids in it."""

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from consent.classifier.catalog import Catalog, TagTemplate, Vendor
from consent.classifier.recognition.inline_code import addresses_in, readable
from consent.classifier.recognition.known_tags import KnownProduct, KnownTags
from consent.core.documents.tags import Node
from consent.sites.html_snippet import Pasted


class RecognizedTag(NamedTuple):
    """A tag of the catalog that does what the code does, and the parameters found in the code."""

    vendor: Vendor
    template: TagTemplate
    parameters: dict[str, str]


def recognize(pasted: Pasted, catalog: Catalog) -> list[RecognizedTag]:
    """Return the tags of `catalog` whose snippets the code contains, each once, in the order of the nodes."""
    tags, texts = _known_tags(catalog), [readable(node["text"]) for node in pasted.nodes if node["text"]]
    read: dict[tuple[str, str], dict[str, str]] = {}
    for known in (known for node in pasted.nodes for known in _tags_in_node(tags, node, texts)):
        if known.template and not known.ended:
            read.setdefault((known.vendor, known.template), {}).update(known.parameters)
    return list(_loadable(catalog, read))


def _tags_in_node(tags: KnownTags, node: Node, texts: list[str]) -> Iterator[KnownProduct]:
    """Yield what a node is, judging by its own URL or code, as its host alone isn't enough."""
    if node["src"]:
        if any(tags.exact_matches(node["src"], node["element"])):
            yield from tags.products_at(node["src"], node["element"], node["attributes"], texts)
        return
    text = readable(node["text"])
    yield from tags.in_code(text, texts)
    for address in addresses_in(text):
        if any(tags.exact_matches(address, "script")):
            yield from tags.products_at(address, "script", {}, texts)


def _loadable(catalog: Catalog, read: dict[tuple[str, str], dict[str, str]]) -> Iterator[RecognizedTag]:
    for (vendor_id, template_id), parameters in read.items():
        vendor = catalog.vendor(vendor_id)
        template = vendor.tag(template_id)
        if template.load["src"]:
            yield RecognizedTag(vendor, template, parameters)


@lru_cache(maxsize=2)
def _known_tags(catalog: Catalog) -> KnownTags:
    return KnownTags(catalog)
