"""Published versions of a site, with the names of their publishers."""

from typing import NamedTuple

from flask_babel import gettext

from consent.dashboard.frame.locale import translated
from consent.storage.accounts import users
from consent.storage.database.base import db
from consent.storage.sites import configs
from consent.storage.sites.sites import SiteRow


class VersionRow(NamedTuple):
    """A published version; `by` is the publisher's name, or what published it if it wasn't a known user."""

    name: str
    number: int
    published_at: int
    by: str
    note: str
    is_live: bool


def version_rows(site: SiteRow) -> list[VersionRow]:
    """Return the versions of `site`, newest first."""
    versions = configs.versions(db.session, site.id)
    names = users.names_of(db.session, {one for version in versions for one in version.published_by.split("+")})
    return [
        VersionRow(
            version.sha256,
            version.version,
            version.published_at,
            publisher_names(version.published_by, names),
            version.note,
            version.sha256 == site.live_config,
        )
        for version in versions
    ]


def publisher_names(published_by: str, names: dict[str, str]) -> str:
    """Return the names of who published a version: the publisher, or the requester and the approvers."""
    who = [names.get(one, _unknown_publisher(one)) for one in published_by.split("+")]
    return (
        gettext("%(author)s, approved by %(others)s", author=who[0], others=", ".join(who[1:]))
        if len(who) > 1
        else who[0]
    )


def _unknown_publisher(by: str) -> str:
    # Configs identify their publisher by an opaque id, so that the user can be erased.
    return gettext("a user who is no longer here") if len(by) == 32 and by.isalnum() else str(translated(by))
