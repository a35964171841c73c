"""My account: language, theme and time zone, active sessions, and sign-out.

Flask-Security's view at /account changes the password.
"""

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, refresh
from flask_security import current_user

from consent.dashboard.auth.session_cookie import end_others, end_this, this_session
from consent.dashboard.frame.audit import audit_user
from consent.dashboard.frame.blueprint import blueprint
from consent.dashboard.frame.context import services
from consent.dashboard.frame.locale import time_zones
from consent.dashboard.frame.permissions import allowed
from consent.presentation.dashboard_texts import LANGUAGES
from consent.storage.accounts import sessions, users
from consent.storage.database.base import db

THEMES = ("light", "dark")


@blueprint.post("/account/language")
@allowed("own_account")
def set_language() -> ResponseReturnValue:
    """Set the language of the caller's dashboard and mail; empty means the browser's."""
    language = request.form.get("language", "")
    if language not in ("", *LANGUAGES):
        abort(400)
    users.set_language(db.session, current_user.id, language or None)
    db.session.commit()
    db.session.refresh(current_user)
    refresh()
    flash(gettext("Language saved."), "success")
    return redirect(url_for("security.change_password"))


@blueprint.post("/account/display")
@allowed("own_account")
def set_display() -> ResponseReturnValue:
    """Set the theme and time zone of the caller's dashboard; empty means the browser's."""
    theme, zone = request.form.get("theme", ""), request.form.get("time_zone", "").strip()
    if theme not in ("", *THEMES):
        abort(400)
    if zone and zone not in time_zones():
        flash(gettext("%(zone)s is not a time zone. Choose one from the list.", zone=zone[:64]), "error")
        return redirect(url_for("security.change_password"))
    users.set_display(db.session, current_user.id, theme or None, zone or None)
    db.session.commit()
    flash(gettext("Theme and time zone saved."), "success")
    return redirect(url_for("security.change_password"))


@blueprint.get("/account/sessions")
@allowed("own_account")
def own_sessions() -> ResponseReturnValue:
    """Show where the caller is signed in."""
    open_sessions = sessions.of_user(db.session, current_user.id, services().now)
    return render_template("dashboard/auth/own_sessions.html", sessions=open_sessions, here=this_session().id)


@blueprint.post("/account/sessions/<int:session>/removal")
@allowed("own_account")
def end_own_session(session: int) -> ResponseReturnValue:
    """End one of the caller's sessions."""
    if session == this_session().id:
        return logout()
    if not sessions.end(db.session, current_user.id, session):
        abort(404)
    audit_user(current_user, "session.revoked", None, {"sessions": 1})
    db.session.commit()
    flash(gettext("That session has ended."), "success")
    return redirect(url_for("dashboard.own_sessions"))


@blueprint.post("/account/sessions/removal")
@allowed("own_account")
def end_other_sessions() -> ResponseReturnValue:
    """End all of the caller's sessions except this one."""
    number = end_others(current_user)
    if number:
        audit_user(current_user, "session.revoked", None, {"sessions": number})
    db.session.commit()
    flash(gettext("You are signed in here only."), "success")
    return redirect(url_for("dashboard.own_sessions"))


@blueprint.post("/logout")
@allowed("own_account")
def logout() -> ResponseReturnValue:
    """End this session."""
    end_this()
    return redirect(url_for("security.login"))
