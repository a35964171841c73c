"""Page of one user: roles, sign-in methods, second factor reset, active sessions."""

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_security import current_user

from consent.dashboard.accounts.role_scopes import GROUP, reach_value, reach_words, typed_reach
from consent.dashboard.accounts.user_tokens import user_tokens
from consent.dashboard.auth.password_links import show_password_link
from consent.dashboard.auth.reauthentication import requires_recent_sign_in
from consent.dashboard.auth.session_cookie import end_everywhere
from consent.dashboard.frame.audit import audit_user
from consent.dashboard.frame.blueprint import blueprint
from consent.dashboard.frame.context import services
from consent.dashboard.frame.labels import ROLE_HELP, ROLE_WORDS
from consent.dashboard.frame.permissions import allowed
from consent.storage.accounts import roles, sessions, site_groups, users
from consent.storage.database.base import db
from consent.storage.sites import sites
from consent.storage.tables.accounts import User


@blueprint.get("/users/<int:user_id>")
@allowed("manage_users")
def user_page(user_id: int) -> ResponseReturnValue:
    """Show one user."""
    user = find_user(user_id)
    all_sites, groups = sites.present(db.session), site_groups.every(db.session)
    account = users.by_id(db.session, user_id)
    return render_template(
        "dashboard/accounts/user.html",
        user=user,
        account=account,
        tokens=user_tokens(user, account.roles if account else [], groups),
        all_sites=all_sites,
        groups=groups,
        group_mark=GROUP,
        where=lambda role: reach_words(role, all_sites),
        where_value=lambda role: reach_value(role, all_sites),
        sessions=sessions.of_user(db.session, user_id, services().now),
        role_words=ROLE_WORDS,
        role_help=ROLE_HELP,
    )


@blueprint.post("/users/<int:user_id>/roles")
@allowed("manage_users")
@requires_recent_sign_in
def grant_role(user_id: int) -> ResponseReturnValue:
    """Grant a user another role."""
    user, reach, role = find_user(user_id), typed_reach(), request.form.get("role", "")
    try:
        is_new = roles.grant(db.session, user_id, role, reach.site_id, reach.group)
    except ValueError:
        abort(400)
    if is_new:
        audit_user(user, "role.granted", None, _role_facts(role, reach.group), reach.site_id)
    db.session.commit()
    flash(gettext("The role is given.") if is_new else gettext("They have that role already."), "success")
    return _back(user)


@blueprint.post("/users/<int:user_id>/roles/removal")
@allowed("manage_users")
@requires_recent_sign_in
def revoke_role(user_id: int) -> ResponseReturnValue:
    """Revoke a user's role, unless they are the last admin of every site."""
    user, reach, role = find_user(user_id), typed_reach(), request.form.get("role", "")
    if not roles.revoke(db.session, user_id, role, reach.site_id, reach.group):
        flash(gettext("They had no such role."), "error")
        return _back(user)
    audit_user(user, "role.revoked", _role_facts(role, reach.group), None, reach.site_id)
    return _finish_removal(user, gettext("The role was removed, and their sessions have ended."))


@blueprint.post("/users/<int:user_id>/active")
@allowed("manage_users")
@requires_recent_sign_in
def set_active(user_id: int) -> ResponseReturnValue:
    """Enable or disable a user; a disabled user is signed out immediately."""
    user = find_user(user_id)
    before = {"active": user.active}
    user.active = request.form.get("active") == "1"
    audit_user(user, "user.enabled_changed", before, {"active": user.active})
    return _finish_removal(user, f"{user.email} can {'sign in again' if user.active else 'no longer sign in'}.")


@blueprint.post("/users/<int:user_id>/link")
@allowed("manage_users")
@requires_recent_sign_in
def new_link(user_id: int) -> ResponseReturnValue:
    """Create a link for the user to set a password, and revoke older links."""
    user = find_user(user_id)
    if not user.active:
        abort(409)
    audit_user(user, "password.reset_link_created", None, None)
    end_everywhere(user)
    db.session.commit()
    return show_password_link(user)


@blueprint.post("/users/<int:user_id>/second-factor/removal")
@allowed("manage_users")
@requires_recent_sign_in
def take_second_factor(user_id: int) -> ResponseReturnValue:
    """Remove the second factor from an account whose app and recovery codes are lost; the password stays."""
    user = find_user(user_id)
    if not users.reset_second_factor(db.session, user.email):
        abort(409)
    audit_user(user, "second_factor.reset", None, None)
    end_everywhere(user)
    db.session.commit()
    flash(
        gettext("%(email)s signs in by password alone until they set up a second factor again.", email=user.email),
        "success",
    )
    return _back(user)


@blueprint.post("/users/<int:user_id>/sessions/removal")
@allowed("manage_users")
@requires_recent_sign_in
def end_sessions(user_id: int) -> ResponseReturnValue:
    """Revoke all sessions of a user."""
    user = find_user(user_id)
    audit_user(user, "session.revoked", None, {"sessions": end_everywhere(user)})
    db.session.commit()
    flash(gettext("%(email)s is now signed out everywhere.", email=user.email), "success")
    return _back(user)


def find_user(user_id: int) -> User:
    """Return the user with this id. Answers 404 if there is none."""
    user = db.session.get(User, user_id)
    if user is None:
        abort(404)
    return user


def _role_facts(role: str, group: str | None) -> dict[str, str]:
    return {"role": role} | ({"group": group} if group else {})


def _finish_removal(user: User, text: str) -> ResponseReturnValue:
    """Commit what was revoked and end the sessions of `user`, or roll back if no admin of every site would be left."""
    db.session.flush()
    if users.active_admins(db.session) == 0:
        db.session.rollback()
        flash(gettext("At least one user must stay admin on every site."), "error")
        return _back(user)
    if user.id != current_user.id:
        end_everywhere(user)
    db.session.commit()
    flash(text, "success")
    return _back(user)


def _back(user: User) -> ResponseReturnValue:
    return redirect(url_for("dashboard.user_page", user_id=user.id))
