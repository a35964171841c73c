"""A site's vendor catalog (shipped and custom vendors), and catalog facts about a tag."""

from consent.classifier.catalog import Catalog, TagTemplate, Vendor
from consent.core.documents.config import Draft
from consent.core.documents.tags import Tag
from consent.dashboard.frame.context import services
from consent.sites.catalog_updates import CatalogUpdate, newer_facts
from consent.sites.custom.vendor_export import site_catalog
from consent.sites.tag_flags import Flags, known_flags
from consent.storage.database.base import db
from consent.storage.scans import reviews
from consent.storage.sites.sites import SiteRow


def catalog_of(site: SiteRow) -> Catalog:
    """Return the vendors available to `site`: the shipped ones and its own."""
    return site_catalog(db.session, site.id, services().catalog)


def vendor_names(site: SiteRow) -> dict[str, str]:
    """Return the names of the vendors available to `site`, by id."""
    return {vendor.id: vendor.name for vendor in catalog_of(site).vendors}


def newer_of(site: SiteRow, draft: Draft) -> list[CatalogUpdate]:
    """Return the catalog updates for the vendors of `draft`; custom vendors have none."""
    return newer_facts(draft, services().catalog, reviews.decisions(db.session, site.id))


def vendor_of(site: SiteRow, tag: Tag) -> Vendor | None:
    """Return the vendor of `tag` in the catalog, or None if it isn't there."""
    try:
        return catalog_of(site).vendor(tag["vendor"])
    except KeyError:
        return None


def template_of(site: SiteRow, tag: Tag) -> TagTemplate | None:
    """Return the template of `tag`, or None for a custom tag."""
    vendor = vendor_of(site, tag)
    return next((template for template in vendor.tags if template.id == tag["template"]), None) if vendor else None


def catalog_flags(site: SiteRow, tag: Tag) -> Flags:
    """Return a tag's flags from the catalog."""
    return known_flags(tag, catalog_of(site))
