"""Alarms page of a site: checks, active and past alarms, notification channels, and a test notification."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from consent.alarms import alarm_statuses, send_test
from consent.alarms.rules import TITLES
from consent.dashboard.frame.blueprint import blueprint
from consent.dashboard.frame.context import services
from consent.dashboard.frame.permissions import allowed
from consent.storage.database.base import db
from consent.storage.operations import alarms as store
from consent.storage.sites.sites import SiteRow

SHOWN = 50
"""Of the alarms that are over."""
PLACES = {
    "leak": "dashboard.scan",
    "unknown_vendor": "dashboard.scan",
    "enforcement": "dashboard.enforcement",
    "receipt_loss": "dashboard.statistics",
    "unknown_places": "dashboard.statistics",
    "law_change": "dashboard.rules",
    "delivery": "dashboard.delivery",
    "no_traffic": "dashboard.install",
}
"""Pages on which one sees more of an alarm."""


@blueprint.get("/sites/<site>/alarms")
@allowed("see")
def alarms(site: SiteRow) -> ResponseReturnValue:
    """Show the status of every alarm kind, and past alarms."""
    return render_template(
        "dashboard/insight/alarms.html",
        standings=alarm_statuses(db.session, site.id, services().notifications.silence_minutes),
        past=store.past(db.session, site.id, SHOWN),
        titles=TITLES,
        places=PLACES,
        channels=services().notifications.outlet.channels,
        silence_minutes=services().notifications.silence_minutes,
    )


@blueprint.post("/sites/<site>/alarms/test")
@allowed("try_alarms")
def try_alarms(site: SiteRow) -> ResponseReturnValue:
    """Send a test notification by all channels, and show whether it arrived."""
    delivery = send_test(services().notifications.outlet, services().now)
    if not delivery.errors:
        flash("Nobody is told of alarms yet.", "error")
    elif delivery.failed:
        flash(f"The test did not arrive everywhere: {'; '.join(delivery.failed.values())}.", "error")
    else:
        flash(
            f"The test has left by {len(delivery.errors)} channel{'s' if len(delivery.errors) != 1 else ''}.", "success"
        )
    return redirect(url_for("dashboard.alarms", site=site.key))
