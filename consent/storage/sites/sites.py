"""Queries of sites, their drafts and preview link revocations."""

from typing import Any, NamedTuple

from sqlalchemy import Select, insert, select, update

from consent.storage.database.base import Transaction
from consent.storage.tables.sites import Site


def ended(transaction: Transaction, site_id: int) -> int:
    """Return how often the links of the site were ended."""
    return transaction.execute(select(Site.preview_generation).where(Site.id == site_id)).scalar_one()


def end(transaction: Transaction, site_id: int) -> None:
    """End all links of the site."""
    transaction.execute(update(Site).where(Site.id == site_id).values(preview_generation=Site.preview_generation + 1))


class StaleDraftError(Exception):
    """Somebody else saved the draft since it was read: 409."""


class SiteRow(NamedTuple):
    """A site without its draft; `live_config` is the name of the config that visitors get, if there is one.

    `archived_at` is None while the site is in use, `deleted_at` while it is there.
    """

    id: int
    key: str
    name: str
    live_config: str | None
    created_at: int
    archived_at: int | None = None
    deleted_at: int | None = None


class Draft(NamedTuple):
    """The JSON text that marketing works on, with the revision that a save must name."""

    text: str
    revision: int


def create(transaction: Transaction, key: str, name: str, draft: str, now: int) -> SiteRow:
    """Add a site whose draft begins with the JSON text `draft`.

    Raises sqlalchemy's IntegrityError where the key is taken.
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
    """Return all sites by name, deleted ones too: their logs and receipts are still there."""
    return [SiteRow(*row) for row in transaction.execute(_query().order_by(Site.name, Site.id))]


def present(transaction: Transaction) -> list[SiteRow]:
    """Return the sites that are not deleted, by name."""
    return [site for site in every(transaction) if site.deleted_at is None]


def rename(transaction: Transaction, site_id: int, name: str) -> None:
    """Rename the site; its key stays."""
    transaction.execute(update(Site).where(Site.id == site_id).values(name=name))


def set_archived(transaction: Transaction, site_id: int, at: int | None) -> None:
    """Archive the site at a time, or with None take it out of the archive."""
    transaction.execute(update(Site).where(Site.id == site_id).values(archived_at=at))


def read_draft(transaction: Transaction, site_id: int) -> Draft:
    """Return the draft of a site that is there."""
    row = transaction.execute(select(Site.draft, Site.draft_revision).where(Site.id == site_id)).one()
    return Draft(*row)


def lock_site(transaction: Transaction, site_id: int) -> None:
    """Lock the site against other changes, to the end of the transaction."""
    # Not FOR UPDATE, which SQLite does not have.
    transaction.execute(update(Site).where(Site.id == site_id).values(draft_revision=Site.draft_revision))


def save_draft(transaction: Transaction, site_id: int, text: str, revision: int) -> int:
    """Save the draft that was read at `revision`, and return its new revision.

    Raises StaleDraftError where it was saved by somebody else since then.
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
