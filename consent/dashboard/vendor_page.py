"""The page of a vendor: all that the catalogue knows of it, and what is not known."""

from flask import abort, render_template
from flask.typing import ResponseReturnValue

from consent.dashboard.blueprint import blueprint
from consent.dashboard.permissions import allowed
from consent.dashboard.site_catalogue import catalogue_of
from consent.dashboard.words import KIND_WORDS, LOAD_WORDS, lifetime_words
from consent.snapshots.texts import purpose_texts
from consent.storage.sites import FoundSite


@blueprint.get("/sites/<site>/catalogue/<vendor>")
@allowed("see")
def vendor_page(site: FoundSite, vendor: str) -> ResponseReturnValue:
    """Show all that the catalogue knows of a vendor, with its sources."""
    try:
        found = catalogue_of(site).vendor(vendor)
    except KeyError:
        abort(404)
    return render_template(
        "dashboard/vendor.html",
        vendor=found,
        document=found.document,
        purposes=purpose_texts("en"),
        kind_words=KIND_WORDS,
        load_words=LOAD_WORDS,
        lifetime_words=lifetime_words,
    )
