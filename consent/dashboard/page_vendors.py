"""The vendors whose snippets a check or a scan saw in the pages of a site."""

from consent.dashboard.drafts import site_state
from consent.dashboard.site_catalogue import catalogue_of
from consent.snapshots.seen_in_page import checked_tags, vendors_in_page
from consent.storage.models import db
from consent.storage.sites import FoundSite


def page_vendors(site: FoundSite) -> frozenset[str]:
    """Return the vendors of whom a snippet of the page's own was seen."""
    return vendors_in_page(db.session, site.id, site_state(site).live, catalogue_of(site))


def parameters_read(site: FoundSite, vendor: str, template: str) -> dict[str, str]:
    """Return what the last check read from a snippet of this tag in the page; nothing where there was none."""
    found = checked_tags(db.session, site.id, site_state(site).live)
    return next((one.parameters for one in found if (one.vendor, one.template) == (vendor, template)), {})
