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
from consent.sites.site_creation import UNSEEN
from consent.storage.database.base import db
from consent.storage.operations import alarm_channels
from consent.storage.operations import alarms as store
from consent.storage.operations.alarm_channels import KINDS, MAIL, MAX_CHANNELS
from consent.storage.sites.sites import SiteRow

MAX_ADDRESS = 2000
MAX_LABEL = 80
TESTS = ((1, 30),)
"""One test of a channel, or of all of a site, in 30 seconds; by then it has ended, so that it never overlaps itself."""
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
    label = _typed_label()
    errors = _channel_errors(site, kind, address)
    if not (sends_alarms or sends_summary):
        errors["what"] = gettext("Choose alarms, the weekly summary, or both.")
    if errors:
        return _page(site, errors), 422
    wants = {"alarms": sends_alarms, "weekly": sends_summary}
    if not alarm_channels.add(db.session, site.id, kind, address, **wants, now=services().now, label=label):
        return _page(site, {"address": gettext("This site has this channel already.")}), 422
    added = alarm_channels.of_site(db.session, site.id)[-1]
    audit(site, "alarms.channel_added", channel_label(added), None, wants)
    db.session.commit()
    sentence = gettext(
        "%(channel)s is added. Send a test to check that it arrives.", channel=translated(channel_label(added))
    )
    flash(sentence, "success")
    return redirect(url_for("dashboard.alarms", site=site.key))


def _typed_label() -> str:
    return " ".join(UNSEEN.sub("", request.form.get("label", "")).split())[:MAX_LABEL]


@blueprint.post("/sites/<site>/alarms/channels/<int:number>/name")
@allowed("set_alarm_channels")
def rename_alarm_channel(site: SiteRow, number: int) -> ResponseReturnValue:
    """Name one of the site's channels, so that two at the same host can be told apart."""
    before, label = _channel(site, number), _typed_label()
    if label != (before.label or ""):
        alarm_channels.rename(db.session, site.id, number, label)
        after = before._replace(label=label or None)
        audit(site, "alarms.channel_renamed", channel_label(after), {"name": before.label}, {"name": after.label})
        db.session.commit()
    flash(gettext("Name saved."), "success")
    return redirect(url_for("dashboard.alarms", site=site.key, _anchor="channels"))


def _channel(site: SiteRow, number: int) -> alarm_channels.Channel:
    """Return a channel of the site, or answer 404."""
    found = next((one for one in alarm_channels.of_site(db.session, site.id) if one.id == number), None)
    if found is None:
        abort(404)
    return found


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

    def send() -> Delivery:
        errors = send_test(outlet, services().now).errors
        return Delivery(errors | send_test(outlet, services().now, site.key, own).errors)

    return _tested(site, f"alarms of {site.key}", send)


@blueprint.post("/sites/<site>/alarms/channels/<int:number>/test")
@allowed("try_alarms")
def try_alarm_channel(site: SiteRow, number: int) -> ResponseReturnValue:
    """Send a test notification to one of the site's channels, and show whether it arrived."""
    channel, outlet = _channel(site, number), services().notifications.outlet
    return _tested(site, f"alarm channel {number}", lambda: send_test(outlet, services().now, site.key, [channel]))


def _tested(site: SiteRow, subject: str, send: Callable[[], Delivery]) -> ResponseReturnValue:
    """Send a test unless `subject` just got one, say how it went, and return to the page."""
    back = redirect(url_for("dashboard.alarms", site=site.key, _anchor="channels"))
    if not allows_test(subject, TESTS):
        flash(gettext("A test was sent just now. Wait a minute, then send another."), "error")
        return back
    delivery = send()
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
