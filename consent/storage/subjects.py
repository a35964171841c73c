"""Whose receipts an act is about: one receipt by its id, or all receipts of one visitor."""

from typing import NamedTuple

from sqlalchemy import select

from consent.storage.base import Transaction
from consent.storage.models import Receipt, ReceiptPersonal


class UnknownSubject(LookupError):
    """The site has no such receipt, or no receipt of such a visitor."""


class Subject(NamedTuple):
    """One receipt by its id, or all receipts of one visitor; `kind` is `receipt` or `visitor`."""

    kind: str
    id: str


def receipts_of(transaction: Transaction, site_id: int, visitor: str) -> list[str]:
    """Return the ids of all receipts of the visitor on the site."""
    mine = (ReceiptPersonal.site_id == site_id, ReceiptPersonal.visitor == visitor)
    return list(transaction.execute(select(ReceiptPersonal.receipt_id).where(*mine)).scalars())


def ids_of(transaction: Transaction, site_id: int, subject: Subject) -> list[str]:
    """Return the ids of the receipts that `subject` names, erased ones too. Raises UnknownSubject where there are none."""
    if subject.kind == "visitor":
        ids = receipts_of(transaction, site_id, subject.id)
    else:
        mine = (Receipt.site_id == site_id, Receipt.id == subject.id)
        ids = list(transaction.execute(select(Receipt.id).where(*mine)).scalars())
    if not ids:
        raise UnknownSubject
    return ids
