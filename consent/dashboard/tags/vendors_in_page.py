"""Vendors whose snippets a check or a scan saw in the pages of a site."""

from consent.dashboard.frame.drafts import site_state
from consent.dashboard.frame.site_catalogue import catalogue_of
from consent.sites.seen_in_page import checked_tags, vendors_in_page
from consent.storage.database.base import db
from consent.storage.sites.sites import SiteRow


def page_vendors(site: SiteRow) -> frozenset[str]:
    """Return the vendors of whom a snippet of the page's own was seen."""
    return vendors_in_page(db.session, site.id, site_state(site).live, catalogue_of(site))


def parameters_read(site: SiteRow, vendor: str, template: str) -> dict[str, str]:
    """Return what the last check read from a snippet of this tag in the page; nothing where there was none."""
    checked = checked_tags(db.session, site.id, site_state(site).live)
    return next((one.parameters for one in checked if (one.vendor, one.template) == (vendor, template)), {})
