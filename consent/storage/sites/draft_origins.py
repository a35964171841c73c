"""Queries for the origin of a draft's values: the last imported file, and later edits by users."""

from collections.abc import Collection
from typing import Any, NamedTuple

from sqlalchemy import delete, insert, select

from consent.storage.database.base import Transaction
from consent.storage.tables.sites import DraftEdit, DraftImport


class Origin(NamedTuple):
    """Who set a part and when; `by` is an opaque id or a phrase such as `command line`."""

    by: str
    time: int


class Import(NamedTuple):
    """A site's last import: file name, who, and when."""

    file: str
    by: str
    time: int


def edited(transaction: Transaction, site_id: int, parts: Collection[str], by: str, now: int) -> None:
    """Record who has changed these parts of the draft by hand."""
    if parts:
        same = (DraftEdit.site_id == site_id, DraftEdit.part.in_(list(parts)))
        transaction.execute(delete(DraftEdit).where(*same))
        transaction.execute(
            insert(DraftEdit), [{"site_id": site_id, "part": part, "by": by, "time": now} for part in sorted(parts)]
        )


def imported(transaction: Transaction, site_id: int, file: str, by: str, now: int) -> None:
    """Record that the whole draft was imported from a file."""
    transaction.execute(delete(DraftEdit).where(DraftEdit.site_id == site_id))
    transaction.execute(delete(DraftImport).where(DraftImport.site_id == site_id))
    transaction.execute(insert(DraftImport).values(site_id=site_id, file=file[:255], by=by, time=now))


def edits(transaction: Transaction, site_id: int) -> dict[str, Origin]:
    """Return the parts changed by hand since the last import, or at any time if there was none."""
    query: Any = select(DraftEdit.part, DraftEdit.by, DraftEdit.time).where(DraftEdit.site_id == site_id)
    return {part: Origin(by, time) for part, by, time in transaction.execute(query.order_by(DraftEdit.part))}


def last_import(transaction: Transaction, site_id: int) -> Import | None:
    """Return the site's last import, or None."""
    query = select(DraftImport.file, DraftImport.by, DraftImport.time).where(DraftImport.site_id == site_id)
    row = transaction.execute(query).one_or_none()
    return Import(*row) if row else None
