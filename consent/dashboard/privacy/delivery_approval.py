"""Approval of a receiver's address by a second admin: who may approve, what is pending, and the mail about it."""

from typing import NamedTuple

from flask import abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_security import current_user

from consent.dashboard.auth.reauthentication import requires_recent_sign_in
from consent.dashboard.frame.audit import author
from consent.dashboard.frame.blueprint import blueprint
from consent.dashboard.frame.context import services
from consent.dashboard.frame.locale import language_of_reader
from consent.dashboard.frame.permissions import allowed, joined_with_or, other_users_allowed
from consent.delivery import approval
from consent.delivery.approval import OwnProposalError
from consent.storage.accounts import users
from consent.storage.accounts.users import UserWithRoles
from consent.storage.database.base import db
from consent.storage.delivery import receivers
from consent.storage.delivery.receivers import ReceiverRow
from consent.storage.sites.sites import SiteRow


class ShownProposal(NamedTuple):
    """An address that waits for approval; `step` is what the viewer can do: `approve` or `wait`."""

    asker: str
    at: int
    address: str
    is_new: bool
    step: str
    others: str


def approvers(site: SiteRow) -> list[UserWithRoles]:
    """Return the other users who may manage the receivers of `site`."""
    return other_users_allowed("manage_receivers", site)


def shown_proposal(site: SiteRow, row: ReceiverRow) -> ShownProposal | None:
    """Return a receiver's address that waits for a second admin, or None."""
    proposal = approval.proposal_of(services().privacy.delivery.keys, row)
    if proposal is None:
        return None
    asker = users.names_of(db.session, [proposal.by]).get(proposal.by) or gettext("Someone")
    is_own, others = proposal.by == current_user.audit_id, approvers(site)
    # If there is no other admin any more, the remaining one may approve alone.
    step = "wait" if is_own and others else "approve"
    return ShownProposal(
        asker, proposal.at, proposal.address, proposal.is_new, step, joined_with_or(others) if others else ""
    )


def request_approval(site: SiteRow, row: ReceiverRow) -> bool:
    """Mail the users who may approve the pending address, and return whether there is one."""
    found = shown_proposal(site, row)
    if found is None:
        return False
    if mailer := services().notifications.mailer:
        asker = current_user.name or current_user.email
        page = services().base_url + url_for("dashboard.receiver", site=site.key, receiver=row.id)
        for user in approvers(site):
            with language_of_reader(user.email):
                text = render_template(
                    "dashboard/privacy/mail/receiver_approval.txt", asker=asker, name=site.name, page=page, found=found
                )
                mailer.post(user.email, gettext("%(name)s: a receiver needs approval", name=site.name), text)
    return True


@blueprint.post("/sites/<site>/delivery/<receiver>/approval")
@allowed("manage_receivers")
@requires_recent_sign_in
def approve_receiver(site: SiteRow, receiver: str) -> ResponseReturnValue:
    """Approve the address that another admin entered, so that events are sent there."""
    row = receivers.get(db.session, receiver, site.id) or abort(404)
    keys, is_alone = services().privacy.delivery.keys, not approvers(site)
    try:
        is_done = approval.approve(db.session, keys, site, author(), row, services().now, is_alone=is_alone)
    except OwnProposalError as error:
        flash(str(error), "error")
        return redirect(url_for("dashboard.receiver", site=site.key, receiver=receiver))
    db.session.commit()
    services().privacy.delivery.directory.replace(receivers.every(db.session))
    if is_done:
        flash(gettext("Approved. Events are sent to this address from now on."), "success")
    else:
        flash(gettext("No address is waiting for approval now."), "error")
    return redirect(url_for("dashboard.receiver", site=site.key, receiver=receiver))


@blueprint.post("/sites/<site>/delivery/<receiver>/approval/removal")
@allowed("manage_receivers")
def discard_receiver_proposal(site: SiteRow, receiver: str) -> ResponseReturnValue:
    """Discard the new address of a receiver; events keep going to the old one."""
    row = receivers.get(db.session, receiver, site.id) or abort(404)
    if approval.discard(db.session, site, author(), row, services().now):
        db.session.commit()
        flash(gettext("Discarded. Events keep going to the old address."), "success")
    else:
        flash(gettext("No address is waiting for approval now."), "error")
    return redirect(url_for("dashboard.receiver", site=site.key, receiver=receiver))
