"""Vendors whose snippets a check or a scan saw in a site's pages."""

from consent.dashboard.frame.drafts import site_state
from consent.dashboard.frame.site_catalog import catalog_of
from consent.sites.seen_in_page import checked_tags, vendors_in_page
from consent.storage.database.base import db
from consent.storage.sites.sites import SiteRow


def page_vendors(site: SiteRow) -> frozenset[str]:
    """Return the vendors whose snippets were seen in the site's own pages."""
    return vendors_in_page(db.session, site.id, site_state(site).live, catalog_of(site))


def parameters_read(site: SiteRow, vendor: str, template: str) -> dict[str, str]:
    """Return the parameters that the last check read from this tag's snippet in the page, empty if there was none."""
    checked = checked_tags(db.session, site.id, site_state(site).live)
    return next((one.parameters for one in checked if (one.vendor, one.template) == (vendor, template)), {})
