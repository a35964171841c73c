"""Recognize pasted code as the snippet of a vendor whose tag the service loads itself, with the ids that stand in it."""

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from consent.classifier.catalogue import Catalogue, TagTemplate, Vendor
from consent.classifier.recognition.inline_code import addresses_in, readable
from consent.classifier.recognition.known_tags import Known, KnownTags
from consent.core.documents.tags import Node
from consent.sites.html_snippet import Pasted


class RecognizedTag(NamedTuple):
    """A tag of the catalogue that does what the code does, and the parameters that were read in it."""

    vendor: Vendor
    template: TagTemplate
    parameters: dict[str, str]


def recognize(pasted: Pasted, catalogue: Catalogue) -> list[RecognizedTag]:
    """Return the tags of `catalogue` whose snippets the code holds, each once, those of the first node first."""
    tags, texts = _known_tags(catalogue), [readable(node["text"]) for node in pasted.nodes if node["text"]]
    read: dict[tuple[str, str], dict[str, str]] = {}
    for known in (known for node in pasted.nodes for known in _of_node(tags, node, texts)):
        if known.template and not known.ended:
            read.setdefault((known.vendor, known.template), {}).update(known.parameters)
    return list(_loadable(catalogue, read))


def _of_node(tags: KnownTags, node: Node, texts: list[str]) -> Iterator[Known]:
    """Yield what a node is by its own address or code; its host alone does not tell."""
    if node["src"]:
        if any(tags.exactly(node["src"], node["element"])):
            yield from tags.at(node["src"], node["element"], node["attributes"], texts)
        return
    text = readable(node["text"])
    yield from tags.in_code(text, texts)
    for address in addresses_in(text):
        if any(tags.exactly(address, "script")):
            yield from tags.at(address, "script", {}, texts)


def _loadable(catalogue: Catalogue, read: dict[tuple[str, str], dict[str, str]]) -> Iterator[RecognizedTag]:
    for (vendor_id, template_id), parameters in read.items():
        vendor = catalogue.vendor(vendor_id)
        template = vendor.tag(template_id)
        if template.load["src"]:
            yield RecognizedTag(vendor, template, parameters)


@lru_cache(maxsize=2)
def _known_tags(catalogue: Catalogue) -> KnownTags:
    return KnownTags(catalogue)
