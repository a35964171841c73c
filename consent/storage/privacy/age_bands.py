"""Queries for receipts by age band: the next ones to erase, and how many there are."""

from sqlalchemy import ColumnElement, exists, func, select, tuple_

from consent.storage.database.base import Transaction
from consent.storage.selection.filters import of_age_band
from consent.storage.tables.receipts import Receipt, ReceiptPersonal

Position = tuple[int, str]
"""Time (unix seconds) and id of a receipt."""
START: Position = (-1, "")


def next_of_band(
    transaction: Transaction, site_id: int, band: str, level: str, after: Position, limit: int
) -> list[Position]:
    """Return receipts of the age band after `after`, oldest first, that an erasure to `level` would still change."""
    key = tuple_(Receipt.time, Receipt.id)
    query = select(Receipt.time, Receipt.id).where(*_not_erased(site_id, band, level), key > tuple_(*after))
    rows = transaction.execute(query.order_by(Receipt.time, Receipt.id).limit(limit))
    return [(row.time, row.id) for row in rows]


def count_of_band(transaction: Transaction, site_id: int, band: str, level: str) -> int:
    """Return how many receipts of the age band an erasure to `level` would still change, without detached months."""
    query = select(func.count()).select_from(Receipt).where(*_not_erased(site_id, band, level))
    return transaction.execute(query).scalar_one()


def _not_erased(site_id: int, band: str, level: str) -> tuple[ColumnElement[bool], ...]:
    matching = (Receipt.site_id == site_id, *of_age_band(band), Receipt.erased.is_(False))
    if level == "full":
        return matching
    named = (ReceiptPersonal.time == Receipt.time, ReceiptPersonal.receipt_id == Receipt.id)
    return (*matching, exists().where(*named))
