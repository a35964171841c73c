"""Mounts of a tag's vendor: set the paths of the site's own hosts under which it is proxied."""

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from consent.core.documents import Draft
from consent.dashboard.frame.blueprint import blueprint
from consent.dashboard.frame.drafts import change_draft, site_state
from consent.dashboard.frame.permissions import allowed
from consent.dashboard.tags.tag_page import find_tag, page_with_errors
from consent.sites.draft import DraftError
from consent.sites.own_host.mounts import mount_warnings, set_mounts
from consent.sites.seen_in_page import known_pages
from consent.storage.database.base import db
from consent.storage.sites.sites import SiteRow


@blueprint.post("/sites/<site>/tags/<tag>/mounts")
@allowed("edit_tags")
def save_mounts(site: SiteRow, tag: str) -> ResponseReturnValue:
    """Save in the draft under which paths of the site the tag's vendor is proxied."""
    vendor = find_tag(site_state(site).draft, tag)["vendor"]
    try:
        change_draft(site, lambda draft: set_mounts(draft, vendor, request.form.get("mounts", "").split()))
    except DraftError as error:
        return page_with_errors(site, tag, _beside_the_field(error)), 422
    flash("The mounts are saved in the draft.", "success")
    return redirect(url_for("dashboard.tag_page", site=site.key, tag=tag))


def covering_mounts(site: SiteRow, draft: Draft) -> list[str]:
    """Return a sentence for each mount that has known pages of the site below it."""
    return list(mount_warnings(draft, known_pages(db.session, site.id)))


def _beside_the_field(error: DraftError) -> DraftError:
    """Return the errors with those of single mounts, such as `vendors.2.mounts.0`, as one of the form's field."""
    fields = {path: sentence for path, sentence in error.fields.items() if ".mounts" not in path}
    sentences = [sentence for path, sentence in error.fields.items() if ".mounts" in path]
    return DraftError({"mounts": sentences[0], **fields} if sentences else fields)
