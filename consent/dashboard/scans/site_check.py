"""*Check my site*: check a page for installation errors, each with a sentence and the lines to fix it."""

from flask import abort, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from consent.core.days import DAY_SECONDS
from consent.core.documents.config import SiteFacts
from consent.dashboard.frame.blueprint import blueprint
from consent.dashboard.frame.context import services
from consent.dashboard.frame.drafts import site_state
from consent.dashboard.frame.locale import Labels
from consent.dashboard.frame.permissions import allowed
from consent.dashboard.scans.add_found_tags import SOURCE_WORDS, FoundSummary
from consent.runtime.blocking import HOLD
from consent.runtime.embed_snippets import blocker, blocker_hash, lines_of
from consent.sites.health_report import ERROR, GOOD, NOTE, BrandColor, Finding, Health, Subject, requested_groups
from consent.sites.moving.old_choices import RUNNING, TOOLS
from consent.storage.database.base import db
from consent.storage.scans import scans, site_checks
from consent.storage.scans.site_checks import StoredCheck
from consent.storage.sites import script_fetches
from consent.storage.sites.sites import SiteRow

MAX_URL_LENGTH = 600
COLOR_WORDS = Labels(
    {
        "theme-color": "Named by the page",
        "manifest": "From the web app manifest",
        "buttons": "From the buttons on the page",
    }
)
UNREAD = ("page", "hosts", "tls")
"""Checks whose errors mean that the page couldn't be read, in which case earlier findings are kept."""


@blueprint.get("/sites/<site>/check")
@allowed("run_scan")
def check(site: SiteRow) -> ResponseReturnValue:
    """Show the form for the page to check."""
    last_check = site_checks.newest(db.session, site.id)
    if last_check is None:
        return _page(site, f"{site_state(site).draft['hosts'][0]}/")
    return _page(site, last_check.url, health=_stored_health(last_check))


@blueprint.post("/sites/<site>/check")
@allowed("run_scan")
def check_site(site: SiteRow) -> ResponseReturnValue:
    """Check a page now and show its problems; in a browser if the result page requests that."""
    state, in_browser = site_state(site), "browser" in request.form
    run_check = services().scans.check_in_browser if in_browser else services().scans.check_site
    if run_check is None:
        abort(409)
    hosts = (state.live or state.draft)["hosts"]
    url = request.form.get("url", "").strip()
    if not any(url == host or url.startswith(f"{host}/") for host in hosts) or len(url) > MAX_URL_LENGTH:
        errors = {"url": gettext("Enter an address on one of the site’s hosts.")}
        return _page(site, url, errors=errors), 422
    health = run_check(_subject(site, state.live or state.draft, is_published=state.live is not None), url)
    was_read = not any(one.check in UNREAD and one.level == ERROR for one in health.findings)
    if was_read:
        tags = [tag._asdict() for tag in health.tags]
        of_accounts = [one.sentence for one in health.findings if one.check == "accounts" and one.level != GOOD]
        report = {"findings": [[*one] for one in health.findings], "colors": [[*one] for one in health.colors]}
        stored = StoredCheck(health.url, services().now, tags, "".join(of_accounts[:1]), report)
        site_checks.save(db.session, site.id, stored)
        db.session.commit()
    return _page(site, url, health=health, browses=was_read and not in_browser, was_stored=was_read)


def _stored_health(check: StoredCheck) -> Health | None:
    """Return the findings and colors of an earlier check; its tags are shown from the draft's view of them."""
    if check.report is None:
        return None
    findings = [Finding(*fields) for fields in check.report["findings"]]
    return Health(check.url, findings, [], [BrandColor(*fields) for fields in check.report["colors"]])


def _page(
    site: SiteRow,
    url: str,
    health: Health | None = None,
    errors: dict[str, str] | None = None,
    *,
    browses: bool = False,
    was_stored: bool = True,
) -> str:
    levels = [one.level for one in health.findings] if health else []
    return render_template(
        "dashboard/scans/site_check.html",
        url=url,
        health=health,
        counts={level: levels.count(level) for level in (ERROR, NOTE, GOOD)},
        errors=errors or {},
        browses=browses and services().scans.check_in_browser is not None,
        kept=site_checks.newest(db.session, site.id),
        was_stored=was_stored,
        found=FoundSummary(site, site_state(site).draft, "check"),
        source_words=SOURCE_WORDS,
        color_words=COLOR_WORDS,
        has_scanner=services().scans.start_scan is not None,
        is_live=site.live_config is not None,
        leaks=[
            finding for finding in scans.findings(db.session, site.id) if finding.is_leak and finding.gone_at is None
        ],
        was_scanned=scans.newest(db.session, site.id, scans.DONE) is not None,
    )


def _subject(site: SiteRow, document: SiteFacts, *, is_published: bool) -> Subject:
    overrides = document["overrides"]
    return Subject(
        key=site.key,
        hosts=document["hosts"],
        scope=overrides["cookie_scope"],
        vendors=frozenset(vendor["id"] for vendor in document["vendors"]),
        lines=lines_of(site.key, services().base_url, document),
        blocker=blocker(),
        blocker_hash=blocker_hash(),
        was_seen=any(
            services().now - one.fetched_at < DAY_SECONDS for one in script_fetches.of_site(db.session, site.id)
        ),
        unknown_hosts=overrides.get("unknown_hosts", HOLD),
        allowed_hosts=tuple(overrides.get("allowed_hosts", ())),
        foreign_marks=bool(overrides.get("foreign_marks")),
        is_published=is_published,
        asks=requested_groups(document["tags"]) | {*overrides.get("asked_groups", ())},
        mounts=frozenset(mount for vendor in document["vendors"] for mount in vendor.get("mounts", ())),
        has_accounts=bool(overrides.get("accounts")),
        running_tool=RUNNING.get(overrides.get("old_tool", ""), ""),
        old_tool=TOOLS[overrides["old_choices"]["tool"]].name if "old_choices" in overrides else "",
    )
