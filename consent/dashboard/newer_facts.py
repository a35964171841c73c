"""The button that takes what the catalogue knows newer of a vendor into the draft."""

from flask import abort
from flask.typing import ResponseReturnValue

from consent.dashboard.blueprint import blueprint
from consent.dashboard.drafts import change_draft, site_state
from consent.dashboard.permissions import allowed
from consent.dashboard.services import services
from consent.dashboard.site_catalogue import newer_of
from consent.dashboard.tags import changed
from consent.snapshots.newer_facts import take_newer
from consent.storage import reviews
from consent.storage.models import db
from consent.storage.sites import FoundSite


@blueprint.post("/sites/<site>/catalogue/<vendor>/newer")
@allowed("edit_tags")
def take_newer_facts(site: FoundSite, vendor: str) -> ResponseReturnValue:
    """Have the draft name cookies, hosts and calls of a vendor as the catalogue does now."""
    draft = site_state(site).draft
    name = next((one["name"] for one in draft["vendors"] if one["id"] == vendor), None)
    if name is None:
        abort(404)
    if vendor not in {one.vendor for one in newer_of(site, draft)}:
        return changed(site, f"{name} is in the draft as the catalogue has it.", None)
    decisions = reviews.decisions(db.session, site.id)
    change_draft(site, lambda draft: take_newer(draft, services().catalogue, decisions, [vendor]))
    return changed(site, f"The newer facts of {name} are in the draft.", None)
