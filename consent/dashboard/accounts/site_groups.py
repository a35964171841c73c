"""Page of site groups, so that one role applies to many sites."""

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from consent.dashboard.auth.reauthentication import requires_recent_sign_in
from consent.dashboard.frame.audit import audit, author
from consent.dashboard.frame.blueprint import blueprint
from consent.dashboard.frame.permissions import allowed
from consent.dashboard.sites.create import site_name
from consent.log.entry import INSTANCE
from consent.publishing.account_groups import settle_realms
from consent.storage.accounts import site_groups
from consent.storage.database.base import db
from consent.storage.sites import sites


@blueprint.get("/users/groups")
@allowed("manage_users")
def groups() -> ResponseReturnValue:
    """Show all groups with their sites."""
    return _page({})


@blueprint.post("/users/groups")
@allowed("manage_users")
@requires_recent_sign_in
def save_group() -> ResponseReturnValue:
    """Create or update a group with the ticked sites."""
    name = site_name(request.form.get("name", ""))
    by_key = {site.key: site for site in sites.present(db.session)}
    keys = sorted(set(request.form.getlist("sites")))
    errors, known = {}, site_groups.every(db.session)
    if name not in known and not site_groups.FORM.fullmatch(name):
        errors["name"] = site_groups.NAME_RULE
    if not keys or not set(keys) <= set(by_key):
        errors["sites"] = gettext("Choose the sites that belong to it.")
    if errors:
        return _page(errors), 422
    before = sorted(key for key, site in by_key.items() if site.id in known.get(name, []))
    site_groups.put(db.session, name, [by_key[key].id for key in keys])
    settle_realms(db.session.connection(), {*known.get(name, ()), *(by_key[key].id for key in keys)}, author())
    audit(INSTANCE, "site_group.saved", name, {"sites": before} if name in known else None, {"sites": keys})
    db.session.commit()
    flash(
        ngettext("The group %(name)s has %(num)s site.", "The group %(name)s has %(num)s sites.", len(keys), name=name),
        "success",
    )
    return redirect(url_for("dashboard.groups"))


@blueprint.post("/users/groups/removal")
@allowed("manage_users")
@requires_recent_sign_in
def remove_group() -> ResponseReturnValue:
    """Delete a group and the roles on it."""
    name = request.form.get("name", "")
    known = site_groups.every(db.session)
    if name not in known:
        abort(404)
    before = sorted(site.key for site in sites.present(db.session) if site.id in known[name])
    site_groups.remove(db.session, name)
    settle_realms(db.session.connection(), known[name], author())
    audit(INSTANCE, "site_group.deleted", name, {"sites": before}, None)
    db.session.commit()
    flash(gettext("The group %(name)s and the roles on it were removed.", name=name), "success")
    return redirect(url_for("dashboard.groups"))


def _page(errors: dict[str, str]) -> str:
    return render_template(
        "dashboard/accounts/site_groups.html",
        groups=site_groups.every(db.session),
        all_sites=sites.present(db.session),
        errors=errors,
        typed=request.form,
        ticked=request.form.getlist("sites"),
    )
