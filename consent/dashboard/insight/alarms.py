"""A site's alarms page: checks, active and past alarms, notification channels, and a test notification."""

from collections.abc import Callable
from typing import NamedTuple

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from consent.alarms import alarm_statuses, send_test
from consent.alarms.notifier import Delivery, channel_label
from consent.alarms.rules import TITLES
from consent.alarms.weekly_summary import weekly_summary
from consent.core.documents.json_object import JsonObject
from consent.dashboard.auth.rate_limit import allows_test
from consent.dashboard.frame.audit import audit
from consent.dashboard.frame.blueprint import blueprint
from consent.dashboard.frame.context import services
from consent.dashboard.frame.email_format import normal_address
from consent.dashboard.frame.locale import page_language, translated, with_label
from consent.dashboard.frame.permissions import allowed
from consent.presentation.dashboard_texts import LANGUAGES
from consent.sites.site_creation import UNSEEN
from consent.storage.database.base import db
from consent.storage.operations import alarm_channels
from consent.storage.operations import alarms as store
from consent.storage.operations.alarm_channels import KINDS, MAIL, MAX_CHANNELS, Channel
from consent.storage.sites.sites import SiteRow

MAX_ADDRESS = 2000
MAX_LABEL = 80
TESTS = ((1, 30),)
"""One test of a channel, or of all of a site, in 30 seconds; by then it has ended, so that it never overlaps itself."""
SHOWN = 50
"""How many past alarms are shown."""
ALARM_PAGES = {
    "leak": "dashboard.scan",
    "unknown_vendor": "dashboard.review_queue",
    "enforcement": "dashboard.enforcement",
    "receipt_loss": "dashboard.statistics",
    "unknown_places": "dashboard.statistics",
    "law_change": "dashboard.rules",
    "request_due": "dashboard.requests",
    "delivery": "dashboard.delivery",
    "no_traffic": "dashboard.install",
    "vendor_list_outdated": "dashboard.review",
}
"""The page with details of each kind of alarm, to which messages link as well."""


@blueprint.get("/sites/<site>/alarms")
@allowed("see")
def alarms(site: SiteRow) -> ResponseReturnValue:
    """Show the status of every alarm kind, and past alarms."""
    return _page(site, {})


@blueprint.get("/sites/<site>/alarms/weekly-summary")
@allowed("try_alarms")
def weekly_summary_preview(site: SiteRow) -> ResponseReturnValue:
    """Show the weekly summary as the channels get it, in the language of the page."""
    one, language = services(), page_language()
    message = weekly_summary(db.session, site, one.rules.opt_in_regimes, one.base_url, one.now, language)
    return render_template("dashboard/insight/weekly_summary.html", message=message)


def _page(site: SiteRow, errors: dict[str, str], changed: int | None = None) -> str:
    """Return the page; `errors` are those of the form that adds a channel, or changes the channel `changed`."""
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
        changed=changed,
        form=request.form,
        language=page_language(),
        most=MAX_CHANNELS,
    )


@blueprint.post("/sites/<site>/alarms/channels")
@allowed("set_alarm_channels")
def add_alarm_channel(site: SiteRow) -> ResponseReturnValue:
    """Add a channel for the alarms or the weekly summary of the site."""
    kind, address = request.form.get("kind", ""), request.form.get("address", "").strip()[:MAX_ADDRESS]
    typed = _typed_fields()
    if errors := _channel_errors(site, kind, address) | typed.errors:
        return _page(site, errors), 422
    if not alarm_channels.add(db.session, site.id, kind, address, **typed._asdict(), now=services().now):
        return _page(site, {"address": gettext("This site has this channel already.")}), 422
    added = alarm_channels.of_site(db.session, site.id)[-1]
    audit(site, "alarms.channel_added", channel_label(added), None, _audited(added))
    db.session.commit()
    sentence = gettext(
        "%(channel)s is added. Send a test to check that it arrives.", channel=translated(channel_label(added))
    )
    flash(sentence, "success")
    return redirect(url_for("dashboard.alarms", site=site.key))


