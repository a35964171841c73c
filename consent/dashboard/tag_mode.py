"""The limited mode of a tag: an admin declares it, with a reason."""

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from consent.dashboard.blueprint import blueprint
from consent.dashboard.drafts import change_draft
from consent.dashboard.permissions import allowed
from consent.dashboard.site_catalogue import template_of
from consent.dashboard.tag_page import faulty_page, find_tag
from consent.snapshots.draft import Draft, DraftError, change_tag
from consent.storage.sites import FoundSite


@blueprint.post("/sites/<site>/tags/<tag>/mode")
@allowed("declare_limited")
def set_mode(site: FoundSite, tag: str) -> ResponseReturnValue:
    """Declare in the draft that a tag runs limited where it may not run in full, or end that."""
    try:
        change_draft(site, lambda draft: _with_mode(site, draft, tag))
    except DraftError as error:
        return faulty_page(site, tag, error), 422
    flash("The mode is saved in the draft.", "success")
    return redirect(url_for("dashboard.tag_page", site=site.key, tag=tag))


def _with_mode(site: FoundSite, draft: Draft, tag_id: str) -> Draft:
    is_on = request.form.get("limited") == "1"
    template = template_of(site, find_tag(draft, tag_id))
    mode = template.limited if template else None
    if is_on and not mode:
        raise DraftError({"limited": "This product has no limited mode."})
    reason = request.form.get("limited_reason", "").strip()
    return change_tag(draft, tag_id, {"limited": mode if is_on else None, "limited_reason": reason if is_on else ""})
