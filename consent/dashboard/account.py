"""The own account: where one is signed in, and leaving. The password is changed in Flask-Security's view, at /account."""

from flask import abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user

from consent.dashboard.blueprint import blueprint
from consent.dashboard.permissions import allowed
from consent.dashboard.services import services
from consent.dashboard.sessions import end_others, end_this, this_session
from consent.dashboard.telling import tell_of_person
from consent.storage import sessions
from consent.storage.models import db


@blueprint.get("/account/sessions")
@allowed("own_account")
def own_sessions() -> ResponseReturnValue:
    """Show where the caller is signed in."""
    found = sessions.of_person(db.session, current_user.id, services().now)
    return render_template("dashboard/own_sessions.html", sessions=found, here=this_session().id)


@blueprint.post("/account/sessions/<int:session>/removal")
@allowed("own_account")
def end_own_session(session: int) -> ResponseReturnValue:
    """End one session of the caller."""
    if session == this_session().id:
        return logout()
    if not sessions.end(db.session, current_user.id, session):
        abort(404)
    tell_of_person(current_user, "session.ended", None, {"sessions": 1})
    db.session.commit()
    flash("That session has ended.", "success")
    return redirect(url_for("dashboard.own_sessions"))


@blueprint.post("/account/sessions/removal")
@allowed("own_account")
def end_other_sessions() -> ResponseReturnValue:
    """End all sessions of the caller but this one."""
    number = end_others(current_user)
    if number:
        tell_of_person(current_user, "session.ended", None, {"sessions": number})
    db.session.commit()
    flash("You are signed in here only.", "success")
    return redirect(url_for("dashboard.own_sessions"))


@blueprint.post("/logout")
@allowed("own_account")
def logout() -> ResponseReturnValue:
    """End this session."""
    end_this()
    return redirect(url_for("security.login"))
