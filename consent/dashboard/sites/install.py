"""Install page: the lines to paste, remaining steps, and whether pages already request the script."""

from urllib.parse import urlsplit

from flask import abort, render_template, request
from flask.typing import ResponseReturnValue

from consent.dashboard.frame.blueprint import blueprint
from consent.dashboard.frame.context import services
from consent.dashboard.frame.drafts import site_state
from consent.dashboard.frame.permissions import allowed
from consent.dashboard.sites.first_steps import first_steps, last_fetch
from consent.dashboard.sites.guides import GUIDES, filled
from consent.runtime.embed_snippets import OWN_PATH, blocker_hash, handover_stub, lines_of, source_hash, stub_code
from consent.sites.cookie_domain import cookie_reach, shared_domain
from consent.sites.health_report import requested_groups
from consent.storage.sites.sites import SiteRow

GOOGLE = ("google-adsense", "google-ads", "doubleclick-google-marketing")
"""Vendors whose advertising is subject to Google's own terms."""


@blueprint.get("/sites/<site>/install")
@allowed("see")
def install(site: SiteRow) -> ResponseReturnValue:
    """Show the lines, the guides for each platform, and the site's progress."""
    state, service = site_state(site), services().base_url
    own_path = request.args.get("path") == "own"
    draft = state.draft
    lines = lines_of(site.key, OWN_PATH if own_path else service, draft)
    return render_template(
        "dashboard/sites/install.html",
        # The line for hand-overs is shown separately.
        lines=lines | {"head": lines["head"].replace(f"{lines['handover_stub']}\n", "")},
        own_path=own_path,
        declaration=f"{service}/c/{site.key}",
        blocker_hash=blocker_hash(),
        stub_hash=source_hash(code) if (code := stub_code(draft)) else "",
        handover_hash=source_hash(handover_stub()) if "handover" in draft["overrides"] else "",
        guides=GUIDES,
        seen=last_fetch(site, draft),
        steps=first_steps(site, state),
        asks=requested_groups((state.live or draft)["tags"]),
        draft_asks=requested_groups(draft["tags"]),
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
def install_seen(site: SiteRow) -> ResponseReturnValue:
    """Render whether pages request the script yet, as a part of the page that polls it."""
    return render_template("dashboard/sites/_script_fetches.html", seen=last_fetch(site, site_state(site).draft))


@blueprint.get("/sites/<site>/install/<guide>")
@allowed("see")
def install_guide(site: SiteRow, guide: str) -> ResponseReturnValue:
    """Show the steps for one platform."""
    known = next((one for one in GUIDES if one.key == guide), None)
    if known is None:
        abort(404)
    return render_template(
        "dashboard/sites/guide.html",
        guide=filled(known, lines_of(site.key, services().base_url, site_state(site).draft)),
        guides=GUIDES,
    )


def _name(address: str) -> str:
    return urlsplit(address).hostname or ""
