"""Create and revoke signed links that preview the draft on the site itself until they expire."""

import datetime

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from consent.core.days import HOUR_SECONDS
from consent.dashboard.frame.audit import audit
from consent.dashboard.frame.blueprint import blueprint
from consent.dashboard.frame.context import services
from consent.dashboard.frame.drafts import site_state
from consent.dashboard.frame.locale import Labels
from consent.dashboard.frame.permissions import allowed
from consent.signing.preview_token import Link, make_link
from consent.storage.database.base import db
from consent.storage.sites import sites as previews
from consent.storage.sites.sites import SiteRow

HOURS = Labels({"1": "an hour", "24": "a day", "168": "a week"})


@blueprint.get("/sites/<site>/preview/links")
@allowed("share_preview")
def preview_links(site: SiteRow) -> ResponseReturnValue:
    """Show the form for a link."""
    return _page()


@blueprint.post("/sites/<site>/preview/links")
@allowed("share_preview")
def create_preview_link(site: SiteRow) -> ResponseReturnValue:
    """Create a link and show it once; it isn't stored."""
    hours = request.form.get("hours", "")
    if hours not in HOURS:
        return _page(error=gettext("Choose how long it is valid.")), 422
    ends_at = services().now + int(hours) * HOUR_SECONDS
    token = make_link(services().keys.secret, Link(site.key, ends_at, previews.preview_generation(db.session, site.id)))
    when = datetime.datetime.fromtimestamp(ends_at, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    audit(site, "preview_link.created", f"until {when}", None, None)
    db.session.commit()
    path = f"p/{site.key}?key={token}"
    return _page(f"{services().base_url}/{path}", f"{_first_host(site)}/consent/{path}", ends_at)


@blueprint.post("/sites/<site>/preview/links/end")
@allowed("share_preview")
def end_preview_links(site: SiteRow) -> ResponseReturnValue:
    """Revoke all links of the site."""
    previews.revoke_previews(db.session, site.id)
    audit(site, "preview_links.revoked", site.key, None, None)
    db.session.commit()
    flash(gettext("All preview links of this site have ended."), "success")
    return redirect(url_for("dashboard.preview_links", site=site.key))


def _first_host(site: SiteRow) -> str:
    host: str = site_state(site).draft["hosts"][0]
    return host


def _page(address: str = "", through_site: str = "", ends_at: int = 0, error: str = "") -> str:
    """Show the form, and a new link's URLs: on this service, and through the path that guides set up on the site."""
    new_link = {"address": address, "through_site": through_site, "ends_at": ends_at}
    return render_template("dashboard/banner/preview_links.html", **new_link, error=error, hours=HOURS)
