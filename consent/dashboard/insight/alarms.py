"""A site's alarms page: checks, active and past alarms, notification channels, and a test notification."""

from collections.abc import Callable

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from consent.alarms import alarm_statuses, send_test
from consent.alarms.notifier import Delivery, channel_label
from consent.alarms.rules import TITLES
from consent.dashboard.auth.rate_limit import allows_test
from consent.dashboard.frame.audit import audit
from consent.dashboard.frame.blueprint import blueprint
from consent.dashboard.frame.context import services
from consent.dashboard.frame.email_format import normal_address
from consent.dashboard.frame.locale import translated
from consent.dashboard.frame.permissions import allowed
from consent.storage.database.base import db
from consent.storage.operations import alarm_channels
from consent.storage.operations import alarms as store
from consent.storage.operations.alarm_channels import KINDS, MAIL, MAX_CHANNELS
from consent.storage.sites.sites import SiteRow

MAX_ADDRESS = 2000
TESTS = ((1, 30),)
"""One test of a site's channels in 30 seconds; by then a test has ended, so that tests never overlap."""
SHOWN = 50
"""How many past alarms are shown."""
ALARM_PAGES = {
    "leak": "dashboard.scan",
    "unknown_vendor": "dashboard.scan",
    "enforcement": "dashboard.enforcement",
    "receipt_loss": "dashboard.statistics",
    "unknown_places": "dashboard.statistics",
    "law_change": "dashboard.rules",
    "request_due": "dashboard.requests",
    "delivery": "dashboard.delivery",
    "no_traffic": "dashboard.install",
}
"""The page with details of each kind of alarm."""


@blueprint.get("/sites/<site>/alarms")
@allowed("see")
def alarms(site: SiteRow) -> ResponseReturnValue:
    """Show the status of every alarm kind, and past alarms."""
    return _page(site, {})


def _page(site: SiteRow, errors: dict[str, str]) -> str:
    return render_template(
        "dashboard/insight/alarms.html",
        standings=alarm_statuses(db.session, site.id, services().notifications.silence_minutes),
        past=store.past(db.session, site.id, SHOWN),
        titles=TITLES,
        places=ALARM_PAGES,
        channels=services().notifications.outlet.channels,
        silence_minutes=services().notifications.silence_minutes,
        own=[(one, channel_label(one)) for one in alarm_channels.of_site(db.session, site.id)],
        kinds=KINDS,
        errors=errors,
        form=request.form,
        most=MAX_CHANNELS,
    )


@blueprint.post("/sites/<site>/alarms/channels")
@allowed("set_alarm_channels")
def add_alarm_channel(site: SiteRow) -> ResponseReturnValue:
    """Add a channel for the alarms or the weekly summary of the site."""
    kind, address = request.form.get("kind", ""), request.form.get("address", "").strip()[:MAX_ADDRESS]
    sends_alarms, sends_summary = request.form.get("alarms") == "1", request.form.get("weekly") == "1"
    errors = _channel_errors(site, kind, address)
    if not (sends_alarms or sends_summary):
        errors["what"] = gettext("Choose alarms, the weekly summary, or both.")
    if errors:
        return _page(site, errors), 422
    now = services().now
    if not alarm_channels.add(db.session, site.id, kind, address, alarms=sends_alarms, weekly=sends_summary, now=now):
        return _page(site, {"address": gettext("This site has this channel already.")}), 422
    added = alarm_channels.of_site(db.session, site.id)[-1]
    audit(site, "alarms.channel_added", channel_label(added), None, {"alarms": sends_alarms, "weekly": sends_summary})
    db.session.commit()
    sentence = gettext(
        "%(channel)s is added. Send a test to check that it arrives.", channel=translated(channel_label(added))
    )
    flash(sentence, "success")
    return redirect(url_for("dashboard.alarms", site=site.key))


@blueprint.post("/sites/<site>/alarms/channels/<int:number>/removal")
@allowed("set_alarm_channels")
def remove_alarm_channel(site: SiteRow, number: int) -> ResponseReturnValue:
    """Remove one of the site's channels."""
    removed = alarm_channels.remove(db.session, site.id, number)
    if removed is None:
        abort(404)
    before = {"alarms": removed.alarms, "weekly": removed.weekly_since is not None}
    audit(site, "alarms.channel_removed", channel_label(removed), before, None)
    db.session.commit()
    flash(gettext("%(name)s is removed.", name=translated(channel_label(removed))), "success")
    return redirect(url_for("dashboard.alarms", site=site.key))


def _channel_errors(site: SiteRow, kind: str, address: str) -> dict[str, str]:
    """Return by field the errors that prevent a channel from being added."""
    if kind not in KINDS:
        return {"kind": gettext("Choose where messages go.")}
    if len(alarm_channels.of_site(db.session, site.id)) >= MAX_CHANNELS:
        return {
            "address": gettext("A site has at most %(most)s channels. Remove one to add another.", most=MAX_CHANNELS)
        }
    if kind == MAIL:
        if services().notifications.mailer is None:
            return {"kind": gettext("This service sends no mail: no mail server is set (CONSENT_MAIL_URL).")}
        return _address_errors(normal_address, address, gettext("Enter an email address, such as ann@example.com."))
    return _address_errors(services().notifications.outlet.check, address)


def _address_errors(check: Callable[[str], object], address: str, sentence: str = "") -> dict[str, str]:
    try:
        check(address)
    except ValueError as error:
        return {"address": sentence or translated(str(error))}
    return {}


@blueprint.post("/sites/<site>/alarms/test")
@allowed("try_alarms")
def try_alarms(site: SiteRow) -> ResponseReturnValue:
    """Send a test notification to all channels of the site and the service, and show whether it arrived."""
    outlet, own = services().notifications.outlet, alarm_channels.of_site(db.session, site.id)
    back = redirect(url_for("dashboard.alarms", site=site.key))
    if not allows_test(f"alarms of {site.key}", TESTS):
        flash(gettext("A test was sent just now. Wait a minute, then send another."), "error")
        return back
    errors = send_test(outlet, services().now).errors
    delivery = Delivery(errors | send_test(outlet, services().now, site.key, own).errors)
    if not delivery.errors:
        flash(gettext("Alarms go nowhere yet. Add a channel first."), "error")
    elif delivery.failed:
        flash(
            gettext("The test failed for some channels: %(reasons)s.", reasons="; ".join(delivery.failed.values())),
            "error",
        )
    else:
        flash(
            ngettext("Test sent through %(num)s channel.", "Test sent through %(num)s channels.", len(delivery.errors)),
            "success",
        )
    return back
