"""Delivery page: which systems receive choices, what each has received, failed events, and resending."""

import datetime
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from consent.core.groups import OPTIONAL
from consent.core.translatable import translatable
from consent.dashboard.auth.rate_limit import allows_test
from consent.dashboard.auth.reauthentication import requires_recent_sign_in
from consent.dashboard.frame.audit import author
from consent.dashboard.frame.blueprint import blueprint
from consent.dashboard.frame.context import services
from consent.dashboard.frame.locale import Labels
from consent.dashboard.frame.permissions import allowed
from consent.dashboard.privacy.delivery_approval import approvers, request_approval, shown_proposal
from consent.dashboard.privacy.delivery_form import REPORTED_WORDS, typed_receiver, values_of
from consent.delivery import manage
from consent.delivery.adapters import Adapter, known_adapters
from consent.delivery.manage import BadReceiverError, Secrets, TooManyReceiversError
from consent.delivery.status import status_of, statuses_of_site
from consent.storage.database.base import db
from consent.storage.delivery import acks, deliveries, receivers, replays
from consent.storage.delivery.receivers import ReceiverRow
from consent.storage.sites.sites import SiteRow
from consent.storage.subjects import keys as subject_keys

MAX_ROWS = 50
TESTS = ((6, 60),)
"""At most six tests of a receiver in 60 seconds."""
STATE_WORDS = {
    "ok": ("granted", translatable("Up to date")),
    "failing": ("draft", translatable("Retrying")),
    "down": ("held", translatable("Not responding")),
    "paused": ("", translatable("Paused")),
    "gone": ("held", translatable("Gone")),
    "proposed": ("draft", translatable("Waiting for approval")),
}
"""The badge and label of each state of a receiver."""
ACK_WORDS = Labels(
    {
        "none": "No",
        "body": "In its answer",
        "later": "Later, by a post to this service",
    }
)
SIGNATURE_WORDS = Labels(
    {
        "v1": "HMAC-SHA-256, a shared secret",
        "v1a": "Ed25519, a public key",
        "both": "Both",
    }
)
CONTENT_WORDS = {"json": "application/json", "cloudevents": "application/cloudevents+json"}


@blueprint.get("/sites/<site>/delivery")
@allowed("read_rights")
def delivery(site: SiteRow) -> ResponseReturnValue:
    """Show each receiver: whether it is up to date, and if not, for how long."""
    return _list(site)


@blueprint.get("/sites/<site>/delivery/new/<adapter>")
@allowed("manage_receivers")
def new_receiver(site: SiteRow, adapter: str) -> ResponseReturnValue:
    """Show the form of a new receiver."""
    return _form(site, _adapter(adapter), None, {}, {})


@blueprint.post("/sites/<site>/delivery/new/<adapter>")
@allowed("manage_receivers")
@requires_recent_sign_in
def add_receiver(site: SiteRow, adapter: str) -> ResponseReturnValue:
    """Add a receiver and show its keys once."""
    wanted, given = _adapter(adapter), services().privacy.delivery
    fields = typed_receiver(wanted)
    try:
        added, secrets = manage.add_receiver(
            db.session,
            given.keys,
            given.senders.allowed,
            site,
            author(),
            fields,
            services().now,
            needs_approval=bool(approvers(site)),
        )
    except BadReceiverError as error:
        db.session.rollback()
        return _form(site, wanted, None, dict(request.form), error.errors), 422
    except TooManyReceiversError as error:
        db.session.rollback()
        return _form(site, wanted, None, dict(request.form), {"name": str(error)}), 409
    _commit()
    request_approval(site, _receiver(site, added))
    return _page(site, _receiver(site, added), secrets=secrets)


@blueprint.get("/sites/<site>/delivery/<receiver>")
@allowed("read_rights")
def receiver(site: SiteRow, receiver: str) -> ResponseReturnValue:
    """Show a receiver's delivered, pending and failed events."""
    return _page(site, _receiver(site, receiver))


@blueprint.get("/sites/<site>/delivery/<receiver>/settings")
@allowed("manage_receivers")
def receiver_settings(site: SiteRow, receiver: str) -> ResponseReturnValue:
    """Show the form of a receiver, without its secrets."""
    row = _receiver(site, receiver)
    return _form(site, _adapter(row.adapter), row, values_of(row), {})


