"""What a real browser found on the site: run now, how far it is, what changed, leaks first, and what is known."""

import json
import re
from typing import Any

from flask import abort, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consent.core.groups import GROUPS
from consent.dashboard.blueprint import blueprint
from consent.dashboard.drafts import site_state
from consent.dashboard.found import SOURCE_WORDS, Found
from consent.dashboard.permissions import allowed
from consent.dashboard.review_items import review_items
from consent.dashboard.scan_pictures import pictures_by_visit
from consent.dashboard.services import services
from consent.dashboard.telling import tell
from consent.geo.places import is_place
from consent.snapshots.found_words import KINDS, seen_words, shown_name
from consent.snapshots.leaks import OWN_LAYERS, leak_words, pages_of, with_decision
from consent.storage import reviews, scans
from consent.storage.models import db
from consent.storage.scans import FoundScan, Kept, ScanUnderWay, Schedule
from consent.storage.sites import FoundSite

MOST_PAGES, MOST_DAYS, MOST_REGIONS = 200, 90, 10
ONE = {
    "cookie": "cookie",
    "local_storage": "in local storage",
    "session_storage": "in session storage",
    "indexed_db": "in IndexedDB",
    "cache": "cache",
    "service_worker": "service worker",
    "host": "host that is asked",
    "fingerprint": "fingerprint",
}
SHOWN = 200
"""How many findings of a kind a page lists."""
OPEN_ROWS = 10
"""How many of them are open; the rest is behind their number."""


@blueprint.get("/sites/<site>/scan")
@allowed("see")
def scan(site: FoundSite) -> ResponseReturnValue:
    """Show the last scan and all that is known of what the site keeps and asks."""
    response = make_response(_page(site, scans.schedule(db.session, site.id), {}))
    last = scans.newest(db.session, site.id)
    if request.headers.get("HX-Request") and not (last and last.is_under_way(services().now)):
        # Progress asks for itself alone, so that nothing that was unfolded closes; the end of the scan is news to all.
        response.headers.update({"HX-Retarget": "#scan", "HX-Reselect": "#scan"})
    return response


@blueprint.post("/sites/<site>/scan")
@allowed("run_scan")
def run_scan(site: FoundSite) -> ResponseReturnValue:
    """Begin a scan now."""
    start = services().start_scan
    if start is None or site.live_config is None:
        abort(409)
    state = site_state(site)
    url = scans.schedule(db.session, site.id).url or f"{(state.live or state.draft)['hosts'][0]}/"
    try:
        scan_id = scans.ask(db.session, site.id, url, services().now)
    except ScanUnderWay:
        flash("A scan is under way already.", "error")
    else:
        tell(site, "scan.asked", f"scan {scan_id}", None, {"url": url})
        db.session.commit()
        start(site.key, scan_id)
    return redirect(url_for("dashboard.scan", site=site.key))


@blueprint.post("/sites/<site>/scan/stop")
@allowed("run_scan")
def stop_scan(site: FoundSite) -> ResponseReturnValue:
    """End the scan that is under way; its browser ends within seconds, and nothing of it lands."""
    last, now = scans.newest(db.session, site.id), services().now
    if last and last.is_under_way(now):
        problems = ["It was stopped in the dashboard."]
        scans.finish(db.session, last.id, now, state=scans.FAILED, pages=0, problems=problems, diff=[])
        tell(site, "scan.stopped", f"scan {last.id}", None, None)
        db.session.commit()
    return redirect(url_for("dashboard.scan", site=site.key))


@blueprint.post("/sites/<site>/scan/schedule")
@allowed("plan_scans")
def plan_scans(site: FoundSite) -> ResponseReturnValue:
    """Set from which page, how many pages, as from where and how often the site is scanned."""
    state = site_state(site)
    wanted, errors = _read_plan((state.live or state.draft)["hosts"])
    if wanted is None:
        return _page(site, scans.schedule(db.session, site.id), errors), 422
    before = scans.schedule(db.session, site.id)._asdict()
    scans.save_schedule(db.session, site.id, wanted)
    tell(site, "scan.planned", site.key, before, scans.schedule(db.session, site.id)._asdict())
    db.session.commit()
    flash("Saved how this site is scanned.", "success")
    return redirect(url_for("dashboard.scan", site=site.key))


