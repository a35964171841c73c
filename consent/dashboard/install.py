"""How a site gets into its website: the lines to paste, what is left to do, and whether pages ask already."""

from typing import NamedTuple
from urllib.parse import urlsplit

from flask import abort, render_template, request
from flask.typing import ResponseReturnValue

from consent.dashboard.blueprint import blueprint
from consent.dashboard.drafts import site_state
from consent.dashboard.guides import GUIDES, filled
from consent.dashboard.permissions import allowed
from consent.dashboard.services import services
from consent.snapshots.cookie_reach import cookie_reach, shared_domain
from consent.snapshots.draft import Draft, missing_controller_facts
from consent.snapshots.embed_lines import OWN_PATH, blocker_hash, lines_of
from consent.storage import seen
from consent.storage.models import db
from consent.storage.sites import FoundSite

GOOGLE = ("google-adsense", "google-ads", "doubleclick-google-marketing")
"""Vendors whose advertising Google ties to terms of its own."""


class SeenNow(NamedTuple):
    """When a page of the website asked last: seconds ago, None for never; and how many of its hosts have."""

    ago: int | None
    hosts: int
    of: int


@blueprint.get("/sites/<site>/install")
@allowed("see")
def install(site: FoundSite) -> ResponseReturnValue:
    """Show the lines, the way to them on each platform, and how far the site is."""
    state, service = site_state(site), services().base_url
    own_path = request.args.get("path") == "own"
    draft = state.draft
    return render_template(
        "dashboard/install.html",
        lines=lines_of(site.key, OWN_PATH if own_path else service, draft),
        own_path=own_path,
        declaration=f"{service}/c/{site.key}",
        blocker_hash=blocker_hash(),
        guides=GUIDES,
        seen=seen_now(site, draft),
        missing=missing_controller_facts(draft),
        tags=len(draft["tags"]),
        is_live=site.live_config is not None,
        pending=state.pending,
        reach=cookie_reach(service, draft["hosts"], draft["overrides"]["cookie_scope"]),
        domain=shared_domain(_name(service), [_name(host) for host in draft["hosts"]]),
        service_host=_name(service),
        first_page=f"{draft['hosts'][0]}/",
        shows_google_ads=request.args.get("google") == "1" or any(v["id"] in GOOGLE for v in draft["vendors"]),
        has_google_ads=any(v["id"] in GOOGLE for v in draft["vendors"]),
    )


@blueprint.get("/sites/<site>/install/seen")
@allowed("see")
def install_seen(site: FoundSite) -> ResponseReturnValue:
    """Show whether pages ask already, as a part of the page that asks for it again by itself."""
    return render_template("dashboard/_seen.html", seen=seen_now(site, site_state(site).draft))


@blueprint.get("/sites/<site>/install/<guide>")
@allowed("see")
def install_guide(site: FoundSite, guide: str) -> ResponseReturnValue:
    """Show the steps for one platform."""
    found = next((one for one in GUIDES if one.key == guide), None)
    if found is None:
        abort(404)
    return render_template(
        "dashboard/guide.html",
        guide=filled(found, lines_of(site.key, services().base_url, site_state(site).draft)),
        guides=GUIDES,
    )


def seen_now(site: FoundSite, draft: Draft) -> SeenNow:
    """Return when pages of `site` were seen to ask for its script."""
    # One without a config asked before anything was published.
    fetched = [one for one in seen.seen_of(db.session, site.id) if one.config or not site.live_config]
    known = {one.origin for one in fetched} & set(draft["hosts"])
    ago = max(services().now - fetched[0].seen_at, 0) if fetched else None
    return SeenNow(ago, len(known), len(draft["hosts"]))


def _name(address: str) -> str:
    return urlsplit(address).hostname or ""
