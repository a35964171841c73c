"""A vendor's page: all catalog facts, missing facts, and updates for the draft."""

from flask import abort, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from consent.dashboard.frame.blueprint import blueprint
from consent.dashboard.frame.context import services
from consent.dashboard.frame.drafts import change_draft, site_state
from consent.dashboard.frame.labels import KIND_WORDS, LOAD_WORDS, lifetime_words
from consent.dashboard.frame.locale import page_language
from consent.dashboard.frame.permissions import allowed
from consent.dashboard.frame.site_catalog import catalog_of, newer_of
from consent.dashboard.tags.tag_list import changed
from consent.presentation.texts import purpose_texts
from consent.sites.catalog_updates import take_newer
from consent.storage.database.base import db
from consent.storage.scans import reviews
from consent.storage.sites.sites import SiteRow


@blueprint.post("/sites/<site>/catalog/<vendor>/newer")
@allowed("edit_tags")
def take_newer_facts(site: SiteRow, vendor: str) -> ResponseReturnValue:
    """Update a vendor's cookies, hosts and calls in the draft from the catalog."""
    draft = site_state(site).draft
    name = next((one["name"] for one in draft["vendors"] if one["id"] == vendor), None)
    if name is None:
        abort(404)
    if vendor not in {one.vendor for one in newer_of(site, draft)}:
        return changed(site, gettext("%(name)s in the draft already matches the catalog.", name=name), None)
    decisions = reviews.decisions(db.session, site.id)
    change_draft(site, lambda draft: take_newer(draft, services().catalog, decisions, [vendor]))
    return changed(site, gettext("The catalog updates for %(name)s are in the draft.", name=name), None)


@blueprint.get("/sites/<site>/catalog/<vendor>")
@allowed("see")
def vendor_page(site: SiteRow, vendor: str) -> ResponseReturnValue:
    """Show all catalog facts about a vendor, with their sources."""
    try:
        known = catalog_of(site).vendor(vendor)
    except KeyError:
        abort(404)
    return render_template(
        "dashboard/tags/vendor.html",
        vendor=known,
        document=known.document,
        purposes=purpose_texts(page_language()),
        kind_words=KIND_WORDS,
        load_words=LOAD_WORDS,
        lifetime_words=lifetime_words,
    )