def _page(site: FoundSite, plan: Schedule, errors: dict[str, str]) -> str:
    last = scans.newest(db.session, site.id)
    state, decided = site_state(site), reviews.decisions(db.session, site.id)
    by_key = {one.key: one for one in decided}
    found = [with_decision(kept, by_key) for kept in scans.findings(db.session, site.id)]
    done = last if last and last.finished_at else scans.newest(db.session, site.id, scans.DONE)
    return render_template(
        "dashboard/scan.html",
        last=last,
        done=done,
        changes=json.loads(done.diff) if done else [],
        is_first=bool(done and scans.newest_before(db.session, site.id, done.finished_at or 0) is None),
        problems=json.loads(done.problems) if done else [],
        pictures=pictures_by_visit(done.id) if done else {},
        is_under_way=bool(last and last.is_under_way(services().now)),
        is_lost=_is_lost(last),
        from_pages=Found(site, state.draft, "scan"),
        source_words=SOURCE_WORDS,
        reported=[kept for kept in found if kept.layer == scans.REPORTED and kept.kind == "host"],
        leaks=[kept for kept in found if kept.is_leak],
        own_layers=OWN_LAYERS,
        leak_words=leak_words,
        pages_of=pages_of,
        kinds=_by_kind(found),
        to_review=len(review_items(found, decided, state.draft, services().filter_lists)),
        shown=SHOWN,
        open_rows=OPEN_ROWS,
        most_changes=scans.MOST_CHANGES,
        seen_words=seen_words,
        shown_name=shown_name,
        kind_words=KINDS,
        one_words=ONE,
        known_groups=GROUPS,
        plan=plan,
        first_page=f"{(state.live or state.draft)['hosts'][0]}/",
        typed=dict(request.form) if errors else None,
        errors=errors,
        is_installed=services().start_scan is not None,
        is_live=site.live_config is not None,
    )


def _is_lost(last: FoundScan | None) -> bool:
    return bool(last and last.finished_at is None and not last.is_under_way(services().now))


def _by_kind(found: list[Kept]) -> dict[str, list[Kept]]:
    """Return the findings by kind: what is there, then what is gone."""
    ordered = sorted(found, key=lambda kept: kept.gone_at is not None)
    by_kind = {kind: [kept for kept in ordered if kept.kind == kind] for kind in KINDS}
    return {kind: kept for kind, kept in by_kind.items() if kept}


def _read_plan(hosts: list[str]) -> tuple[Schedule | None, dict[str, str]]:
    form, errors = request.form, {}
    url = form.get("url", "").strip()
    if (url and not any(url == host or url.startswith(f"{host}/") for host in hosts)) or len(url) > 600:
        errors["url"] = "This must be an address on one of the site's hosts."
    pages, days = _number("pages", 1, MOST_PAGES), _number("days", 0, MOST_DAYS)
    if pages is None:
        errors["pages"] = f"This must be a number from 1 to {MOST_PAGES}."
    if days is None:
        errors["days"] = f"This must be a number of days from 0, which is never, to {MOST_DAYS}."
    regions = [part for part in re.split(r"[,\s]+", form.get("regions", "").upper()) if part]
    if len(regions) > MOST_REGIONS:
        errors["regions"] = f"Name up to {MOST_REGIONS} places such as DE or US-CA."
    if strange := next((place for place in regions if not is_place(place)), None):
        errors["regions"] = f"There is no place {strange[:20]}: codes are those of ISO 3166, such as DE or US-CA."
    if errors or pages is None or days is None:
        return None, errors
    gate = int(form.get("gate") == "1")
    return Schedule(url, pages, ",".join(dict.fromkeys(regions)), days, gate), {}


def _number(name: str, least: int, most: int) -> int | None:
    text: Any = request.form.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 and least <= int(text) <= most else None
