"""Published versions of a site, with the names of their publishers."""

from typing import NamedTuple

from flask_babel import gettext

from consent.storage.accounts import users
from consent.storage.database.base import db
from consent.storage.sites import configs
from consent.storage.sites.sites import SiteRow


class VersionRow(NamedTuple):
    """One published version; `by` is a name, or what published it where that was no user who is still known."""

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
            by_words(version.published_by, names),
            version.note,
            version.sha256 == site.live_config,
        )
        for version in versions
    ]


def by_words(published_by: str, names: dict[str, str]) -> str:
    """Return who published a version: the publisher, or the requester and the approver."""
    who = [names.get(one, _unknown(one)) for one in published_by.split("+")]
    return (
        gettext("%(author)s, approved by %(others)s", author=who[0], others=", ".join(who[1:]))
        if len(who) > 1
        else who[0]
    )


def _unknown(by: str) -> str:
    # A config names its publisher by an opaque id, so that the user can be erased.
    return gettext("a user who is no longer here") if len(by) == 32 and by.isalnum() else by
