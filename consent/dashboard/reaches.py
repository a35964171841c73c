"""Where a role holds, as forms name it: empty for every site, the key of a site, or `group:` and a name."""

from typing import NamedTuple

from flask import abort, request

from consent.storage import site_groups, sites
from consent.storage.models import db
from consent.storage.sites import FoundSite
from consent.storage.staff import RoleSomewhere

GROUP = "group:"


class Reach(NamedTuple):
    """One site, the sites of a group, or, with neither, every site."""

    site_id: int | None = None
    group: str | None = None


def typed_reach() -> Reach:
    """Return what the form of this request names. Answers 404 where there is no such site or group."""
    text = request.form.get("site", "")
    if not text:
        return Reach()
    if text.startswith(GROUP):
        name = text.removeprefix(GROUP)
        return Reach(group=name) if name in site_groups.every(db.session) else abort(404)
    site = sites.by_key(db.session, text)
    return Reach(site.id) if site else abort(404)


def reach_value(role: RoleSomewhere, all_sites: list[FoundSite]) -> str:
    """Return how a form names where the role holds."""
    if role.group is not None:
        return GROUP + role.group
    return next((site.key for site in all_sites if site.id == role.site_id), "")


def reach_words(role: RoleSomewhere, all_sites: list[FoundSite]) -> str:
    """Return where the role holds, for reading."""
    if role.group is not None:
        return f"the group {role.group}"
    return next((site.name for site in all_sites if site.id == role.site_id), "every site")
