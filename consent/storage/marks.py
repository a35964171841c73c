"""Legal holds and restrictions: what may not be erased, and what is kept but left out of use."""

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import ColumnElement, delete, insert, select, tuple_

from consent.storage.base import Transaction
from consent.storage.models import ReceiptMark, ReceiptPersonal
from consent.storage.subjects import Subject

HOLD = "hold"
RESTRICTION = "restriction"


class Mark(NamedTuple):
    """A hold or restriction: on what, why, by whom, since when (unix seconds)."""

    subject_kind: str
    subject: str
    reason: str
    by: str
    time: int


def put(transaction: Transaction, site_id: int, kind: str, subject: Subject, *, reason: str, by: str, now: int) -> bool:
    """Set a mark; tell whether it was not set before. The first reason stays."""
    if transaction.execute(select(ReceiptMark.time).where(*_is(site_id, kind, subject))).first():
        return False
    row = {"site_id": site_id, "kind": kind, "subject_kind": subject.kind, "subject": subject.id}
    transaction.execute(insert(ReceiptMark).values(row | {"reason": reason, "by": by, "time": now}))
    return True


def lift(transaction: Transaction, site_id: int, kind: str, subject: Subject) -> bool:
    """Take a mark away; tell whether it was there."""
    lifted = delete(ReceiptMark).where(*_is(site_id, kind, subject)).returning(ReceiptMark.subject)
    return bool(transaction.execute(lifted).all())


def every(transaction: Transaction, site_id: int, kind: str) -> list[Mark]:
    """Return the site's marks of that kind, oldest first."""
    columns = [getattr(ReceiptMark, name) for name in Mark._fields]
    query = select(*columns).where(ReceiptMark.site_id == site_id, ReceiptMark.kind == kind)
    return [Mark(*row) for row in transaction.execute(query.order_by(ReceiptMark.time, ReceiptMark.subject))]


def mark_on(transaction: Transaction, site_id: int, kind: str, receipt_id: str, visitor: str | None) -> Mark | None:
    """Return the oldest mark of that kind on a receipt, by itself or by its visitor, or None."""
    columns = [getattr(ReceiptMark, name) for name in Mark._fields]
    subjects = {("receipt", receipt_id)} | ({("visitor", visitor)} if visitor else set())
    same = tuple_(ReceiptMark.subject_kind, ReceiptMark.subject).in_(subjects)
    query = select(*columns).where(ReceiptMark.site_id == site_id, ReceiptMark.kind == kind, same)
    row = transaction.execute(query.order_by(ReceiptMark.time).limit(1)).one_or_none()
    return Mark(*row) if row else None


def marked(transaction: Transaction, site_id: int, kind: str) -> frozenset[str]:
    """Return the ids of all receipts under a mark of that kind, by themselves or by their visitor.

    As ids, not as a subquery: most sites have none, and then a search asks for nothing more than before.
    """
    marks = every(transaction, site_id, kind)
    ids = {mark.subject for mark in marks if mark.subject_kind == "receipt"}
    visitors = [mark.subject for mark in marks if mark.subject_kind == "visitor"]
    if visitors:
        theirs = (ReceiptPersonal.site_id == site_id, ReceiptPersonal.visitor.in_(visitors))
        ids.update(transaction.execute(select(ReceiptPersonal.receipt_id).where(*theirs)).scalars())
    return frozenset(ids)


def forget(transaction: Transaction, site_id: int, receipt_ids: Collection[str], visitors: Collection[str]) -> None:
    """Delete every mark on `receipt_ids` and on those of `visitors` who have no receipt left that names them."""
    named = select(ReceiptPersonal.visitor).where(
        ReceiptPersonal.site_id == site_id, ReceiptPersonal.visitor.in_(visitors)
    )
    left = set(transaction.execute(named).scalars()) if visitors else set()
    for kind, subjects in (("receipt", set(receipt_ids)), ("visitor", set(visitors) - left)):
        of = (ReceiptMark.site_id == site_id, ReceiptMark.subject_kind == kind, ReceiptMark.subject.in_(subjects))
        if subjects:
            transaction.execute(delete(ReceiptMark).where(*of))


def _is(site_id: int, kind: str, subject: Subject) -> tuple[ColumnElement[bool], ...]:
    return (
        ReceiptMark.site_id == site_id,
        ReceiptMark.kind == kind,
        ReceiptMark.subject_kind == subject.kind,
        ReceiptMark.subject == subject.id,
    )
