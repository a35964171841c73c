"""The catalogue as one site sees it, and what it says of a tag."""

from typing import Any, NamedTuple

from consent.classify.catalogue import Catalogue, TagTemplate, Vendor
from consent.classify.vendor import new_vendor
from consent.core.groups import ESSENTIAL
from consent.dashboard.services import services
from consent.snapshots.draft import Draft
from consent.snapshots.newer_facts import Newer, newer_facts
from consent.storage import own_vendors, reviews
from consent.storage.models import db
from consent.storage.sites import FoundSite


class Flags(NamedTuple):
    """What an admin alone changes of a tag: whether it sells or shares, and the exemptions that it carries."""

    sale_or_share: bool
    exemptions: list[str]


def catalogue_of(site: FoundSite) -> Catalogue:
    """Return the vendors that tags of `site` can be of: those that are shipped, and its own."""
    shipped = services().catalogue
    own = [new_vendor(document) for document in own_vendors.documents(db.session, site.id)]
    if not own:
        return shipped
    return Catalogue(tuple(sorted((*shipped.vendors, *own), key=lambda vendor: vendor.name.lower())))


def newer_of(site: FoundSite, draft: Draft) -> list[Newer]:
    """Return what the shipped catalogue says otherwise of the vendors of `draft`; the site's own are always as it says."""
    return newer_facts(draft, services().catalogue, reviews.decisions(db.session, site.id))


def vendor_of(site: FoundSite, tag: dict[str, Any]) -> Vendor | None:
    """Return the vendor of `tag` in the catalogue, or None where it is not there."""
    try:
        return catalogue_of(site).vendor(tag["vendor"])
    except KeyError:
        return None


def template_of(site: FoundSite, tag: dict[str, Any]) -> TagTemplate | None:
    """Return what `tag` was made from, or None for one that somebody wrote."""
    vendor = vendor_of(site, tag)
    return next((template for template in vendor.tags if template.id == tag["template"]), None) if vendor else None


def catalogue_flags(site: FoundSite, tag: dict[str, Any]) -> Flags:
    """Return the flags that the catalogue gives a tag; one that somebody wrote sells what its vendor's tags sell."""
    if template := template_of(site, tag):
        return Flags(template.sale_or_share or tag["group"] == "advertising", list(template.exemptions))
    return Flags(is_sold(tag["group"], vendor_of(site, tag)), [])


def is_sold(group: str, vendor: Vendor | None) -> bool:
    """Tell whether a tag counts as sale or sharing: what a vendor does with other tags, it does with this one."""
    return group == "advertising" or (
        group != ESSENTIAL and vendor is not None and any(template.sale_or_share for template in vendor.tags)
    )
