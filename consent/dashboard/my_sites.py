"""The sites that the person of this request may see, and the one they looked at last."""

from flask import session
from flask_security import current_user

from consent.storage import people, sites
from consent.storage.models import db
from consent.storage.sites import FoundSite


def my_sites() -> list[FoundSite]:
    """Return the sites on which the caller has a role, by name."""
    keys = set(people.site_keys_of(db.session, current_user.id))
    return [site for site in sites.every(db.session) if site.key in keys]


def last_site(mine: list[FoundSite]) -> FoundSite | None:
    """Return the site of `mine` that this session looked at last, else the first, or None."""
    return next((one for one in mine if one.key == session.get("site")), mine[0] if mine else None)


def roles_on(site: FoundSite | None) -> frozenset[str]:
    """Return the caller's roles on `site`."""
    return people.roles_of(db.session, current_user.id, site.id) if site else frozenset()
