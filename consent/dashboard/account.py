"""Logging out. Changing the password, at /account, is Flask-Security's view with our template."""

from flask import redirect, session, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user, logout_user

from consent.dashboard.blueprint import blueprint
from consent.dashboard.permissions import allowed
from consent.dashboard.signin import end_all_sessions


@blueprint.post("/logout")
@allowed("own_account")
def logout() -> ResponseReturnValue:
    """End all sessions of the caller: a copied cookie is worth nothing after this."""
    end_all_sessions(current_user._get_current_object())
    logout_user()
    session.clear()
    return redirect(url_for("security.login"))
