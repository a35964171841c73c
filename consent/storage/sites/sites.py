"""Queries for sites, their drafts and revocations of preview links."""

from typing import Any, NamedTuple

from sqlalchemy import Select, insert, select, update

from consent.storage.database.base import Transaction
from consent.storage.tables.sites import Site


def preview_generation(transaction: Transaction, site_id: int) -> int:
    """Return how many times the site's preview links have been revoked."""
    return transaction.execute(select(Site.preview_generation).where(Site.id == site_id)).scalar_one()


def revoke_previews(transaction: Transaction, site_id: int) -> None:
    """Revoke all preview links of the site."""
    transaction.execute(update(Site).where(Site.id == site_id).values(preview_generation=Site.preview_generation + 1))


class StaleDraftError(Exception):
    """Someone else has saved the draft since it was read (HTTP 409)."""


class SiteRow(NamedTuple):
    """A site without its draft; `live_config` is the name of the config that visitors get, or None.

    `archived_at` is None unless the site is archived, `deleted_at` unless it is deleted.
    """

    id: int
    key: str
    name: str
    live_config: str | None
    created_at: int
    archived_at: int | None = None
    deleted_at: int | None = None


class Draft(NamedTuple):
    """The draft as JSON text, with the revision that a save must state."""

    text: str
    revision: int


def create(transaction: Transaction, key: str, name: str, draft: str, now: int) -> SiteRow:
    """Create a site whose draft starts as the JSON text `draft`.

    Raises sqlalchemy's IntegrityError if the key is taken.
    """
    values = {"key": key, "name": name, "draft": draft, "draft_revision": 1, "created_at": now}
    transaction.execute(insert(Site).values(values))
    site = by_key(transaction, key)
    assert site is not None  # noqa: S101 - it was inserted two lines above
    return site


def by_key(transaction: Transaction, key: str) -> SiteRow | None:
    """Return the site with that public key, or None."""
    row = transaction.execute(_query().where(Site.key == key)).one_or_none()
    return SiteRow(*row) if row else None


def by_id(transaction: Transaction, site_id: int) -> SiteRow | None:
    """Return the site with that id, or None."""
    row = transaction.execute(_query().where(Site.id == site_id)).one_or_none()
    return SiteRow(*row) if row else None


def every(transaction: Transaction) -> list[SiteRow]:
    """Return all sites by name, including deleted ones, whose logs and receipts remain."""
    return [SiteRow(*row) for row in transaction.execute(_query().order_by(Site.name, Site.id))]


def present(transaction: Transaction) -> list[SiteRow]:
    """Return the sites that aren't deleted, by name."""
    return [site for site in every(transaction) if site.deleted_at is None]


def rename(transaction: Transaction, site_id: int, name: str) -> None:
    """Rename the site; its key stays the same."""
    transaction.execute(update(Site).where(Site.id == site_id).values(name=name))


def set_archived(transaction: Transaction, site_id: int, at: int | None) -> None:
    """Set when the site was archived, or None to take it out of the archive."""
    transaction.execute(update(Site).where(Site.id == site_id).values(archived_at=at))


def read_draft(transaction: Transaction, site_id: int) -> Draft:
    """Return the draft of a site, which must exist."""
    row = transaction.execute(select(Site.draft, Site.draft_revision).where(Site.id == site_id)).one()
    return Draft(*row)


def lock_site(transaction: Transaction, site_id: int) -> None:
    """Lock the site against other changes until the end of the transaction."""
    # SQLite has no FOR UPDATE.
    transaction.execute(update(Site).where(Site.id == site_id).values(draft_revision=Site.draft_revision))


def save_draft(transaction: Transaction, site_id: int, text: str, revision: int) -> int:
    """Save the draft that was read at `revision`, and return its new revision.

    Raises StaleDraftError if someone else has saved it since.
    """
    unchanged = (Site.id == site_id, Site.draft_revision == revision)
    saved = transaction.execute(
        update(Site).where(*unchanged).values(draft=text, draft_revision=revision + 1).returning(Site.id)
    ).all()
    if not saved:
        raise StaleDraftError
    return revision + 1


def _query() -> Select[Any]:
    return select(*(getattr(Site, name) for name in SiteRow._fields))
