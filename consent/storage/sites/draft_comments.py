"""Queries for comments on a site's draft."""

from typing import NamedTuple

from sqlalchemy import insert, select, update

from consent.storage.database.base import Transaction
from consent.storage.tables.sites import DraftComment

MAX_COMMENTS = 200
"""How many are read per draft or version, the newest ones."""


class Comment(NamedTuple):
    """A comment by a user (an opaque id) on the draft at `revision`."""

    revision: int
    by: str
    time: int
    text: str


def add(transaction: Transaction, site_id: int, comment: Comment) -> None:
    """Save a comment on a site's draft."""
    transaction.execute(insert(DraftComment).values(site_id=site_id, **comment._asdict()))


def read(transaction: Transaction, site_id: int, version: int | None = None) -> list[Comment]:
    """Return the comments on the draft, or on the draft that became `version`, oldest first."""
    columns = [getattr(DraftComment, name) for name in Comment._fields]
    query = select(*columns).where(DraftComment.site_id == site_id, DraftComment.version == version)
    newest = transaction.execute(query.order_by(DraftComment.id.desc()).limit(MAX_COMMENTS))
    return [Comment(*row) for row in newest][::-1]


def close(transaction: Transaction, site_id: int, version: int) -> None:
    """Move the draft's comments to the version that it became."""
    open_ones = (DraftComment.site_id == site_id, DraftComment.version.is_(None))
    transaction.execute(update(DraftComment).where(*open_ones).values(version=version))
