"""My account: active sessions and sign-out.

The password is changed in Flask-Security's view, at /account.
"""

from flask import abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user

from consent.dashboard.auth.session_cookie import end_others, end_this, this_session
from consent.dashboard.frame.audit import audit_user
from consent.dashboard.frame.blueprint import blueprint
from consent.dashboard.frame.context import services
from consent.dashboard.frame.permissions import allowed
from consent.storage.accounts import sessions
from consent.storage.database.base import db


@blueprint.get("/account/sessions")
@allowed("own_account")
def own_sessions() -> ResponseReturnValue:
    """Show where the caller is signed in."""
    open_sessions = sessions.of_user(db.session, current_user.id, services().now)
    return render_template("dashboard/auth/own_sessions.html", sessions=open_sessions, here=this_session().id)


@blueprint.post("/account/sessions/<int:session>/removal")
@allowed("own_account")
def end_own_session(session: int) -> ResponseReturnValue:
    """End one session of the caller."""
    if session == this_session().id:
        return logout()
    if not sessions.end(db.session, current_user.id, session):
        abort(404)
    audit_user(current_user, "session.revoked", None, {"sessions": 1})
    db.session.commit()
    flash("That session has ended.", "success")
    return redirect(url_for("dashboard.own_sessions"))


@blueprint.post("/account/sessions/removal")
@allowed("own_account")
def end_other_sessions() -> ResponseReturnValue:
    """End all sessions of the caller but this one."""
    number = end_others(current_user)
    if number:
        audit_user(current_user, "session.revoked", None, {"sessions": number})
    db.session.commit()
    flash("You are signed in here only.", "success")
    return redirect(url_for("dashboard.own_sessions"))


@blueprint.post("/logout")
@allowed("own_account")
def logout() -> ResponseReturnValue:
    """End this session."""
    end_this()
    return redirect(url_for("security.login"))
