"""Page of site groups, so that one role applies to many sites."""

import json
from typing import NamedTuple

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from consent.dashboard.auth.reauthentication import requires_recent_sign_in
from consent.dashboard.frame.audit import audit, author
from consent.dashboard.frame.blueprint import blueprint
from consent.dashboard.frame.change_descriptions import Line, readable
from consent.dashboard.frame.context import services
from consent.dashboard.frame.locale import translated
from consent.dashboard.frame.permissions import allowed
from consent.log.entry import INSTANCE
from consent.publishing.account_groups import settle_realms
from consent.publishing.site_groups.inheritance import apply_to, save_settings, set_members
from consent.publishing.site_groups.shared_settings import (
    differing,
    group_differences,
    own_settings,
    settings_of,
    with_own,
)
from consent.sites.draft import DraftError
from consent.sites.site_creation import site_name
from consent.storage.accounts import site_groups
from consent.storage.database.base import db
from consent.storage.sites import sites
from consent.storage.sites.sites import SiteRow, StaleDraftError


class Joining(NamedTuple):
    """A site that is being added to a group: the revision of its draft, and what the group's settings change in it."""

    site: SiteRow
    revision: int
    names: list[str]
    lines: list[Line]


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
    added = [site for key, site in by_key.items() if key in keys and site.id not in known.get(name, [])]
    joining = _joining(name, added)
    if joining and not all(f"values-{one.site.key}" in request.form for one in joining):
        return _joining_page(name, keys, joining, "")
    if joining and request.form.get("revision") != str(site_groups.shared(db.session, name).revision):
        return _joining_page(name, keys, joining, gettext("Someone changed the group after you opened this page.")), 409
    try:
        _save(name, [by_key[key] for key in keys], known.get(name, []), joining)
    except (StaleDraftError, site_groups.StaleGroupError):
        db.session.rollback()
        sentence = gettext("Someone changed the draft after you opened this page. Review it again.")
        return _joining_page(name, keys, _joining(name, added), sentence), 409
    except DraftError as error:
        db.session.rollback()
        sentence = " ".join(translated(sentence) for sentence in error.fields.values())
        return _joining_page(name, keys, joining, sentence), 422
    db.session.commit()
    flash(
        ngettext("The group %(name)s has %(num)s site.", "The group %(name)s has %(num)s sites.", len(keys), name=name),
        "success",
    )
    return redirect(url_for("dashboard.groups"))


def _joining(name: str, added: list[SiteRow]) -> list[Joining]:
    """Return those of the added sites whose drafts differ from the group."""
    settings, joining = settings_of(site_groups.shared(db.session, name)), []
    for site in added:
        row = sites.read_draft(db.session, site.id)
        draft = json.loads(row.text)
        if names := differing(draft, settings):
            lines = readable(group_differences(draft, settings, names))
            joining.append(Joining(site, row.revision, names, lines))
    return joining


def _save(name: str, members: list[SiteRow], former: list[int], joining: list[Joining]) -> None:
    """Set the sites of a group; those joining get its values, or keep theirs as their own, as the form says."""
    by, now, connection = author(), services().now, db.session.connection()
    known = name in site_groups.every(db.session)
    every, ids = sites.present(db.session), {site.id for site in members}
    before = sorted(site.key for site in every if site.id in former)
    set_members(db.session, name, ids, [site for site in every if site.id in {*former} - ids], by, now)
    shared = site_groups.shared(db.session, name)
    settings = settings_of(shared)
    for one in joining:
        key = one.site.key
        if request.form[f"values-{key}"] == "own":
            settings = with_own(settings, key, {*own_settings(settings, key), *one.names})
        else:
            revision = request.form.get(f"draft-{key}", default=0, type=int)
            apply_to(connection, one.site, name, settings, one.names, by, services().rules, now, revision)
    save_settings(db.session, name, settings, shared.revision, by, now)
    settle_realms(connection, {*former, *ids}, by)
    keys = sorted(site.key for site in members)
    audit(INSTANCE, "site_group.saved", name, {"sites": before} if known else None, {"sites": keys})


def _joining_page(name: str, keys: list[str], joining: list[Joining], error: str) -> str:
    return render_template(
        "dashboard/accounts/joining_sites.html",
        name=name,
        keys=keys,
        joining=joining,
        error=error,
        typed=request.form,
        revision=site_groups.shared(db.session, name).revision,
    )


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
