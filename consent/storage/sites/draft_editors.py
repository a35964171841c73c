"""Queries for who has a page of a site's draft open."""

from typing import NamedTuple

from sqlalchemy import delete, insert, select

from consent.storage.database.base import Transaction
from consent.storage.tables.sites import DraftEditor

SECONDS = 180
"""How long a page counts as open after its user's last activity on it."""


class Editor(NamedTuple):
    """A user (an opaque id), the page they have open, and when they were last active on it."""

    by: str
    page: str
    time: int


def note(transaction: Transaction, site_id: int, editor: Editor) -> None:
    """Save which page a user has open, and delete outdated entries."""
    own = (DraftEditor.site_id == site_id, DraftEditor.by == editor.by)
    transaction.execute(delete(DraftEditor).where(*own))
    transaction.execute(delete(DraftEditor).where(DraftEditor.time < editor.time - SECONDS))
    transaction.execute(insert(DraftEditor).values(site_id=site_id, **editor._asdict()))


def others(transaction: Transaction, site_id: int, by: str, now: int) -> list[Editor]:
    """Return who else has a page of the site's draft open, most recently active first."""
    query = select(DraftEditor.by, DraftEditor.page, DraftEditor.time)
    same = (DraftEditor.site_id == site_id, DraftEditor.by != by, DraftEditor.time >= now - SECONDS)
    return [Editor(*row) for row in transaction.execute(query.where(*same).order_by(DraftEditor.time.desc()))]