class ChannelFields(NamedTuple):
    """What a form says about a channel: its name, the language of its messages, and what it receives."""

    label: str
    language: str
    alarms: bool
    weekly: bool

    @property
    def errors(self) -> dict[str, str]:
        """Return the errors by field."""
        errors = {}
        if self.language not in LANGUAGES:
            errors["language"] = gettext("Choose a language.")
        if not (self.alarms or self.weekly):
            errors["what"] = gettext("Choose alarms, the weekly summary, or both.")
        return errors


def _typed_fields() -> ChannelFields:
    label = " ".join(UNSEEN.sub("", request.form.get("label", "")).split())[:MAX_LABEL]
    language = request.form.get("language") or page_language()
    return ChannelFields(label, language, request.form.get("alarms") == "1", request.form.get("weekly") == "1")


def _audited(channel: Channel) -> JsonObject:
    """Return what the audit trail keeps of a channel."""
    facts = {"alarms": channel.alarms, "weekly": channel.weekly_since is not None, "language": channel.language}
    return {**facts, "name": channel.label}


@blueprint.post("/sites/<site>/alarms/channels/<int:number>")
@allowed("set_alarm_channels")
def change_alarm_channel(site: SiteRow, number: int) -> ResponseReturnValue:
    """Change a channel's name, the language of its messages, and what it receives."""
    before, typed = _channel(site, number), _typed_fields()
    if typed.errors:
        return _page(site, typed.errors, number), 422
    since = (before.weekly_since or services().now) if typed.weekly else None
    after = before._replace(label=typed.label or None, language=typed.language, alarms=typed.alarms, weekly_since=since)
    if after != before:
        alarm_channels.save(db.session, after)
        audit(site, "alarms.channel_changed", channel_label(after), _audited(before), _audited(after))
        db.session.commit()
    flash(gettext("Channel saved."), "success")
    return redirect(url_for("dashboard.alarms", site=site.key, _anchor="channels"))


def _channel(site: SiteRow, number: int) -> Channel:
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
    audit(site, "alarms.channel_removed", channel_label(removed), _audited(removed), None)
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
            return {"kind": gettext("This service sends no email: no mail server is set (CONSENT_MAIL_URL).")}
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
        every, of_site = send_test(outlet, services().now), send_test(outlet, services().now, site, own)
        return Delivery(every.errors | of_site.errors, {**every.labels, **of_site.labels})

    return _tested(site, f"alarms of {site.key}", send)


@blueprint.post("/sites/<site>/alarms/channels/<int:number>/test")
@allowed("try_alarms")
def try_alarm_channel(site: SiteRow, number: int) -> ResponseReturnValue:
    """Send a test notification to one of the site's channels, and show whether it arrived."""
    channel, outlet = _channel(site, number), services().notifications.outlet
    return _tested(site, f"alarm channel {number}", lambda: send_test(outlet, services().now, site, [channel]))


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
        flash(_failure(delivery), "error")
    else:
        flash(
            ngettext("Test sent through %(num)s channel.", "Test sent through %(num)s channels.", len(delivery.errors)),
            "success",
        )
    return back


def _failure(delivery: Delivery) -> str:
    """Return what failed: the only channel that was tried, all of them, or some."""
    if len(delivery.errors) == 1:
        return str(gettext("The test failed: %(reasons)s.", reasons=_reasons(delivery)))
    if len(delivery.failed) == len(delivery.errors):
        return str(gettext("The test failed for all channels: %(reasons)s.", reasons=_reasons(delivery)))
    return str(gettext("The test failed for some channels: %(reasons)s.", reasons=_reasons(delivery)))


def _reasons(delivery: Delivery) -> str:
    """Return the channels that failed, each with the reason, in the language of the page."""
    failed = ((delivery.labels[name], why) for name, why in delivery.errors.items() if why)
    return "; ".join(with_label(translated(label), translated(why).rstrip(".")) for label, why in failed)
