"""The catalogue as one site sees it, and what it says of a tag."""

from typing import Any, NamedTuple

from consent.classify.catalogue import Catalogue, TagTemplate
from consent.dashboard.services import services
from consent.storage.sites import FoundSite


class Flags(NamedTuple):
    """What an admin alone changes of a tag: whether it sells or shares, and the exemptions that it carries."""

    sale_or_share: bool
    exemptions: list[str]


def catalogue_of(site: FoundSite) -> Catalogue:
    """Return the vendors that tags of `site` can be of."""
    return services().catalogue


def template_of(site: FoundSite, tag: dict[str, Any]) -> TagTemplate | None:
    """Return what `tag` was made from, or None for one that somebody wrote."""
    try:
        return catalogue_of(site).vendor(tag["vendor"]).tag(tag["template"])
    except KeyError:
        return None


def catalogue_flags(site: FoundSite, tag: dict[str, Any]) -> Flags:
    """Return the flags that the catalogue gives a tag; one that somebody wrote sells where it advertises."""
    template = template_of(site, tag)
    is_sold = tag["group"] == "advertising"
    return Flags(template.sale_or_share or is_sold, list(template.exemptions)) if template else Flags(is_sold, [])
