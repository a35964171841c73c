"""Scan page: run or schedule a scan, progress, changes since the last one, and all findings, leaks first."""

import json
import re
from typing import Any

from flask import Response, abort, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from consent.classifier.result import SURE
from consent.core.groups import GROUPS
from consent.core.translatable import translatable
from consent.dashboard.frame.audit import audit
from consent.dashboard.frame.blueprint import blueprint
from consent.dashboard.frame.context import services
from consent.dashboard.frame.drafts import site_state
from consent.dashboard.frame.locale import Labels, page_language
from consent.dashboard.frame.permissions import allowed
from consent.dashboard.frame.site_catalog import vendor_names
from consent.dashboard.scans.add_found_tags import SOURCE_WORDS, FoundSummary
from consent.dashboard.scans.review_items import as_item, review_items
from consent.dashboard.scans.review_reasons import plain_reason
from consent.geo.places import is_place
from consent.presentation.dashboard_texts import translate_list
from consent.sites.finding_labels import KINDS, shown_name, situation_labels
from consent.sites.open_leaks import OWN_LAYERS, leak_words, pages_of, with_decision
from consent.storage.database.base import db
from consent.storage.scans import reviews, scans, screenshots
from consent.storage.scans.scans import ScanRow, ScanRunningError, Schedule, StoredFinding
from consent.storage.scans.screenshots import StoredScreenshot
from consent.storage.sites.sites import SiteRow

VISITS = Labels(
    {
        "none": "Without a choice",
        "reject": "Rejecting",
        "accept": "Accepting",
        "gpc": "Under Global Privacy Control",
        "withdraw": "Accepting, then withdrawing",
    }
)
"""What the visitor does, by state of the visit."""
MAX_ID = 2**31 - 1
POLICY = "default-src 'none'; sandbox"
"""Screenshots show third-party content, so they must be inert whatever type a browser detects."""


@blueprint.get("/sites/<site>/scan/pictures/<int:number>")
@allowed("see")
def scan_picture(site: SiteRow, number: int) -> ResponseReturnValue:
    """Send a screenshot from one of the site's scans."""
    body = screenshots.body_of(db.session, site.id, number) if number <= MAX_ID else None
    if body is None:
        abort(404)
    answer = Response(body, mimetype="image/jpeg")
    answer.headers["Content-Security-Policy"] = POLICY
    return answer


def pictures_by_visit(scan_id: int) -> dict[str, list[StoredScreenshot]]:
    """Return a scan's screenshots by what their visitor did, and from where."""
    by_visit: dict[str, list[StoredScreenshot]] = {}
    for one in screenshots.of_scan(db.session, scan_id):
        name = VISITS.get(one.state, one.state)
        name = gettext("%(visit)s, from %(region)s", visit=name, region=one.region) if one.region else name
        by_visit.setdefault(name, []).append(one)
    return by_visit


MAX_PAGES, MAX_DAYS, MAX_REGIONS = 200, 90, 10
ONE = Labels(
    {
        "cookie": "cookie",
        "local_storage": "in local storage",
        "session_storage": "in session storage",
        "indexed_db": "in IndexedDB",
        "cache": "cache",
        "service_worker": "service worker",
        "host": "contacted host",
        "fingerprint": "fingerprint",
    }
)
SHOWN = 200
"""How many findings of each kind the page lists."""
OPEN_ROWS = 10
"""How many of them are shown unfolded."""


@blueprint.get("/sites/<site>/scan")
@allowed("see")
def scan(site: SiteRow) -> ResponseReturnValue:
    """Show the last scan and the inventory of the site."""
    response = make_response(_page(site, scans.schedule(db.session, site.id), {}))
    last = scans.newest(db.session, site.id)
    if request.headers.get("HX-Request") and not (last and last.is_under_way(services().now)):
        # Polling replaces only the progress, so that unfolded rows stay open; after the scan, replace the whole page.
        response.headers.update({"HX-Retarget": "#scan", "HX-Reselect": "#scan"})
    return response


@blueprint.post("/sites/<site>/scan")
@allowed("run_scan")
def run_scan(site: SiteRow) -> ResponseReturnValue:
    """Start a scan now."""
    start = services().scans.start_scan
    if start is None or site.live_config is None:
        abort(409)
    state = site_state(site)
    url = scans.schedule(db.session, site.id).url or f"{(state.live or state.draft)['hosts'][0]}/"
    try:
        scan_id = scans.request(db.session, site.id, url, services().now)
    except ScanRunningError:
        flash(gettext("A scan is already running."), "error")
    else:
        audit(site, "scan.started", f"scan {scan_id}", None, {"url": url})
        db.session.commit()
        start(site.key, scan_id)
    return redirect(url_for("dashboard.scan", site=site.key))


@blueprint.post("/sites/<site>/scan/stop")
@allowed("run_scan")
def stop_scan(site: SiteRow) -> ResponseReturnValue:
    """Stop the running scan; its browser exits within seconds, and no findings are saved."""
    last, now = scans.newest(db.session, site.id), services().now
    if last and last.is_under_way(now):
        problems = [translatable("It was stopped in the dashboard.")]
        scans.finish(db.session, last.id, now, state=scans.FAILED, pages=0, problems=problems, diff=[])
        audit(site, "scan.stopped", f"scan {last.id}", None, None)
        db.session.commit()
    return redirect(url_for("dashboard.scan", site=site.key))


