"""The people of the instance, and inviting somebody, for admins of every site."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consent.dashboard.blueprint import blueprint
from consent.dashboard.fresh import fresh
from consent.dashboard.new_person import BadPerson, add_person
from consent.dashboard.password_links import hand_over
from consent.dashboard.permissions import allowed
from consent.dashboard.person import find_person
from consent.dashboard.reaches import GROUP, reach_words, typed_reach
from consent.dashboard.telling import tell_of
from consent.dashboard.words import ROLE_HELP, ROLE_WORDS
from consent.storage import site_groups, sites, staff
from consent.storage.models import db


@blueprint.get("/people")
@allowed("manage_people")
def people() -> ResponseReturnValue:
    """Show everybody with their roles."""
    return _page({}, {})


@blueprint.post("/people")
@allowed("manage_people")
@fresh
def invite() -> ResponseReturnValue:
    """Invite a person by a link that is shown once, or give one who is here another role."""
    form, reach = request.form, typed_reach()
    email, role = form.get("email", ""), form.get("role", "")
    try:
        is_new = add_person(db.session, email, None, role, reach.site_id, form.get("name", ""), reach.group)
    except BadPerson as error:
        db.session.rollback()
        return _page({error.field: str(error)}, dict(form)), 422
    after = {"role": role} | ({"group": reach.group} if reach.group else {})
    name = staff.audit_name(db.session, email)
    tell_of(name, reach.site_id, "person.added" if is_new else "role.granted", None, after)
    number = staff.id_of(db.session, email)
    db.session.commit()
    if is_new:
        return hand_over(find_person(number))
    flash("They were here already and have the role as well now.", "success")
    return redirect(url_for("dashboard.person", person=number))


def _page(errors: dict[str, str], typed: dict[str, Any]) -> str:
    all_sites = sites.every(db.session)
    return render_template(
        "dashboard/people.html",
        everybody=staff.everybody(db.session),
        all_sites=all_sites,
        groups=site_groups.every(db.session),
        group_mark=GROUP,
        where=lambda role: reach_words(role, all_sites),
        role_words=ROLE_WORDS,
        role_help=ROLE_HELP,
        errors=errors,
        typed=typed,
    )