@blueprint.post("/sites/<site>/delivery/<receiver>/settings")
@allowed("manage_receivers")
@requires_recent_sign_in
def change_receiver(site: SiteRow, receiver: str) -> ResponseReturnValue:
    """Change a receiver."""
    row, given = _receiver(site, receiver), services().privacy.delivery
    adapter = _adapter(row.adapter)
    fields = typed_receiver(adapter)
    try:
        manage.change_receiver(
            db.session,
            given.keys,
            given.senders.allowed,
            site,
            author(),
            row,
            fields,
            services().now,
            needs_approval=bool(approvers(site)),
        )
    except BadReceiverError as error:
        db.session.rollback()
        return _form(site, adapter, row, dict(request.form), error.errors), 422
    _commit()
    if fields.address != row.address and request_approval(site, _receiver(site, receiver)):
        flash(gettext("Saved. Events go to the new address once a second admin has approved it."), "success")
    else:
        flash(gettext("Saved. New events go to %(name)s with these settings.", name=fields.name), "success")
    return _back(site, row)


@blueprint.post("/sites/<site>/delivery/<receiver>/test")
@allowed("manage_receivers")
def test_receiver(site: SiteRow, receiver: str) -> ResponseReturnValue:
    """Send a test event that is about nobody, and show the response."""
    row = _approved(site, receiver)
    if not allows_test(f"receiver {row.id}", TESTS):
        flash(gettext("A test was sent just now. Wait a minute, then send another."), "error")
        return _back(site, row)
    outcome = services().privacy.delivery.senders.sender_for(row).send_test(services().now)
    if outcome.problem:
        flash(gettext("The test did not arrive: %(problem)s", problem=outcome.problem), "error")
    else:
        reported = (
            " " + gettext("It reports: %(state)s.", state=REPORTED_WORDS[outcome.ack.state]) if outcome.ack else ""
        )
        arrived = gettext(
            "The test arrived: %(name)s answered %(status)s in %(took)s ms.",
            name=row.name,
            status=outcome.status,
            took=outcome.took_ms,
        )
        flash(arrived + reported, "success")
    return _back(site, row)


@blueprint.post("/sites/<site>/delivery/<receiver>/switch")
@allowed("manage_receivers")
def switch_receiver(site: SiteRow, receiver: str) -> ResponseReturnValue:
    """Pause or resume a receiver."""
    row = _approved(site, receiver)
    state = receivers.PAUSED if row.state == receivers.ON else receivers.ON
    manage.set_state(db.session, site, author(), row, state, services().now)
    _commit()
    if state == receivers.PAUSED:
        flash(gettext("%(name)s is paused. Events wait until you resume it.", name=row.name), "success")
    else:
        flash(gettext("%(name)s is on again and gets the pending events.", name=row.name), "success")
    return _back(site, row)


@blueprint.post("/sites/<site>/delivery/<receiver>/secret")
@allowed("manage_receivers")
@requires_recent_sign_in
def rotate_receiver_secret(site: SiteRow, receiver: str) -> ResponseReturnValue:
    """Replace a receiver's keys and show the new ones once."""
    row = _receiver(site, receiver)
    secrets = manage.rotate_secret(db.session, services().privacy.delivery.keys, site, author(), row, services().now)
    _commit()
    return _page(site, _receiver(site, receiver), secrets=secrets)


@blueprint.post("/sites/<site>/delivery/<receiver>/removal")
@allowed("manage_receivers")
@requires_recent_sign_in
def remove_receiver(site: SiteRow, receiver: str) -> ResponseReturnValue:
    """Remove a receiver permanently."""
    row = _receiver(site, receiver)
    manage.remove_receiver(db.session, site, author(), row, services().now)
    _commit()
    flash(gettext("%(name)s is removed and gets no more events.", name=row.name), "success")
    return redirect(url_for("dashboard.delivery", site=site.key))


@blueprint.post("/sites/<site>/delivery/<receiver>/resend")
@allowed("exercise_rights")
def resend_delivery(site: SiteRow, receiver: str) -> ResponseReturnValue:
    """Resend failed events: one, or all."""
    row, text = _receiver(site, receiver), request.form.get("n", "")
    number = int(text) if text.isdecimal() and len(text) < 19 else None
    count, superseded = manage.resend_dead(db.session, site, author(), row, services().now, number)
    _commit()
    if count:
        flash(ngettext("%(num)s event is being resent.", "%(num)s events are being resent.", count), "success")
    if superseded:
        text = ngettext(
            "%(num)s event is not resent: a later event of the same person was delivered.",
            "%(num)s events are not resent: a later event of the same person was delivered.",
            superseded,
        )
        flash(text, "error")
    elif not count:
        flash(gettext("None of these events is listed as failed anymore."), "error")
    return _back(site, row)