@blueprint.post("/sites/<site>/scan/schedule")
@allowed("plan_scans")
def plan_scans(site: SiteRow) -> ResponseReturnValue:
    """Set the scan's start page, number of pages, simulated places and interval."""
    state = site_state(site)
    wanted, errors = _read_plan((state.live or state.draft)["hosts"])
    if wanted is None:
        return _page(site, scans.schedule(db.session, site.id), errors), 422
    before = scans.schedule(db.session, site.id)._asdict()
    scans.save_schedule(db.session, site.id, wanted)
    audit(site, "scan.schedule_changed", site.key, before, scans.schedule(db.session, site.id)._asdict())
    db.session.commit()
    flash(gettext("Saved how this site is scanned."), "success")
    return redirect(url_for("dashboard.scan", site=site.key))


def _page(site: SiteRow, plan: Schedule, errors: dict[str, str]) -> str:
    last = scans.newest(db.session, site.id)
    state, decided = site_state(site), reviews.decisions(db.session, site.id)
    by_key = {one.key: one for one in decided}
    findings = [with_decision(finding, by_key) for finding in scans.findings(db.session, site.id)]
    done = last if last and last.finished_at else scans.newest(db.session, site.id, scans.DONE)
    waiting = review_items(findings, decided, state.draft, services().scans.filter_lists)
    items, vendors = {item.finding.key: item for item in waiting}, vendor_names(site)
    return render_template(
        "dashboard/scans/scan.html",
        last=last,
        done=done,
        changes=json.loads(done.diff) if done else [],
        is_first=bool(done and scans.newest_before(db.session, site.id, done.finished_at or 0) is None),
        problems=json.loads(done.problems) if done else [],
        pictures=pictures_by_visit(done.id) if done else {},
        is_under_way=bool(last and last.is_under_way(services().now)),
        is_lost=_is_lost(last),
        from_pages=FoundSummary(site, state.draft, "scan"),
        source_words=SOURCE_WORDS,
        reported=[finding for finding in findings if finding.layer == scans.REPORTED and finding.kind == "host"],
        leaks=[finding for finding in findings if finding.is_leak],
        own_layers=OWN_LAYERS,
        leak_words=lambda kept: translate_list(leak_words(kept), page_language()),
        pages_of=pages_of,
        kinds=_by_kind(findings),
        to_review=len(waiting),
        reason_of=lambda kept: plain_reason(items.get(kept.key) or as_item(kept), vendors),
        vendors=vendors,
        shown=SHOWN,
        open_rows=OPEN_ROWS,
        most_changes=scans.MAX_CHANGES,
        seen_words=situation_labels,
        shown_name=shown_name,
        kind_words=KINDS,
        one_words=ONE,
        known_groups=GROUPS,
        sure=SURE,
        plan=plan,
        first_page=f"{(state.live or state.draft)['hosts'][0]}/",
        typed=dict(request.form) if errors else None,
        errors=errors,
        is_installed=services().scans.start_scan is not None,
        is_live=site.live_config is not None,
    )


def _is_lost(last: ScanRow | None) -> bool:
    return bool(last and last.finished_at is None and not last.is_under_way(services().now))


def _by_kind(findings: list[StoredFinding]) -> dict[str, list[StoredFinding]]:
    """Return the findings by kind: present ones first, then those that are gone."""
    ordered = sorted(findings, key=lambda finding: finding.gone_at is not None)
    by_kind = {kind: [finding for finding in ordered if finding.kind == kind] for kind in KINDS}
    return {kind: finding for kind, finding in by_kind.items() if finding}


def _read_plan(hosts: list[str]) -> tuple[Schedule | None, dict[str, str]]:
    form, errors = request.form, {}
    url = form.get("url", "").strip()
    if (url and not any(url == host or url.startswith(f"{host}/") for host in hosts)) or len(url) > 600:
        errors["url"] = gettext("Enter an address on one of the site’s hosts.")
    pages, days = _number("pages", 1, MAX_PAGES), _number("days", 0, MAX_DAYS)
    if pages is None:
        errors["pages"] = gettext("Enter a number from 1 to %(max_pages)s.", max_pages=MAX_PAGES)
    if days is None:
        errors["days"] = gettext("Enter a number of days from 0, which is never, to %(max_days)s.", max_days=MAX_DAYS)
    regions = [part for part in re.split(r"[,\s]+", form.get("regions", "").upper()) if part]
    if len(regions) > MAX_REGIONS:
        errors["regions"] = gettext("Name up to %(max_regions)s places such as DE or US-CA.", max_regions=MAX_REGIONS)
    if strange := next((place for place in regions if not is_place(place)), None):
        errors["regions"] = gettext(
            "There is no place %(strange)s: codes are those of ISO 3166, such as DE or US-CA.", strange=strange[:20]
        )
    if errors or pages is None or days is None:
        return None, errors
    gate = int(form.get("gate") == "1")
    return Schedule(url, pages, ",".join(dict.fromkeys(regions)), days, gate), {}


def _number(name: str, least: int, most: int) -> int | None:
    text: Any = request.form.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 and least <= int(text) <= most else None
