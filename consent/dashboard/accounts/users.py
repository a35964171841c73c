"""List of the instance's users, and invitations, for admins of all sites."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from consent.dashboard.accounts.create_user import UserValidationError, create_user
from consent.dashboard.accounts.role_scopes import GROUP, reach_words, typed_reach
from consent.dashboard.accounts.user import find_user
from consent.dashboard.auth.password_links import show_password_link
from consent.dashboard.auth.reauthentication import requires_recent_sign_in
from consent.dashboard.frame.audit import audit_account
from consent.dashboard.frame.blueprint import blueprint
from consent.dashboard.frame.labels import ROLE_HELP, ROLE_WORDS
from consent.dashboard.frame.permissions import allowed
from consent.storage.accounts import site_groups, users
from consent.storage.database.base import db
from consent.storage.sites import sites


@blueprint.get("/users")
@allowed("manage_users")
def users_page() -> ResponseReturnValue:
    """Show all users with their roles."""
    return _page({}, {})


@blueprint.post("/users")
@allowed("manage_users")
@requires_recent_sign_in
def invite() -> ResponseReturnValue:
    """Invite a user with a link that is shown once, or grant an existing user another role."""
    form, reach = request.form, typed_reach()
    email, role = form.get("email", ""), form.get("role", "")
    try:
        is_new = create_user(db.session, email, None, role, reach.site_id, form.get("name", ""), reach.group)
    except UserValidationError as error:
        db.session.rollback()
        return _page({error.field: str(error)}, dict(form)), 422
    after = {"role": role} | ({"group": reach.group} if reach.group else {})
    name = users.audit_name(db.session, email)
    audit_account(name, reach.site_id, "user.created" if is_new else "role.granted", None, after)
    number = users.id_of(db.session, email)
    db.session.commit()
    if is_new:
        return show_password_link(find_user(number))
    flash(gettext("They already had an account, and now have the role too."), "success")
    return redirect(url_for("dashboard.user_page", user_id=number))


def _page(errors: dict[str, str], typed: dict[str, object]) -> str:
    all_sites = sites.present(db.session)
    return render_template(
        "dashboard/accounts/users.html",
        everybody=users.every(db.session),
        all_sites=all_sites,
        groups=site_groups.every(db.session),
        group_mark=GROUP,
        where=lambda role: reach_words(role, all_sites),
        role_words=ROLE_WORDS,
        role_help=ROLE_HELP,
        errors=errors,
        typed=typed,
    )
