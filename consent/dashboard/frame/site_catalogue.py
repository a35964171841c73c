"""A site's vendor catalogue (shipped and custom vendors), and catalogue facts about a tag."""

from typing import NamedTuple

from consent.classifier.catalogue import Catalogue, TagTemplate, Vendor
from consent.core.documents.config import Draft
from consent.core.documents.tags import Tag
from consent.core.groups import ESSENTIAL
from consent.dashboard.frame.context import services
from consent.sites.catalogue_updates import CatalogueUpdate, newer_facts
from consent.sites.custom_vendor_export import site_catalogue
from consent.storage.database.base import db
from consent.storage.scans import reviews
from consent.storage.sites.sites import SiteRow


class Flags(NamedTuple):
    """Flags of a tag that only an admin can change: whether it counts as sale or sharing, and its exemptions."""

    sale_or_share: bool
    exemptions: list[str]


def catalogue_of(site: SiteRow) -> Catalogue:
    """Return the vendors available to `site`: the shipped ones and its own."""
    return site_catalogue(db.session, site.id, services().catalogue)


def newer_of(site: SiteRow, draft: Draft) -> list[CatalogueUpdate]:
    """Return the catalogue updates for the vendors of `draft`; custom vendors have none."""
    return newer_facts(draft, services().catalogue, reviews.decisions(db.session, site.id))


def vendor_of(site: SiteRow, tag: Tag) -> Vendor | None:
    """Return the vendor of `tag` in the catalogue, or None if it isn't there."""
    try:
        return catalogue_of(site).vendor(tag["vendor"])
    except KeyError:
        return None


def template_of(site: SiteRow, tag: Tag) -> TagTemplate | None:
    """Return the template of `tag`, or None for a custom tag."""
    vendor = vendor_of(site, tag)
    return next((template for template in vendor.tags if template.id == tag["template"]), None) if vendor else None


def catalogue_flags(site: SiteRow, tag: Tag) -> Flags:
    """Return a tag's flags from the catalogue; a custom tag counts as sale if its vendor's tags do."""
    if template := template_of(site, tag):
        return Flags(template.sale_or_share or tag["group"] == "advertising", list(template.exemptions))
    return Flags(is_sold(tag["group"], vendor_of(site, tag)), [])


def is_sold(group: str, vendor: Vendor | None) -> bool:
    """Return whether a tag counts as sale or sharing, assuming that it does if any of its vendor's tags do."""
    return group == "advertising" or (
        group != ESSENTIAL and vendor is not None and any(template.sale_or_share for template in vendor.tags)
    )