@blueprint.post("/sites/<site>/delivery/<receiver>/replay")
@allowed("exercise_rights")
def replay_delivery(site: SiteRow, receiver: str) -> ResponseReturnValue:
    """Start to resend the events since a given day."""
    row, subjects = _approved(site, receiver), request.form.get("subjects", "")
    since = _day(request.form.get("since", ""))
    if since is None or subjects not in replays.SUBJECTS:
        return _page(site, row, errors={"since": gettext("Choose today or an earlier day.")}), 422
    count = manage.start_replay(db.session, site, author(), row, (since, services().now), subjects, services().now)
    _commit()
    if count:
        flash(
            gettext("%(name)s gets the events since that day again, at most %(count)s.", name=row.name, count=count),
            "success",
        )
    else:
        flash(gettext("No events from that time are kept."), "error")
    return _back(site, row)


@blueprint.post("/sites/<site>/delivery/<receiver>/snapshot")
@allowed("exercise_rights")
def snapshot_delivery(site: SiteRow, receiver: str) -> ResponseReturnValue:
    """Start to send a receiver the current choice of each account."""
    row = _approved(site, receiver)
    if manage.start_snapshot(db.session, site, author(), row, services().now):
        _commit()
        flash(gettext("%(name)s gets the current choice of each account.", name=row.name), "success")
    else:
        flash(gettext("The current choices are being sent already."), "error")
    return _back(site, row)


def _day(text: str) -> int | None:
    try:
        day = datetime.date.fromisoformat(text)
    except ValueError:
        return None
    moment = int(datetime.datetime.combine(day, datetime.time(), datetime.UTC).timestamp())
    return moment if 0 <= moment <= services().now else None


def _commit() -> None:
    """Commit, and update this process's directory of receivers right away."""
    db.session.commit()
    services().privacy.delivery.directory.replace(receivers.every(db.session))


def _back(site: SiteRow, row: ReceiverRow) -> ResponseReturnValue:
    return redirect(url_for("dashboard.receiver", site=site.key, receiver=row.id))


def _receiver(site: SiteRow, receiver_id: str) -> ReceiverRow:
    """Return a receiver of the site. Answers 404 if there is none."""
    row = receivers.get(db.session, receiver_id, site.id)
    return row if row is not None else abort(404)


def _approved(site: SiteRow, receiver_id: str) -> ReceiverRow:
    """Return a receiver of the site whose address has been approved. Answers 404 if there is none."""
    row = _receiver(site, receiver_id)
    return row if row.state != receivers.PROPOSED else abort(404)


def _adapter(name: str) -> Adapter:
    adapter = known_adapters().get(name)
    return adapter if adapter is not None and not adapter.document.get("relay") else abort(404)


def _list(site: SiteRow) -> str:
    every = known_adapters().values()
    return render_template(
        "dashboard/privacy/delivery.html",
        statuses=statuses_of_site(db.session, site.id),
        adapters=sorted((one for one in every if not one.document.get("relay")), key=lambda one: not one.is_plain),
        relays=[adapter for adapter in every if adapter.document.get("relay")],
        adapter_names={adapter.id: adapter.name for adapter in every},
        state_words=STATE_WORDS,
        now=services().now,
    )


def _page(
    site: SiteRow, row: ReceiverRow, *, secrets: Secrets | None = None, errors: dict[str, str] | None = None
) -> str:
    adapter = known_adapters().get(row.adapter)
    return render_template(
        "dashboard/privacy/receiver.html",
        status=status_of(db.session, row),
        adapter_name=adapter.name if adapter else row.adapter,
        is_plain=adapter is not None and adapter.is_plain,
        is_shipped=adapter is not None,
        dead=deliveries.dead(db.session, row.id, MAX_ROWS),
        failing=deliveries.failing(db.session, row.id, MAX_ROWS),
        replays=replays.newest(db.session, row.id, 3),
        acks=acks.newest(db.session, row.id, 20),
        secrets=secrets,
        proposal=shown_proposal(site, row),
        has_accounts=bool(subject_keys.every(db.session, site.id)),
        errors=errors or {},
        state_words=STATE_WORDS,
        ack_words=ACK_WORDS,
        reported_words=REPORTED_WORDS,
        signature_words=SIGNATURE_WORDS,
        now=services().now,
        today=datetime.datetime.fromtimestamp(services().now, datetime.UTC).date().isoformat(),
    )


def _form(
    site: SiteRow, adapter: Adapter, row: ReceiverRow | None, typed: dict[str, Any], errors: dict[str, str]
) -> str:
    return render_template(
        "dashboard/privacy/receiver_form.html",
        adapter=adapter,
        receiver=row,
        typed=typed,
        groups=request.form.getlist("groups") if request.method == "POST" else typed.get("groups", []),
        errors=errors,
        optional=OPTIONAL,
        ack_words=ACK_WORDS,
        signature_words=SIGNATURE_WORDS,
        content_words=CONTENT_WORDS,
    )
