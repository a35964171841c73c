"""One person: their roles, all in one place, how they sign in, and where they are signed in."""

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user

from consent.dashboard.blueprint import blueprint
from consent.dashboard.fresh import fresh
from consent.dashboard.password_links import hand_over
from consent.dashboard.permissions import allowed
from consent.dashboard.reaches import GROUP, reach_value, reach_words, typed_reach
from consent.dashboard.services import services
from consent.dashboard.sessions import end_everywhere
from consent.dashboard.telling import tell_of_person
from consent.dashboard.words import ROLE_HELP, ROLE_WORDS
from consent.storage import people as roles
from consent.storage import sessions, site_groups, sites, staff
from consent.storage.models import User, db


@blueprint.get("/people/<int:person>")
@allowed("manage_people")
def person(person: int) -> ResponseReturnValue:
    """Show one person."""
    user = find_person(person)
    all_sites = sites.every(db.session)
    return render_template(
        "dashboard/person.html",
        user=user,
        person=staff.somebody(db.session, person),
        all_sites=all_sites,
        groups=site_groups.every(db.session),
        group_mark=GROUP,
        where=lambda role: reach_words(role, all_sites),
        where_value=lambda role: reach_value(role, all_sites),
        sessions=sessions.of_person(db.session, person, services().now),
        role_words=ROLE_WORDS,
        role_help=ROLE_HELP,
    )


@blueprint.post("/people/<int:person>/roles")
@allowed("manage_people")
@fresh
def grant_role(person: int) -> ResponseReturnValue:
    """Give a person one more role."""
    user, reach, role = find_person(person), typed_reach(), request.form.get("role", "")
    try:
        is_new = roles.grant(db.session, person, role, reach.site_id, reach.group)
    except ValueError:
        abort(400)
    if is_new:
        tell_of_person(user, "role.granted", None, _told(role, reach.group), reach.site_id)
    db.session.commit()
    flash("The role is given." if is_new else "They have that role already.", "success")
    return _back(user)


@blueprint.post("/people/<int:person>/roles/removal")
@allowed("manage_people")
@fresh
def revoke_role(person: int) -> ResponseReturnValue:
    """Take a role from a person; the last admin of every site keeps theirs."""
    user, reach, role = find_person(person), typed_reach(), request.form.get("role", "")
    if not roles.revoke(db.session, person, role, reach.site_id, reach.group):
        flash("They had no such role.", "error")
        return _back(user)
    tell_of_person(user, "role.revoked", _told(role, reach.group), None, reach.site_id)
    return _took(user, "The role is taken away; their sessions have ended.")


@blueprint.post("/people/<int:person>/active")
@allowed("manage_people")
@fresh
def set_active(person: int) -> ResponseReturnValue:
    """Let a person sign in or not; those who may not are out at once."""
    user = find_person(person)
    before = {"active": user.active}
    user.active = request.form.get("active") == "1"
    tell_of_person(user, "person.switched", before, {"active": user.active})
    return _took(user, f"{user.email} can {'sign in again' if user.active else 'no longer sign in'}.")


@blueprint.post("/people/<int:person>/link")
@allowed("manage_people")
@fresh
def new_link(person: int) -> ResponseReturnValue:
    """Make a link by which the person chooses a password; older links end with it."""
    user = find_person(person)
    if not user.active:
        abort(409)
    tell_of_person(user, "password.link", None, None)
    end_everywhere(user)
    db.session.commit()
    return hand_over(user)


@blueprint.post("/people/<int:person>/second-factor/removal")
@allowed("manage_people")
@fresh
def take_second_factor(person: int) -> ResponseReturnValue:
    """Take the second factor off an account whose app and recovery codes are lost; the password stays."""
    user = find_person(person)
    if not staff.take_second_factor(db.session, user.email):
        abort(409)
    tell_of_person(user, "factor.taken", None, None)
    end_everywhere(user)
    db.session.commit()
    flash(f"{user.email} signs in by password alone until they set up a second factor again.", "success")
    return _back(user)


@blueprint.post("/people/<int:person>/sessions/removal")
@allowed("manage_people")
@fresh
def end_sessions(person: int) -> ResponseReturnValue:
    """End all sessions of a person."""
    user = find_person(person)
    tell_of_person(user, "session.ended", None, {"sessions": end_everywhere(user)})
    db.session.commit()
    flash(f"{user.email} is signed in nowhere any more.", "success")
    return _back(user)


def find_person(person: int) -> User:
    """Return the person with that number. Answers 404 where there is none."""
    user = db.session.get(User, person)
    if user is None:
        abort(404)
    return user


def _told(role: str, group: str | None) -> dict[str, str]:
    return {"role": role} | ({"group": group} if group else {})


def _took(user: User, text: str) -> ResponseReturnValue:
    """Save what was taken from `user` and end their sessions, unless it would leave nobody to manage people."""
    db.session.flush()
    if staff.active_admins(db.session) == 0:
        db.session.rollback()
        flash("Somebody must stay admin on every site.", "error")
        return _back(user)
    if user.id != current_user.id:
        end_everywhere(user)
    db.session.commit()
    flash(text, "success")
    return _back(user)


def _back(user: User) -> ResponseReturnValue:
    return redirect(url_for("dashboard.person", person=user.id))
