"""Queries for legal holds, restrictions and objections, which block erasing or using receipts."""

import datetime
from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import ColumnElement, delete, func, insert, select, tuple_

from consent.core.days import DAY_SECONDS
from consent.storage.database.base import Transaction
from consent.storage.selection.subjects import Subject, receipts_of_account, same_numbers, times_of
from consent.storage.tables.archive import DetachedReceipt
from consent.storage.tables.privacy import PrivacyMark
from consent.storage.tables.receipts import Receipt, ReceiptPersonal

HOLD = "hold"
RESTRICTION = "restriction"
OBJECTION = "objection"


class Mark(NamedTuple):
    """A hold, restriction or objection: on what, why, by whom, since when (unix seconds)."""

    subject_kind: str
    subject: str
    reason: str
    by: str
    time: int


def put(transaction: Transaction, site_id: int, kind: str, subject: Subject, *, reason: str, by: str, now: int) -> bool:
    """Set a mark; return False if it was already set, in which case the first reason stays."""
    if transaction.execute(select(PrivacyMark.time).where(*_matching(site_id, kind, subject))).first():
        return False
    row = {"site_id": site_id, "kind": kind, "subject_kind": subject.kind, "subject": subject.id}
    transaction.execute(insert(PrivacyMark).values(row | {"reason": reason, "by": by, "time": now}))
    return True


def lift(transaction: Transaction, site_id: int, kind: str, subject: Subject) -> bool:
    """Remove a mark; return whether it existed."""
    lifted = delete(PrivacyMark).where(*_matching(site_id, kind, subject)).returning(PrivacyMark.subject)
    return bool(transaction.execute(lifted).all())


def every(transaction: Transaction, site_id: int, kind: str) -> list[Mark]:
    """Return the site's marks of that kind, oldest first."""
    columns = [getattr(PrivacyMark, name) for name in Mark._fields]
    query = select(*columns).where(PrivacyMark.site_id == site_id, PrivacyMark.kind == kind)
    return [Mark(*row) for row in transaction.execute(query.order_by(PrivacyMark.time, PrivacyMark.subject))]


def mark_on(transaction: Transaction, site_id: int, kind: str, receipt_id: str, visitor: str | None) -> Mark | None:
    """Return the oldest mark of that kind on a receipt, its visitor or its account, or None."""
    columns = [getattr(PrivacyMark, name) for name in Mark._fields]
    subjects = {("receipt", receipt_id)} | ({("visitor", visitor)} if visitor else set())
    subjects |= {("account", number) for number in _account_numbers(transaction, site_id, receipt_id)}
    same = tuple_(PrivacyMark.subject_kind, PrivacyMark.subject).in_(subjects)
    query = select(*columns).where(PrivacyMark.site_id == site_id, PrivacyMark.kind == kind, same)
    row = transaction.execute(query.order_by(PrivacyMark.time).limit(1)).one_or_none()
    return Mark(*row) if row else None


def marked(transaction: Transaction, site_id: int, *kinds: str) -> frozenset[str]:
    """Return the ids of all receipts with a mark of those kinds, on themselves, their visitor or their account.

    Ids rather than a subquery: most sites have no marks, and searches then read nothing extra.
    """
    query = select(PrivacyMark.subject_kind, PrivacyMark.subject)
    marks = transaction.execute(query.where(PrivacyMark.site_id == site_id, PrivacyMark.kind.in_(kinds))).all()
    ids = {subject for kind, subject in marks if kind == "receipt"}
    visitors = {subject for kind, subject in marks if kind == "visitor"}
    if visitors:
        theirs = (ReceiptPersonal.site_id == site_id, ReceiptPersonal.visitor.in_(visitors))
        ids.update(transaction.execute(select(ReceiptPersonal.receipt_id).where(*theirs)).scalars())
    for number in {subject for kind, subject in marks if kind == "account"}:
        ids.update(receipts_of_account(transaction, site_id, number))
    return frozenset(ids)


def _account_numbers(transaction: Transaction, site_id: int, receipt_id: str) -> list[str]:
    """Return the numbers of a receipt's account, or an empty list if nobody was signed in."""
    # The key starts with the time: without it, this would read the personal parts of all receipts.
    time = times_of(transaction, site_id, [receipt_id]).get(receipt_id)
    if time is None:
        return []
    conditions = (ReceiptPersonal.time == time, ReceiptPersonal.receipt_id == receipt_id)
    number = transaction.execute(select(ReceiptPersonal.account).where(*conditions)).scalar_one_or_none()
    return same_numbers(transaction, number) if number else []


