"""Whose receipts an act is about: one receipt by its id, or all receipts of one visitor."""

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import select

from consent.storage.base import Transaction
from consent.storage.month_models import DetachedReceipt
from consent.storage.receipt_models import Receipt, ReceiptPersonal


class UnknownSubject(LookupError):
    """The site has no such receipt, or no receipt of such a visitor."""


class Subject(NamedTuple):
    """One receipt by its id, or all receipts of one visitor; `kind` is `receipt` or `visitor`."""

    kind: str
    id: str

    @property
    def unknown(self) -> str:
        """Return in words what a site does not have where it has none of these."""
        return "no receipt with that id" if self.kind == "receipt" else f"no receipt of that {self.kind}"


def receipts_of(transaction: Transaction, site_id: int, visitor: str) -> list[str]:
    """Return the ids of all receipts of the visitor on the site."""
    mine = (ReceiptPersonal.site_id == site_id, ReceiptPersonal.visitor == visitor)
    return list(transaction.execute(select(ReceiptPersonal.receipt_id).where(*mine)).scalars())


def times_of(transaction: Transaction, site_id: int, receipt_ids: Collection[str]) -> dict[str, int]:
    """Return the time of those receipts that are the site's, also of detached ones: by it their personal part is found."""
    found: dict[str, int] = {}
    for table in (Receipt, DetachedReceipt):
        mine = (table.site_id == site_id, table.id.in_(receipt_ids))
        found |= {row.id: row.time for row in transaction.execute(select(table.id, table.time).where(*mine))}
    return found


def ids_of(transaction: Transaction, site_id: int, subject: Subject) -> list[str]:
    """Return the ids of the receipts that `subject` names, erased ones too. Raises UnknownSubject where there are none."""
    if subject.kind == "visitor":
        ids = receipts_of(transaction, site_id, subject.id)
    else:
        ids = list(times_of(transaction, site_id, [subject.id]))
    if not ids:
        raise UnknownSubject
    return ids
