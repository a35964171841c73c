"""The published versions of a site, with who published them by name."""

from typing import NamedTuple

from consent.storage import configs, staff
from consent.storage.models import db
from consent.storage.sites import FoundSite


class VersionRow(NamedTuple):
    """One published version; `by` is a name, or what published it where that was no person who is still known."""

    name: str
    number: int
    published_at: int
    by: str
    note: str
    is_live: bool


def version_rows(site: FoundSite) -> list[VersionRow]:
    """Return the versions of `site`, newest first."""
    found = configs.versions(db.session, site.id)
    names = staff.names_of(db.session, {one for version in found for one in version.published_by.split("+")})
    return [
        VersionRow(
            version.sha256,
            version.version,
            version.published_at,
            by_words(version.published_by, names),
            version.note,
            version.sha256 == site.live_config,
        )
        for version in found
    ]


def by_words(published_by: str, names: dict[str, str]) -> str:
    """Return who published a version: who pressed, or who asked for it and who then looked and pressed."""
    who = [names.get(one, _unknown(one)) for one in published_by.split("+")]
    return ", seen by ".join(who)


def _unknown(by: str) -> str:
    # A config names its publisher by an opaque id, so that the person can be erased.
    return "a person who is no longer here" if len(by) == 32 and by.isalnum() else by
