"""The alarms of a site: which are looked for, which last, when each was there last, where they go, and a trial of that."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from consent.alarms import board, trial
from consent.alarms.kinds import TITLES
from consent.dashboard.blueprint import blueprint
from consent.dashboard.permissions import allowed
from consent.dashboard.services import services
from consent.storage import alarms as store
from consent.storage.models import db
from consent.storage.sites import FoundSite

SHOWN = 50
"""Of the alarms that are over."""
PLACES = {
    "leak": "dashboard.scan",
    "unknown_vendor": "dashboard.scan",
    "loss": "dashboard.statistics",
    "places": "dashboard.statistics",
    "silence": "dashboard.install",
}
"""Pages on which one sees more of an alarm."""


@blueprint.get("/sites/<site>/alarms")
@allowed("see")
def alarms(site: FoundSite) -> ResponseReturnValue:
    """Show every kind of alarm as it stands, and those that are over."""
    return render_template(
        "dashboard/alarms.html",
        standings=board(db.session, site.id, services().silence_minutes),
        past=store.past(db.session, site.id, SHOWN),
        titles=TITLES,
        places=PLACES,
        ways=services().outlet.ways,
        silence_minutes=services().silence_minutes,
    )


@blueprint.post("/sites/<site>/alarms/trial")
@allowed("try_alarms")
def try_alarms(site: FoundSite) -> ResponseReturnValue:
    """Send one alarm that means nothing to where alarms go, and say whether it arrived."""
    told = trial(services().outlet, services().now)
    if not told.faults:
        flash("Nobody is told of alarms yet.", "error")
    elif told.failed:
        flash(f"The trial did not arrive everywhere: {'; '.join(told.failed.values())}.", "error")
    else:
        flash(f"The trial has left by {len(told.faults)} way{'s' if len(told.faults) != 1 else ''}.", "success")
    return redirect(url_for("dashboard.alarms", site=site.key))
