"""Subjects of operations on receipts: one receipt by its id, or all receipts of a visitor or account."""

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import ColumnElement, select

from consent.storage.database.base import Transaction
from consent.storage.tables.archive import DetachedReceipt
from consent.storage.tables.receipts import Receipt, ReceiptPersonal
from consent.storage.tables.subjects import SubjectAccount, SubjectAlias


class UnknownSubjectError(LookupError):
    """The site has no receipt with that id, or none of that visitor or account."""


class Subject(NamedTuple):
    """One receipt by its id, or all receipts of a visitor or account; `kind` is `receipt`, `visitor` or `account`.

    An account's id is its number.
    """

    kind: str
    id: str

    @property
    def unknown(self) -> str:
        """Return a phrase saying that the site has no such subject."""
        return "no receipt with that id" if self.kind == "receipt" else f"no receipt of that {self.kind}"


def receipts_of(transaction: Transaction, site_id: int, visitor: str) -> list[str]:
    """Return the ids of all receipts of the visitor on the site."""
    matching = (ReceiptPersonal.site_id == site_id, ReceiptPersonal.visitor == visitor)
    return list(transaction.execute(select(ReceiptPersonal.receipt_id).where(*matching)).scalars())


def receipts_of_account(transaction: Transaction, site_id: int, number: str) -> list[str]:
    """Return the ids of all receipts of the account on the site, including accounts merged into it or left behind."""
    numbers = same_numbers(transaction, number)
    earlier = select(SubjectAccount.earlier).where(
        SubjectAccount.number.in_(numbers), SubjectAccount.earlier.is_not(None)
    )
    for one in transaction.execute(earlier).scalars().all():
        numbers += same_numbers(transaction, str(one))
    matching = (ReceiptPersonal.site_id == site_id, ReceiptPersonal.account.in_(numbers))
    return list(transaction.execute(select(ReceiptPersonal.receipt_id).where(*matching)).scalars())


def numbers_of(transaction: Transaction, number: str) -> list[str]:
    """Return an account's number and the numbers of accounts merged into it."""
    aliases = select(SubjectAlias.alias).where(SubjectAlias.number == number).order_by(SubjectAlias.alias)
    return [number, *transaction.execute(aliases).scalars()]


def same_numbers(transaction: Transaction, number: str) -> list[str]:
    """Return all numbers of the account that has or had this number."""
    present = transaction.execute(select(SubjectAlias.number).where(SubjectAlias.alias == number)).scalar_one_or_none()
    return numbers_of(transaction, present or number)


def site_condition(table: type[Receipt] | type[DetachedReceipt], site_id: int) -> ColumnElement[bool]:
    """Return a condition on the site for receipts that are looked up by id.

    The `+ 0` disables indexes: with the site's index, SQLite would read all receipts of the site instead of just these.
    """
    return table.site_id + 0 == site_id


def times_of(transaction: Transaction, site_id: int, receipt_ids: Collection[str]) -> dict[str, int]:
    """Return the times of the site's receipts among these, also of detached ones; personal parts are keyed by time."""
    times: dict[str, int] = {}
    for table in (Receipt, DetachedReceipt):
        matching = (site_condition(table, site_id), table.id.in_(receipt_ids))
        times |= {row.id: row.time for row in transaction.execute(select(table.id, table.time).where(*matching))}
    return times


def ids_of(transaction: Transaction, site_id: int, subject: Subject) -> list[str]:
    """Return the ids of the receipts that `subject` refers to, including erased ones.

    Raises UnknownSubjectError if there are none.
    """
    if subject.kind == "visitor":
        ids = receipts_of(transaction, site_id, subject.id)
    elif subject.kind == "account":
        ids = receipts_of_account(transaction, site_id, subject.id)
    else:
        ids = list(times_of(transaction, site_id, [subject.id]))
    if not ids:
        raise UnknownSubjectError
    return ids
