"""Signed links that show the draft on the site itself, to whoever holds one, until it ends."""

import datetime

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consent.dashboard.blueprint import blueprint
from consent.dashboard.drafts import site_state
from consent.dashboard.permissions import allowed
from consent.dashboard.services import services
from consent.dashboard.telling import tell
from consent.proof.preview_link import Link, make_link
from consent.storage import previews
from consent.storage.models import db
from consent.storage.sites import FoundSite

HOURS = {"1": "an hour", "24": "a day", "168": "a week"}


@blueprint.get("/sites/<site>/preview/links")
@allowed("share_preview")
def preview_links(site: FoundSite) -> ResponseReturnValue:
    """Offer a link."""
    return _page()


@blueprint.post("/sites/<site>/preview/links")
@allowed("share_preview")
def make_preview_link(site: FoundSite) -> ResponseReturnValue:
    """Make a link and show it; it is kept nowhere."""
    hours = request.form.get("hours", "")
    if hours not in HOURS:
        return _page(error="Choose how long it holds."), 422
    ends_at = services().now + int(hours) * 3600
    token = make_link(services().keys.secret, Link(site.key, ends_at, previews.ended(db.session, site.id)))
    when = datetime.datetime.fromtimestamp(ends_at, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    tell(site, "preview.shared", f"until {when}", None, None)
    db.session.commit()
    path = f"p/{site.key}?key={token}"
    return _page(f"{services().base_url}/{path}", f"{_first_host(site)}/consent/{path}", ends_at)


@blueprint.post("/sites/<site>/preview/links/end")
@allowed("share_preview")
def end_preview_links(site: FoundSite) -> ResponseReturnValue:
    """End all links of the site at once."""
    previews.end(db.session, site.id)
    tell(site, "previews.ended", site.key, None, None)
    db.session.commit()
    flash("All links to previews of this site have ended.", "success")
    return redirect(url_for("dashboard.preview_links", site=site.key))


def _first_host(site: FoundSite) -> str:
    host: str = site_state(site).draft["hosts"][0]
    return host


def _page(address: str = "", through_site: str = "", ends_at: int = 0, error: str = "") -> str:
    """Show the form, and a link that was just made: at this service, and through the path that guides give to a site."""
    made = {"address": address, "through_site": through_site, "ends_at": ends_at}
    return render_template("dashboard/preview_links.html", **made, error=error, hours=HOURS)
