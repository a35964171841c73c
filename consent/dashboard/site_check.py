"""*Check my site*: one page looked at, each fault with a sentence and the lines that mend it."""

from flask import abort, render_template, request
from flask.typing import ResponseReturnValue

from consent.dashboard.blueprint import blueprint
from consent.dashboard.drafts import site_state
from consent.dashboard.found import SOURCE_WORDS, Found
from consent.dashboard.permissions import allowed
from consent.dashboard.services import services
from consent.snapshots.blocking import HOLD
from consent.snapshots.draft import Draft
from consent.snapshots.embed_lines import blocker, blocker_hash, lines_of
from consent.snapshots.site_health import FAULT, GOOD, NOTE, Health, Subject
from consent.storage import scans, seen, site_checks
from consent.storage.models import db
from consent.storage.site_checks import KeptCheck
from consent.storage.sites import FoundSite

LONGEST = 600
DAY_S = 86400
UNREAD = ("page", "hosts", "tls")
"""Checks whose fault is that the page was not looked at: what was found before stays."""


@blueprint.get("/sites/<site>/check")
@allowed("run_scan")
def check(site: FoundSite) -> ResponseReturnValue:
    """Ask for the page to look at."""
    kept = site_checks.newest(db.session, site.id)
    return _page(site, kept.url if kept else f"{site_state(site).draft['hosts'][0]}/")


@blueprint.post("/sites/<site>/check")
@allowed("run_scan")
def check_site(site: FoundSite) -> ResponseReturnValue:
    """Look at a page now and show what is wrong with it; in a browser where the page, once it is shown, asks for that."""
    state, in_browser = site_state(site), "browser" in request.form
    look = services().check_in_browser if in_browser else services().check_site
    if look is None:
        abort(409)
    hosts = (state.live or state.draft)["hosts"]
    url = request.form.get("url", "").strip()
    if not any(url == host or url.startswith(f"{host}/") for host in hosts) or len(url) > LONGEST:
        errors = {"url": "This must be an address on one of the site's hosts."}
        return _page(site, url, errors=errors), 422
    health = look(_subject(site, state.live or state.draft, is_published=state.live is not None), url)
    was_read = not any(one.check in UNREAD and one.level == FAULT for one in health.findings)
    if was_read:
        found = [tag._asdict() for tag in health.tags]
        site_checks.keep(db.session, site.id, KeptCheck(health.url, services().now, found))
        db.session.commit()
    return _page(site, url, health=health, browses=was_read and not in_browser)


def _page(
    site: FoundSite,
    url: str,
    health: Health | None = None,
    errors: dict[str, str] | None = None,
    *,
    browses: bool = False,
) -> str:
    levels = [one.level for one in health.findings] if health else []
    return render_template(
        "dashboard/check.html",
        url=url,
        health=health,
        counts={level: levels.count(level) for level in (FAULT, NOTE, GOOD)},
        errors=errors or {},
        browses=browses and services().check_in_browser is not None,
        kept=site_checks.newest(db.session, site.id),
        found=Found(site, site_state(site).draft, "check"),
        source_words=SOURCE_WORDS,
        has_scanner=services().start_scan is not None and site.live_config is not None,
        leaks=[kept for kept in scans.findings(db.session, site.id) if kept.is_leak and kept.gone_at is None],
        was_scanned=scans.newest(db.session, site.id, scans.DONE) is not None,
    )


def _subject(site: FoundSite, document: Draft, *, is_published: bool) -> Subject:
    overrides = document["overrides"]
    return Subject(
        key=site.key,
        hosts=document["hosts"],
        scope=overrides["cookie_scope"],
        vendors=frozenset(vendor["id"] for vendor in document["vendors"]),
        lines=lines_of(site.key, services().base_url, document),
        blocker=blocker(),
        blocker_hash=blocker_hash(),
        was_seen=any(services().now - one.seen_at < DAY_S for one in seen.seen_of(db.session, site.id)),
        unknown_hosts=overrides.get("unknown_hosts", HOLD),
        allowed_hosts=tuple(overrides.get("allowed_hosts", ())),
        foreign_marks=bool(overrides.get("foreign_marks")),
        is_published=is_published,
    )
