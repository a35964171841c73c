"""What *Check my site* found last on a site."""

import json
from typing import Any, NamedTuple

from sqlalchemy import select, text

from consent.storage.base import Transaction
from consent.storage.scan_models import SiteCheck

MOST_TAGS = 300
"""So many tags of a page are kept."""

_KEEP = text(
    "INSERT INTO site_check (site_id, url, checked_at, tags) VALUES (:site_id, :url, :checked_at, :tags)"
    " ON CONFLICT (site_id) DO UPDATE SET url = excluded.url, checked_at = excluded.checked_at, tags = excluded.tags"
)


class KeptCheck(NamedTuple):
    """The page that was looked at, when (unix seconds), and an object for each tag that stood there."""

    url: str
    checked_at: int
    tags: list[dict[str, Any]]


def newest(transaction: Transaction, site_id: int) -> KeptCheck | None:
    """Return what the last check of a site found, or None where there was none."""
    query = select(SiteCheck.url, SiteCheck.checked_at, SiteCheck.tags).where(SiteCheck.site_id == site_id)
    row = transaction.execute(query).one_or_none()
    return KeptCheck(row.url, row.checked_at, json.loads(row.tags)) if row else None


def keep(transaction: Transaction, site_id: int, found: KeptCheck) -> None:
    """Keep what a check found in place of what the one before had."""
    tags = json.dumps(found.tags[:MOST_TAGS], ensure_ascii=False)
    facts = {"site_id": site_id, "url": found.url[:600], "checked_at": found.checked_at, "tags": tags}
    transaction.execute(_KEEP, facts)
