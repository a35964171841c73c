"""Parse and format role scopes: empty for all sites, a site's key, or `group:` and a name."""

from typing import NamedTuple

from flask import abort, request
from flask_babel import gettext

from consent.storage.accounts import site_groups
from consent.storage.accounts.users import RoleSomewhere
from consent.storage.database.base import db
from consent.storage.sites import sites
from consent.storage.sites.sites import SiteRow

GROUP = "group:"


class Reach(NamedTuple):
    """A role's scope: one site, the sites of a group, or, with neither, every site."""

    site_id: int | None = None
    group: str | None = None


def typed_reach() -> Reach:
    """Return the scope chosen in the form. Answers 404 if there is no such site or group."""
    text = request.form.get("site", "")
    if not text:
        return Reach()
    if text.startswith(GROUP):
        name = text.removeprefix(GROUP)
        return Reach(group=name) if name in site_groups.every(db.session) else abort(404)
    site = sites.by_key(db.session, text)
    return Reach(site.id) if site and site.deleted_at is None else abort(404)


def reach_value(role: RoleSomewhere, all_sites: list[SiteRow]) -> str:
    """Return a role's scope as a form value."""
    if role.group is not None:
        return GROUP + role.group
    return next((site.key for site in all_sites if site.id == role.site_id), "")


def reach_words(role: RoleSomewhere, all_sites: list[SiteRow]) -> str:
    """Return a role's scope in words."""
    if role.group is not None:
        return gettext("the group %(group)s", group=role.group)
    return next((site.name for site in all_sites if site.id == role.site_id), gettext("every site"))
