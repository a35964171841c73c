"""The people of the instance and their roles, for admins of every site."""

import secrets
from typing import Any

from argon2 import PasswordHasher
from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user

from consent.dashboard.blueprint import blueprint
from consent.dashboard.fresh import fresh
from consent.dashboard.new_person import BadPerson, add_person
from consent.dashboard.permissions import allowed
from consent.dashboard.signin import datastore
from consent.dashboard.telling import tell_of, tell_of_person
from consent.dashboard.words import ROLE_HELP, ROLE_WORDS
from consent.storage import people as roles
from consent.storage import sites, staff
from consent.storage.models import User, db

__all__ = ["BadPerson", "add_person"]


@blueprint.get("/people")
@allowed("manage_people")
def people() -> ResponseReturnValue:
    """Show everybody with their roles."""
    return _page({}, {})


@blueprint.post("/people")
@allowed("manage_people")
@fresh
def add() -> ResponseReturnValue:
    """Add a person, and show the first password once."""
    password = secrets.token_urlsafe(15)
    form = request.form
    try:
        is_new = add_person(
            db.session, form.get("email", ""), password, form.get("role", ""), _site_id(), form.get("name", "")
        )
    except BadPerson as error:
        db.session.rollback()
        return _page({error.field: str(error)}, dict(form)), 422
    action, role = "person.added" if is_new else "role.granted", {"role": form.get("role", "")}
    tell_of(staff.audit_name(db.session, form.get("email", "")), _site_id(), action, None, role)
    db.session.commit()
    if is_new:
        return _page({}, {}, made=(form.get("email", "").strip().lower(), password))
    flash("They were here already and have the role as well now.", "success")
    return redirect(url_for("dashboard.people"))


@blueprint.post("/people/<int:person>/roles")
@allowed("manage_people")
@fresh
def grant_role(person: int) -> ResponseReturnValue:
    """Give a person one more role."""
    user = _find(person)
    try:
        roles.grant(db.session, person, request.form.get("role", ""), _site_id())
    except ValueError:
        abort(400)
    tell_of_person(user, "role.granted", None, {"role": request.form.get("role", "")}, _site_id())
    db.session.commit()
    flash("The role is given.", "success")
    return redirect(url_for("dashboard.people"))


@blueprint.post("/people/<int:person>/roles/removal")
@allowed("manage_people")
@fresh
def revoke_role(person: int) -> ResponseReturnValue:
    """Take a role from a person; the last admin of every site keeps theirs."""
    user = _find(person)
    role = request.form.get("role", "")
    roles.revoke(db.session, person, role, _site_id())
    tell_of_person(user, "role.revoked", {"role": role}, None, _site_id())
    return _done(user, "The role is taken away; their sessions have ended.")


@blueprint.post("/people/<int:person>/active")
@allowed("manage_people")
@fresh
def set_active(person: int) -> ResponseReturnValue:
    """Let a person sign in or not; those who may not are out at once."""
    user = _find(person)
    before = {"active": user.active}
    user.active = request.form.get("active") == "1"
    tell_of_person(user, "person.switched", before, {"active": user.active})
    return _done(user, f"{user.email} can {'sign in again' if user.active else 'no longer sign in'}.")


@blueprint.post("/people/<int:person>/password")
@allowed("manage_people")
@fresh
def new_password(person: int) -> ResponseReturnValue:
    """Give a person another password, shown once: no mail is sent, so they cannot ask for one themselves."""
    user = _find(person)
    password = secrets.token_urlsafe(15)
    user.password = PasswordHasher().hash(password)
    datastore.set_uniquifier(user)
    tell_of_person(user, "password.reset", None, None)
    db.session.commit()
    return _page({}, {}, made=(user.email, password))


def _find(person: int) -> User:
    user = db.session.get(User, person)
    if user is None:
        abort(404)
    return user


def _site_id() -> int | None:
    """Return the site that the form names, None for every one."""
    key = request.form.get("site", "")
    if not key:
        return None
    site = sites.by_key(db.session, key)
    if site is None:
        abort(404)
    return site.id


def _done(user: User, text: str) -> ResponseReturnValue:
    """Save what was taken from `user` and end their sessions, unless it would leave nobody to manage people."""
    db.session.flush()
    if staff.active_admins(db.session) == 0:
        db.session.rollback()
        flash("Somebody must stay admin on every site.", "error")
        return redirect(url_for("dashboard.people"))
    if user.id != current_user.id:
        datastore.set_uniquifier(user)
    db.session.commit()
    flash(text, "success")
    return redirect(url_for("dashboard.people"))


def _page(errors: dict[str, str], typed: dict[str, Any], made: tuple[str, str] | None = None) -> str:
    all_sites = sites.every(db.session)
    return render_template(
        "dashboard/people.html",
        everybody=staff.everybody(db.session),
        all_sites=all_sites,
        site_keys={site.id: site.key for site in all_sites},
        site_names={site.id: site.name for site in all_sites},
        role_words=ROLE_WORDS,
        role_help=ROLE_HELP,
        errors=errors,
        typed=typed,
        made=made,
    )
