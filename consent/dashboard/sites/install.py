"""Install page: the lines to paste, remaining steps, and whether pages already request the script."""

from typing import NamedTuple
from urllib.parse import urlsplit

from flask import abort, render_template, request
from flask.typing import ResponseReturnValue

from consent.core.documents.config import Draft
from consent.dashboard.frame.blueprint import blueprint
from consent.dashboard.frame.context import services
from consent.dashboard.frame.draft_labels import SETTING_WORDS
from consent.dashboard.frame.drafts import site_state
from consent.dashboard.frame.locale import lowered
from consent.dashboard.frame.permissions import allowed
from consent.dashboard.sites.guides import GUIDES, filled
from consent.runtime.embed_snippets import OWN_PATH, blocker_hash, handover_stub, lines_of, source_hash, stub_code
from consent.sites.cookie_domain import cookie_reach, shared_domain
from consent.sites.draft import missing_controller_facts
from consent.sites.health_report import requested_groups
from consent.storage.database.base import db
from consent.storage.sites import script_fetches
from consent.storage.sites.sites import SiteRow

GOOGLE = ("google-adsense", "google-ads", "doubleclick-google-marketing")
"""Vendors whose advertising is subject to Google's own terms."""


class LastFetch(NamedTuple):
    """The last script request: `ago` in seconds, None for never; `hosts` of the site's `of` hosts have made one."""

    ago: int | None
    hosts: int
    of: int


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
        missing=[lowered(SETTING_WORDS["controller"][fact]) for fact in missing_controller_facts(draft)],
        tags=len(draft["tags"]),
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


def last_fetch(site: SiteRow, draft: Draft) -> LastFetch:
    """Return when pages of `site` last requested its script."""
    # Requests without a config were made before anything was published.
    fetched = [one for one in script_fetches.of_site(db.session, site.id) if one.config or not site.live_config]
    known = {one.origin for one in fetched} & set(draft["hosts"])
    ago = max(services().now - fetched[0].fetched_at, 0) if fetched else None
    return LastFetch(ago, len(known), len(draft["hosts"]))


def _name(address: str) -> str:
    return urlsplit(address).hostname or ""
