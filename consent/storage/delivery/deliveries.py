"""Queries for deliveries that didn't succeed at once: waiting, being retried, or dead."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, case, delete, func, insert, select, update
from sqlalchemy.orm import aliased

from consent.storage.database.base import Transaction
from consent.storage.delivery.acks import DELIVERED
from consent.storage.tables.delivery import Acknowledgment, Delivery, OutboxEvent

SUBJECTS_AT_ONCE = 500
WAITING, RETRY, DEAD, DONE = "waiting", "retry", "dead", "done"
OPEN = (WAITING, RETRY)


class DeliveryRow(NamedTuple):
    """A delivery that didn't succeed at once; see `Delivery`."""

    receiver_id: str
    n: int
    event: str
    subject_no: str
    state: str
    refuses: bool
    is_replay: bool
    tries: int
    since: int
    next_at: int
    last: str
    took_ms: int


class Resent(NamedTuple):
    """How many dead deliveries are being resent, and how many aren't: a later event of the subject was delivered."""

    events: int
    superseded: int


class Waiting(NamedTuple):
    """What is pending for a receiver besides events after its cursor; the last two are unix times or None."""

    open: int
    dead: int
    unconfirmed: int
    oldest: int | None
    oldest_refusal: int | None


_COLUMNS = [getattr(Delivery, name) for name in DeliveryRow._fields]


def due(transaction: Transaction, receiver_id: str, now: int, limit: int) -> list[DeliveryRow]:
    """Return a receiver's deliveries that are due for a retry, refusals first, then by number."""
    matching = (Delivery.receiver_id == receiver_id, Delivery.state == RETRY, Delivery.next_at <= now)
    query = select(*_COLUMNS).where(*matching).order_by(Delivery.refuses.desc(), Delivery.n).limit(limit)
    return [DeliveryRow(*row) for row in transaction.execute(query)]


def due_receivers(transaction: Transaction, now: int) -> set[str]:
    """Return the receivers with a delivery that is due for a retry."""
    query = select(Delivery.receiver_id).where(Delivery.state == RETRY, Delivery.next_at <= now).distinct()
    return set(transaction.execute(query).scalars())


def blocked(transaction: Transaction, receiver_id: str, subjects: Collection[str]) -> set[str]:
    """Return those of `subjects` that have an earlier event pending."""
    matching = (
        Delivery.receiver_id == receiver_id,
        Delivery.subject_no.in_(subjects),
        Delivery.state.in_(OPEN),
    )
    return set(transaction.execute(select(Delivery.subject_no).where(*matching)).scalars())


def add(transaction: Transaction, rows: Sequence[DeliveryRow]) -> None:
    """Add deliveries. One that exists, such as from a replay, is reopened if dead or done, and otherwise unchanged."""
    for row in rows:
        known = select(Delivery.n).where(Delivery.receiver_id == row.receiver_id, Delivery.n == row.n)
        if transaction.execute(known).first() is None:
            transaction.execute(insert(Delivery).values(row._asdict()))
        elif row.state != DONE:
            revived = {"state": row.state, "next_at": row.next_at, "tries": row.tries, "last": row.last}
            matching = (Delivery.receiver_id == row.receiver_id, Delivery.n == row.n, Delivery.state.not_in(OPEN))
            transaction.execute(update(Delivery).where(*matching).values(revived))


def retry_now(transaction: Transaction, receiver_id: str, subjects: Collection[str], now: int) -> None:
    """Schedule the retries of `subjects` for now: a refusal is waiting behind them."""
    matching = (Delivery.receiver_id == receiver_id, Delivery.subject_no.in_(subjects), Delivery.state == RETRY)
    transaction.execute(
        update(Delivery).where(*matching).values(next_at=case((Delivery.next_at < now, Delivery.next_at), else_=now))
    )


