"""The answer to *Site health* on the overview: one line for each thing that can go wrong on a site, bad ones first."""

from typing import NamedTuple

from flask_babel import gettext, ngettext

from consent.alarms.enforcement import leaking_vendors
from consent.alarms.rules import MAX_LOST, MIN_COUNT
from consent.core.days import DAY_SECONDS
from consent.dashboard.frame.context import services
from consent.dashboard.frame.drafts import site_state
from consent.dashboard.frame.locale import date, number, share, translated
from consent.dashboard.insight.alarms import ALARM_PAGES
from consent.delivery.status import statuses_of_site
from consent.sites.moving.old_choices import RUNNING
from consent.sites.open_leaks import open_leaks
from consent.storage.database.base import db
from consent.storage.operations import alarms
from consent.storage.privacy import privacy_requests
from consent.storage.scans import scans, site_checks
from consent.storage.sites import script_fetches
from consent.storage.sites.sites import SiteRow
from consent.storage.statistics import enforcement
from consent.storage.statistics.losses import Losses, views_with_former_tool

OLD_TOOL_DAYS = 7
GOOD, UNKNOWN, SOON, BAD = "good", "unknown", "soon", "bad"
ORDER = (BAD, SOON, UNKNOWN, GOOD)
AHEAD = ("law_change",)
"""Alarms about what is still to come: no problem yet."""


class Line(NamedTuple):
    """A health check's result: state, sentence, and the endpoint of the page with details."""

    state: str
    sentence: str
    endpoint: str


def health_lines(site: SiteRow, lost: Losses) -> list[Line]:
    """Return the site's current health; `lost` is its loss meter. Active alarms come first."""
    active = alarms.present(db.session, site.id)
    lines = [
        Line(SOON if _is_ahead(site, one.kind) else BAD, one.sentence, ALARM_PAGES.get(one.kind, "dashboard.alarms"))
        for one in active
    ]
    kinds = {one.kind for one in active}
    checks = {
        "no_traffic": _script(site),
        "receipt_loss": _receipts(lost),
        "leak": _leaks(site),
        "enforcement": _enforcement(site),
        "delivery": _delivery(site),
        "accounts": _accounts(site),
        "old_tool": _old_tool(site),
    }
    lines += [line for kind, line in checks.items() if line is not None and kind not in kinds]
    return sorted(lines, key=lambda line: ORDER.index(line.state))


def _is_ahead(site: SiteRow, kind: str) -> bool:
    """Return whether an alarm is about what is still to come: a request is as long as none is late."""
    if kind == "request_due":
        return not privacy_requests.counts(db.session, site.id, services().now // DAY_SECONDS).late
    return kind in AHEAD


def _accounts(site: SiteRow) -> Line | None:
    """Return what the last page check found about how the page identifies the signed-in user, if it needs attention."""
    check = site_checks.newest(db.session, site.id)
    if check is None or not check.accounts:
        return None
    sentence = gettext("Checked page %(url)s: %(sentence)s", url=check.url, sentence=translated(check.accounts))
    return Line(UNKNOWN, sentence, "dashboard.check")


def _old_tool(site: SiteRow) -> Line | None:
    """Return whether the site's former consent tool still runs in its pages, if the live config names one."""
    live = site_state(site).live
    tool = live["overrides"].get("old_tool") if live else None
    if tool is None:
        return None
    today = services().now // DAY_SECONDS
    views = views_with_former_tool(db.session, site.id, today - OLD_TOOL_DAYS + 1, today).get(tool, 0)
    if views:
        sentence = ngettext(
            "%(tool)s ran in %(count)s page view of the last %(days)s days. Nothing that needs consent runs there.",
            "%(tool)s ran in %(count)s page views of the last %(days)s days. Nothing that needs consent runs there.",
            views,
            count=number(views),
            tool=RUNNING[tool],
            days=OLD_TOOL_DAYS,
        )
        return Line(UNKNOWN, sentence, "dashboard.check")
    sentence = gettext(
        "No page view in the last %(days)s days had %(tool)s. Once it is removed, choose “None” as the former tool.",
        tool=RUNNING[tool],
        days=OLD_TOOL_DAYS,
    )
    return Line(UNKNOWN, sentence, "dashboard.settings")


def _script(site: SiteRow) -> Line:
    fetches = script_fetches.of_site(db.session, site.id)
    if not fetches:
        return Line(UNKNOWN, gettext("No page has loaded the script yet."), "dashboard.install")
    sentence = gettext("Pages load the script, last on %(day)s.", day=date(fetches[0].fetched_at))
    return Line(GOOD, sentence, "dashboard.install")


def _receipts(lost: Losses) -> Line | None:
    if not lost.chosen:
        return None
    if not lost.missing:
        return Line(GOOD, gettext("Every choice has its receipt."), "dashboard.statistics")
    values = {"missing": number(lost.missing), "chosen": number(lost.chosen)}
    if lost.rate <= MAX_LOST:
        sentence = gettext("All but %(missing)s of %(chosen)s choices have a receipt.", **values)
        return Line(GOOD, sentence, "dashboard.statistics")
    rate = share(lost.missing, lost.chosen)
    sentence = gettext("%(missing)s of %(chosen)s choices have no receipt (%(share)s).", **values, share=rate)
    # Of few choices, those on their way are a large share.
    return Line(BAD if lost.chosen >= MIN_COUNT else UNKNOWN, sentence, "dashboard.statistics")


def _leaks(site: SiteRow) -> Line:
    if leaks := open_leaks(db.session, site.id):
        sentence = ngettext(
            "Scans found %(num)s request or stored item without consent.",
            "Scans found %(num)s requests or stored items without consent.",
            len(leaks),
        )
        return Line(BAD, sentence, "dashboard.scan")
    last = scans.newest(db.session, site.id, scans.DONE)
    if last is None or last.finished_at is None:
        return Line(UNKNOWN, gettext("Not scanned yet."), "dashboard.scan")
    sentence = gettext("The scan of %(day)s found no tracker without consent.", day=date(last.finished_at))
    return Line(GOOD, sentence, "dashboard.scan")


def _enforcement(site: SiteRow) -> Line | None:
    today = services().now // DAY_SECONDS
    if leaking := leaking_vendors(db.session, site.id, today - 1, today):
        sentence = ngettext(
            "Browsers report %(num)s vendor that ran without consent.",
            "Browsers report %(num)s vendors that ran without consent.",
            len(leaking),
        )
        return Line(BAD, sentence, "dashboard.enforcement")
    if not enforcement.views_by_day(db.session, site.id, today - 1, today):
        return None
    return Line(GOOD, gettext("Browsers report no vendor that ran without consent."), "dashboard.enforcement")


def _delivery(site: SiteRow) -> Line | None:
    statuses = statuses_of_site(db.session, site.id)
    if not statuses:
        return None
    failing = [one.receiver.name for one in statuses if one.word not in ("ok", "paused")]
    if failing:
        return Line(BAD, gettext("Choices do not reach %(names)s.", names=", ".join(failing)), "dashboard.delivery")
    waiting = sum(one.undelivered for one in statuses)
    sentence = (
        ngettext("%(num)s event waits for delivery.", "%(num)s events wait for delivery.", waiting)
        if waiting
        else gettext("All receivers have every choice.")
    )
    return Line(GOOD, sentence, "dashboard.delivery")
