"""Mounts of a tag's vendor: the paths on the site's own hosts under which it is proxied."""

from flask import request

from consent.core.documents.config import Draft
from consent.dashboard.tags.tag_page import find_tag
from consent.sites.own_host.mounts import mount_warnings, set_mounts
from consent.sites.seen_in_page import known_pages
from consent.storage.database.base import db
from consent.storage.sites.sites import SiteRow


def with_mounts(site: SiteRow, draft: Draft, tag_id: str) -> Draft:
    """Set the paths on the site under which the tag's vendor is proxied."""
    return set_mounts(draft, find_tag(draft, tag_id)["vendor"], request.form.get("mounts", "").split())


def covering_mounts(site: SiteRow, draft: Draft) -> list[str]:
    """Return a warning for each mount that has known pages of the site below it."""
    return list(mount_warnings(draft, known_pages(db.session, site.id)))
