"""Approval of a publish by a second user (four-eyes principle): approvers, pending requests, and a site's setting."""

from collections.abc import Collection
from typing import NamedTuple

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_security import current_user

from consent.dashboard.auth.reauthentication import requires_recent_sign_in
from consent.dashboard.frame.audit import audit
from consent.dashboard.frame.blueprint import blueprint
from consent.dashboard.frame.change_descriptions import readable
from consent.dashboard.frame.change_text import MAX_LETTERS, change_text
from consent.dashboard.frame.context import services
from consent.dashboard.frame.drafts import SiteState, site_state
from consent.dashboard.frame.locale import language_of_reader
from consent.dashboard.frame.permissions import ACTIONS, allowed, joined_with_or, other_users_allowed
from consent.publishing.approval import Approval, approval_reasons
from consent.storage.accounts import roles, users
from consent.storage.accounts.users import UserWithRoles
from consent.storage.database.base import db
from consent.storage.sites import approval_requests
from consent.storage.sites.approval_requests import Request
from consent.storage.sites.sites import SiteRow


class Waiting(NamedTuple):
    """Why the draft waits and for whom: `reasons` in words, the `others` who may approve, and the request.

    `step` is what the viewer can do: `publish`, `ask`, `wait`, `approve` or `alone`.
    """

    reasons: list[str]
    others: list[UserWithRoles]
    asked: Request | None
    asked_by: str
    step: str

    @property
    def approval(self) -> Approval:
        """Return the approval that the viewer gives by publishing."""
        asked_by = self.asked.requested_by if self.asked and self.step == "approve" else ""
        return Approval(asked_by=asked_by, is_alone=self.step == "alone" and request.form.get("alone") == "yes")


def waiting(site: SiteRow, state: SiteState) -> Waiting:
    """Return the approval state of the draft of `site` for the viewer."""
    reasons = approval_reasons(db.session, site, state.draft, state.live, services().code_guard)
    if not reasons:
        return Waiting([], [], None, "", "publish")
    asked = approval_requests.read(db.session, site.id)
    current = asked if asked and asked.revision == state.revision else None
    others = _other_publishers(site)
    name = users.names_of(db.session, [current.requested_by]).get(current.requested_by, "Somebody") if current else ""
    return Waiting(reasons, others, current, name, _step(current, others))


def _step(asked: Request | None, others: list[UserWithRoles]) -> str:
    if asked:
        return "wait" if asked.requested_by == current_user.audit_id else "approve"
    return "ask" if others else "alone"


def _other_publishers(site: SiteRow) -> list[UserWithRoles]:
    """Return the other users who may publish `site`."""
    return other_users_allowed("publish", site)


def request_approval(site: SiteRow, state: SiteState, note: str, others: list[UserWithRoles]) -> None:
    """Request approval of the draft from one of `others`, by mail if it is configured."""
    wanted = Request(state.revision, current_user.audit_id, services().now, note)
    approval_requests.put(db.session, site.id, wanted)
    audit(site, "publish.approval_requested", f"draft {state.revision}", None, None)
    db.session.commit()
    if mailer := services().notifications.mailer:
        asker, address = current_user.name or current_user.email, services().base_url
        page = address + url_for("dashboard.review", site=site.key)
        for user in others:
            with language_of_reader(user.email):
                text = render_template(
                    "dashboard/publishing/mail/approval.txt",
                    asker=asker,
                    name=site.name,
                    note=note,
                    page=page,
                    changes=change_text(readable(state.changes), MAX_LETTERS),
                )
                mailer.post(user.email, gettext("%(name)s: a draft waits for a second user", name=site.name), text)


def sites_awaiting_viewer(sites: Collection[str]) -> set[str]:
    """Return the keys of `sites` where another user has requested approval and the viewer may approve."""
    asked = approval_requests.pending_for(db.session, current_user.audit_id)
    return {
        key
        for key, site_id in asked
        if key in sites and roles.roles_of(db.session, current_user.id, site_id) & ACTIONS["publish"]
    }


@blueprint.post("/sites/<site>/publish/request/removal")
@allowed("publish")
def take_back_request(site: SiteRow) -> ResponseReturnValue:
    """Cancel the request for approval, whoever made it."""
    if approval_requests.read(db.session, site.id):
        approval_requests.remove(db.session, site.id)
        audit(site, "publish.approval_canceled", f"draft {site_state(site).revision}", None, None)
        db.session.commit()
    return redirect(url_for("dashboard.review", site=site.key))


@blueprint.get("/sites/<site>/settings/publishing")
@allowed("set_approval_rule")
def publishing_settings(site: SiteRow) -> ResponseReturnValue:
    """Show when publishing requires a second user."""
    is_always = approval_requests.is_always_required(db.session, site.id)
    return render_template(
        "dashboard/publishing/approval_settings.html",
        is_always=is_always,
        needs_passkey=approval_requests.needs_passkey(db.session, site.id),
        has_passkey=bool(current_user.webauthn),
        others=_other_publishers(site),
        alternatives=joined_with_or,
    )


@blueprint.post("/sites/<site>/settings/publishing")
@allowed("set_approval_rule")
@requires_recent_sign_in
def save_publishing_settings(site: SiteRow) -> ResponseReturnValue:
    """Set whether every publish requires a second user, and whether approvals are confirmed with a passkey."""
    before = {
        "always": approval_requests.is_always_required(db.session, site.id),
        "passkey": approval_requests.needs_passkey(db.session, site.id),
    }
    after = {"always": request.form.get("always") == "1", "passkey": request.form.get("passkey") == "1"}
    if before != after:
        approval_requests.set_always_required(db.session, site.id, after["always"])
        approval_requests.set_needs_passkey(db.session, site.id, after["passkey"])
        audit(site, "publish.approval_rule_changed", site.key, before, after)
        db.session.commit()
    flash(
        gettext("Every publish needs a second user.")
        if after["always"]
        else gettext("Only risky changes wait for a second user."),
        "success",
    )
    return redirect(url_for("dashboard.publishing_settings", site=site.key))