def is_held(transaction: Transaction, site_id: int, numbers: Collection[str]) -> bool:
    """Return whether any of these account numbers is itself under a legal hold."""
    conditions = (PrivacyMark.kind == HOLD, PrivacyMark.subject_kind == "account", PrivacyMark.subject.in_(numbers))
    return (
        transaction.execute(select(PrivacyMark.time).where(PrivacyMark.site_id == site_id, *conditions)).first()
        is not None
    )


def forget_accounts(transaction: Transaction, numbers: Collection[str]) -> None:
    """Delete all marks on these account numbers: after an erasure nothing can be found under them."""
    conditions = (PrivacyMark.subject_kind == "account", PrivacyMark.subject.in_(numbers))
    transaction.execute(delete(PrivacyMark).where(*conditions))


def restricted_ids(transaction: Transaction, site_id: int) -> frozenset[str]:
    """Return the ids of all receipts whose use is restricted or objected to."""
    return marked(transaction, site_id, RESTRICTION, OBJECTION)


class Span(NamedTuple):
    """The period of a hold, from `since` to before `until`, in unix seconds."""

    since: int
    until: int


def period(first: datetime.date, last: datetime.date) -> Subject:
    """Return a hold's subject for all receipts of the days from `first` through `last` (UTC)."""
    return Subject("period", f"{first}/{last}")


def hold_spans(transaction: Transaction, site_id: int) -> list[Span]:
    """Return the periods that are under a legal hold."""
    return [_span(mark.subject) for mark in every(transaction, site_id, HOLD) if mark.subject_kind == "period"]


def number_in(transaction: Transaction, site_id: int, subject: Subject) -> int:
    """Return how many of the site's receipts are in a period, including detached but not erased ones."""
    since, until = _span(subject.id)
    return sum(
        transaction.execute(
            select(func.count()).where(
                table.site_id == site_id, table.erased.is_(False), table.time >= since, table.time < until
            )
        ).scalar_one()
        for table in (Receipt, DetachedReceipt)
    )


def held_ids(transaction: Transaction, site_id: int, receipt_ids: Collection[str]) -> set[str]:
    """Return those of `receipt_ids` under a legal hold: their own, or that of their visitor, account or period."""
    ids = set(marked(transaction, site_id, HOLD).intersection(receipt_ids))
    if spans := hold_spans(transaction, site_id):
        times = times_of(transaction, site_id, receipt_ids)
        ids.update(one for one, time in times.items() if any(since <= time < until for since, until in spans))
    return ids


def on_subject(transaction: Transaction, site_id: int, subject: Subject) -> list[tuple[str, Mark]]:
    """Return the marks on exactly this subject, each with its kind."""
    columns = [getattr(PrivacyMark, name) for name in Mark._fields]
    matching = (
        PrivacyMark.site_id == site_id,
        PrivacyMark.subject_kind == subject.kind,
        PrivacyMark.subject == subject.id,
    )
    query = select(PrivacyMark.kind, *columns).where(*matching).order_by(PrivacyMark.time)
    return [(kind, Mark(*row)) for kind, *row in transaction.execute(query)]


def _span(text: str) -> Span:
    first, last = (datetime.date.fromisoformat(part) for part in text.split("/"))
    begin, end = (datetime.datetime.combine(day, datetime.time(), datetime.UTC).timestamp() for day in (first, last))
    return Span(int(begin), int(end) + DAY_SECONDS)


def forget(transaction: Transaction, site_id: int, receipt_ids: Collection[str], visitors: Collection[str]) -> None:
    """Delete all marks on `receipt_ids`, and on those of `visitors` who no longer have receipts."""
    named = select(ReceiptPersonal.visitor).where(
        ReceiptPersonal.site_id == site_id, ReceiptPersonal.visitor.in_(visitors)
    )
    left = set(transaction.execute(named).scalars()) if visitors else set()
    for kind, subjects in (("receipt", set(receipt_ids)), ("visitor", set(visitors) - left)):
        conditions = (
            PrivacyMark.site_id == site_id,
            PrivacyMark.subject_kind == kind,
            PrivacyMark.subject.in_(subjects),
        )
        if subjects:
            transaction.execute(delete(PrivacyMark).where(*conditions))


def _matching(site_id: int, kind: str, subject: Subject) -> tuple[ColumnElement[bool], ...]:
    return (
        PrivacyMark.site_id == site_id,
        PrivacyMark.kind == kind,
        PrivacyMark.subject_kind == subject.kind,
        PrivacyMark.subject == subject.id,
    )
