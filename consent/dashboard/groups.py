"""Groups of sites, so that one role holds on many."""

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consent.dashboard.blueprint import blueprint
from consent.dashboard.fresh import fresh
from consent.dashboard.permissions import allowed
from consent.dashboard.telling import tell
from consent.proof.entry import INSTANCE
from consent.storage import site_groups, sites
from consent.storage.models import db


@blueprint.get("/people/groups")
@allowed("manage_people")
def groups() -> ResponseReturnValue:
    """Show all groups with their sites."""
    return _page({})


@blueprint.post("/people/groups")
@allowed("manage_people")
@fresh
def save_group() -> ResponseReturnValue:
    """Have a group, new or not, consist of the sites that are ticked."""
    name = request.form.get("name", "").strip()
    by_key = {site.key: site for site in sites.every(db.session)}
    keys = sorted(set(request.form.getlist("sites")))
    errors = {}
    if not site_groups.FORM.fullmatch(name):
        errors["name"] = "A group needs a name of up to 80 characters, without a colon or a comma."
    if not keys or not set(keys) <= set(by_key):
        errors["sites"] = "Choose the sites that belong to it."
    if errors:
        return _page(errors), 422
    known = site_groups.every(db.session)
    before = sorted(key for key, site in by_key.items() if site.id in known.get(name, []))
    site_groups.put(db.session, name, [by_key[key].id for key in keys])
    tell(INSTANCE, "group.saved", name, {"sites": before} if name in known else None, {"sites": keys})
    db.session.commit()
    flash(f"The group {name} has {len(keys)} site{'' if len(keys) == 1 else 's'}.", "success")
    return redirect(url_for("dashboard.groups"))


@blueprint.post("/people/groups/removal")
@allowed("manage_people")
@fresh
def remove_group() -> ResponseReturnValue:
    """Take a group away, with the roles on it."""
    name = request.form.get("name", "")
    known = site_groups.every(db.session)
    if name not in known:
        abort(404)
    before = sorted(site.key for site in sites.every(db.session) if site.id in known[name])
    site_groups.remove(db.session, name)
    tell(INSTANCE, "group.removed", name, {"sites": before}, None)
    db.session.commit()
    flash(f"The group {name} is gone, and the roles on it.", "success")
    return redirect(url_for("dashboard.groups"))


def _page(errors: dict[str, str]) -> str:
    return render_template(
        "dashboard/groups.html",
        groups=site_groups.every(db.session),
        all_sites=sites.every(db.session),
        errors=errors,
        typed=request.form,
        ticked=request.form.getlist("sites"),
    )
