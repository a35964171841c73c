"""A tag's legal flags: what the catalog says of it, and what a deviation needs."""

from typing import NamedTuple

from consent.classifier.catalog import Catalog, Vendor
from consent.core.documents.tags import Tag
from consent.core.groups import ESSENTIAL
from consent.core.translatable import translatable
from consent.sites.custom.code import template_of

NO_NOTE = translatable("Say why this differs from the catalog.")
NO_MODE = translatable("This product has no limited mode.")


class Flags(NamedTuple):
    """Legal flags of a tag: whether it counts as sale or sharing, and its exemptions."""

    sale_or_share: bool
    exemptions: list[str]


def known_flags(tag: Tag, catalog: Catalog) -> Flags:
    """Return a tag's flags from the catalog; a custom tag counts as sale if its vendor's tags do."""
    if template := template_of(tag, catalog):
        return Flags(template.sale_or_share or tag["group"] == "advertising", list(template.exemptions))
    vendor = next((one for one in catalog.vendors if one.id == tag["vendor"]), None)
    return Flags(is_sold(tag["group"], vendor), [])


def needs_note(tag: Tag, catalog: Catalog) -> bool:
    """Return whether the tag's flags differ from the catalog's, which needs a note that says why."""
    return differ_from_catalog(Flags(tag["sale_or_share"], tag["exemptions"]), known_flags(tag, catalog))


def differ_from_catalog(flags: Flags, known: Flags) -> bool:
    """Return whether a tag's flags differ from those `known` to the catalog, in whatever order its exemptions are."""
    return (flags.sale_or_share, sorted(flags.exemptions)) != (known.sale_or_share, sorted(known.exemptions))


def unknown_exemption(group: str, name: str) -> str:
    """Return the sentence on an exemption that tags of `group` can't have."""
    return translatable(f"There is no exemption {name} for the group {group}.")


def is_sold(group: str, vendor: Vendor | None) -> bool:
    """Return whether a tag counts as sale or sharing, assuming that it does if any of its vendor's tags do."""
    return group == "advertising" or (
        group != ESSENTIAL and vendor is not None and any(template.sale_or_share for template in vendor.tags)
    )
