"""Rename a passkey on the page *Passkeys*; Flask-Security adds and removes them."""

from flask import current_app, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_security import current_user

from consent.dashboard.auth.passkeys import NAME_IN_USE, NAME_MISSING, NAME_NOT_FOUND, OwnAddress
from consent.dashboard.auth.reauthentication import requires_recent_sign_in
from consent.dashboard.frame.audit import audit_user
from consent.dashboard.frame.blueprint import blueprint
from consent.dashboard.frame.permissions import allowed
from consent.storage.accounts import users
from consent.storage.database.base import db


@blueprint.post("/account/passkeys/name")
@allowed("own_account")
@requires_recent_sign_in
def rename_passkey() -> ResponseReturnValue:
    """Rename a passkey of the caller."""
    old, typed = request.form.get("name", ""), request.form.get("new_name", "").strip()
    problem, name = OwnAddress(current_app).name_svn(typed) if typed else (gettext(NAME_MISSING), None)
    if name and name != old and any(passkey.name == name for passkey in current_user.webauthn):
        problem = gettext(NAME_IN_USE)
    elif name and not users.rename_passkey(db.session, current_user.id, old, name):
        problem = gettext(NAME_NOT_FOUND)
    if problem:
        flash(problem, "error")
        return redirect(url_for("security.wan_register"))
    audit_user(current_user, "passkey.renamed", None, None)
    db.session.commit()
    flash(gettext("The passkey is renamed."), "success")
    return redirect(url_for("security.wan_register"))