def has_waiting_refusal(transaction: Transaction, row: DeliveryRow) -> bool:
    """Return whether a refusal of the same subject waits behind `row`."""
    matching = (
        Delivery.receiver_id == row.receiver_id,
        Delivery.subject_no == row.subject_no,
        Delivery.n > row.n,
        Delivery.state == WAITING,
        Delivery.refuses.is_(True),
    )
    return transaction.execute(select(Delivery.n).where(*matching).limit(1)).first() is not None


def fail(transaction: Transaction, row: DeliveryRow, state: str, next_at: int, why: str, took_ms: int) -> None:
    """Record another failed try."""
    values = {"state": state, "tries": row.tries + 1, "next_at": next_at, "last": why[:255], "took_ms": took_ms}
    transaction.execute(update(Delivery).where(*_matching(row)).values(values))


def end(transaction: Transaction, row: DeliveryRow, *, is_awaited: bool, took_ms: int) -> None:
    """Delete a successful delivery, or mark it as done if its acknowledgment is awaited."""
    if is_awaited:
        values = {"state": DONE, "tries": row.tries + 1, "last": "", "took_ms": took_ms}
        transaction.execute(update(Delivery).where(*_matching(row)).values(values))
    else:
        transaction.execute(delete(Delivery).where(*_matching(row)))


def release_next(transaction: Transaction, receiver_id: str, subject_no: str, now: int) -> None:
    """Schedule a subject's next waiting event for now, unless one is being retried."""
    conditions = (Delivery.receiver_id == receiver_id, Delivery.subject_no == subject_no)
    first = select(func.min(Delivery.n)).where(*conditions, Delivery.state == WAITING).scalar_subquery()
    none_tried = ~select(Delivery.n).where(*conditions, Delivery.state == RETRY).exists()
    number = transaction.execute(select(first).where(none_tried)).scalar()
    if number is not None:
        matching = (Delivery.receiver_id == receiver_id, Delivery.n == number)
        transaction.execute(update(Delivery).where(*matching).values(state=RETRY, next_at=now))


def dead(transaction: Transaction, receiver_id: str, limit: int, before: int | None = None) -> list[DeliveryRow]:
    """Return a receiver's dead deliveries, newest first; if `before` is given, only those with a lower number."""
    matching = [Delivery.receiver_id == receiver_id, Delivery.state == DEAD]
    if before is not None:
        matching.append(Delivery.n < before)
    query = select(*_COLUMNS).where(*matching).order_by(Delivery.n.desc()).limit(limit)
    return [DeliveryRow(*row) for row in transaction.execute(query)]


def failing(transaction: Transaction, receiver_id: str, limit: int) -> list[DeliveryRow]:
    """Return a receiver's deliveries that are waiting or being retried, oldest first."""
    matching = (Delivery.receiver_id == receiver_id, Delivery.state.in_(OPEN))
    query = select(*_COLUMNS).where(*matching).order_by(Delivery.n).limit(limit)
    return [DeliveryRow(*row) for row in transaction.execute(query)]


def resend(transaction: Transaction, receiver_id: str, site_id: int, now: int, n: int | None = None) -> Resent:
    """Schedule a receiver's dead deliveries again, all of them or that of event `n`, in order for each subject.

    An event stays dead if a later one of its subject was delivered: the receiver would go back to an older choice.
    """
    matching = [Delivery.receiver_id == receiver_id, Delivery.state == DEAD]
    if n is not None:
        matching.append(Delivery.n == n)
    is_superseded = (
        select(OutboxEvent.id)
        .join(Acknowledgment, Acknowledgment.event == OutboxEvent.id)
        .where(Acknowledgment.receiver_id == receiver_id, Acknowledgment.state == DELIVERED)
        .where(OutboxEvent.site_id == site_id, OutboxEvent.subject_no == Delivery.subject_no)
        .where(OutboxEvent.n > Delivery.n)
        .exists()
    )
    superseded = transaction.execute(select(func.count()).select_from(Delivery).where(*matching, is_superseded))
    count = superseded.scalar_one()
    reopened = update(Delivery).where(*matching, ~is_superseded).values(state=WAITING, next_at=now, tries=0)
    subjects = list(transaction.execute(reopened.returning(Delivery.subject_no)).scalars())
    different = sorted(set(subjects))
    for start in range(0, len(different), SUBJECTS_AT_ONCE):
        _retry_first(transaction, receiver_id, different[start : start + SUBJECTS_AT_ONCE], now)
    return Resent(len(subjects), count)


def _retry_first(transaction: Transaction, receiver_id: str, subjects: Sequence[str], now: int) -> None:
    """Schedule the first pending event of each of `subjects` for now, and let the others wait behind it."""
    earlier = aliased(Delivery)
    has_earlier = (
        select(earlier.n)
        .where(earlier.receiver_id == Delivery.receiver_id, earlier.subject_no == Delivery.subject_no)
        .where(earlier.n < Delivery.n, earlier.state.in_(OPEN))
        .exists()
    )
    pending = (Delivery.receiver_id == receiver_id, Delivery.subject_no.in_(subjects), Delivery.state.in_(OPEN))
    transaction.execute(update(Delivery).where(*pending, has_earlier).values(state=WAITING))
    transaction.execute(update(Delivery).where(*pending, ~has_earlier).values(state=RETRY, next_at=now))


def open_states(transaction: Transaction, events: Collection[str]) -> dict[tuple[str, str], str]:
    """Return the stored states of the deliveries of `events`, by receiver and event."""
    query = select(Delivery.receiver_id, Delivery.event, Delivery.state).where(Delivery.event.in_(events))
    return {(row.receiver_id, row.event): row.state for row in transaction.execute(query)}


def state_of(transaction: Transaction, receiver_id: str, n: int) -> str | None:
    """Return the state of the delivery of event `n`, or None if no row is kept."""
    query = select(Delivery.state).where(Delivery.receiver_id == receiver_id, Delivery.n == n)
    return transaction.execute(query).scalar_one_or_none()


def waiting(transaction: Transaction, receiver_id: str) -> Waiting:
    """Return what is pending for a receiver among the events already tried."""
    is_own = Delivery.receiver_id == receiver_id
    counted = select(Delivery.state, func.count()).where(is_own).group_by(Delivery.state)
    counts = {one: other for one, other in transaction.execute(counted)}  # noqa: C416 - rows, as mypy sees them
    unheard = select(func.min(Delivery.since)).where(is_own, Delivery.state.in_((*OPEN, DEAD)))
    oldest = transaction.execute(unheard.where(Delivery.state != DEAD)).scalar()
    refusal = transaction.execute(unheard.where(Delivery.refuses.is_(True))).scalar()
    return Waiting(
        counts.get(WAITING, 0) + counts.get(RETRY, 0), counts.get(DEAD, 0), counts.get(DONE, 0), oldest, refusal
    )


def confirm(transaction: Transaction, receiver_id: str, event: str) -> None:
    """Delete the row of a delivery that was acknowledged."""
    matching = (Delivery.receiver_id == receiver_id, Delivery.event == event, Delivery.state == DONE)
    transaction.execute(delete(Delivery).where(*matching))


def forget_subject(transaction: Transaction, receiver_ids: Collection[str], subject_no: str) -> None:
    """Delete a subject's deliveries, since the event that follows takes everything back."""
    matching = (Delivery.receiver_id.in_(receiver_ids), Delivery.subject_no == subject_no)
    transaction.execute(delete(Delivery).where(*matching))


def prune(transaction: Transaction, receiver_id: str, before: int) -> int:
    """Delete a receiver's dead and unconfirmed deliveries from before a unix time, and return how many."""
    matching = (Delivery.receiver_id == receiver_id, Delivery.state.in_((DEAD, DONE)), Delivery.since < before)
    return len(transaction.execute(delete(Delivery).where(*matching).returning(Delivery.n)).all())


def _matching(row: DeliveryRow) -> tuple[ColumnElement[bool], ...]:
    return Delivery.receiver_id == row.receiver_id, Delivery.n == row.n
