"""Queries of deliveries that did not pass at once: what waits, what is tried again, what is dead."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, case, delete, func, insert, select, update

from consent.storage.database.base import Transaction
from consent.storage.tables.delivery import Delivery

WAITING, RETRY, DEAD, DONE = "waiting", "retry", "dead", "done"
OPEN = (WAITING, RETRY)


class DeliveryRow(NamedTuple):
    """A delivery that did not pass at once; see `Delivery`."""

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


class Waiting(NamedTuple):
    """How much waits for a receiver beside what is behind its cursor: `oldest_refusal` is a unix time, None for none."""

    open: int
    dead: int
    unconfirmed: int
    oldest: int | None
    oldest_refusal: int | None


_COLUMNS = [getattr(Delivery, name) for name in DeliveryRow._fields]


def due(transaction: Transaction, receiver_id: str, now: int, limit: int) -> list[DeliveryRow]:
    """Return the deliveries of a receiver that are to be tried again by now, refusals first, in order."""
    matching = (Delivery.receiver_id == receiver_id, Delivery.state == RETRY, Delivery.next_at <= now)
    query = select(*_COLUMNS).where(*matching).order_by(Delivery.refuses.desc(), Delivery.n).limit(limit)
    return [DeliveryRow(*row) for row in transaction.execute(query)]


def due_receivers(transaction: Transaction, now: int) -> set[str]:
    """Return the receivers for which something is to be tried again by now."""
    query = select(Delivery.receiver_id).where(Delivery.state == RETRY, Delivery.next_at <= now).distinct()
    return set(transaction.execute(query).scalars())


def blocked(transaction: Transaction, receiver_id: str, subjects: Collection[str]) -> set[str]:
    """Return those of `subjects` of which an earlier event waits."""
    matching = (
        Delivery.receiver_id == receiver_id,
        Delivery.subject_no.in_(subjects),
        Delivery.state.in_(OPEN),
    )
    return set(transaction.execute(select(Delivery.subject_no).where(*matching)).scalars())


def add(transaction: Transaction, rows: Sequence[DeliveryRow]) -> None:
    """Add deliveries that wait; one that is there already, such as of a replay, stays as it is."""
    for row in rows:
        known = select(Delivery.n).where(Delivery.receiver_id == row.receiver_id, Delivery.n == row.n)
        if transaction.execute(known).first() is None:
            transaction.execute(insert(Delivery).values(row._asdict()))
        elif row.state != DONE:
            revived = {"state": row.state, "next_at": row.next_at, "tries": row.tries, "last": row.last}
            matching = (Delivery.receiver_id == row.receiver_id, Delivery.n == row.n, Delivery.state.not_in(OPEN))
            transaction.execute(update(Delivery).where(*matching).values(revived))


def hurry(transaction: Transaction, receiver_id: str, subjects: Collection[str], now: int) -> None:
    """Schedule the waiting events of `subjects` at once: a refusal stands behind them."""
    matching = (Delivery.receiver_id == receiver_id, Delivery.subject_no.in_(subjects), Delivery.state == RETRY)
    transaction.execute(
        update(Delivery).where(*matching).values(next_at=case((Delivery.next_at < now, Delivery.next_at), else_=now))
    )


def has_refusal_behind(transaction: Transaction, row: DeliveryRow) -> bool:
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
    """Record a further try that failed."""
    values = {"state": state, "tries": row.tries + 1, "next_at": next_at, "last": why[:255], "took_ms": took_ms}
    transaction.execute(update(Delivery).where(*_same(row)).values(values))


def end(transaction: Transaction, row: DeliveryRow, *, is_awaited: bool, took_ms: int) -> None:
    """Delete a delivery that passed, or keep it as done where its acknowledgment is awaited."""
    if is_awaited:
        values = {"state": DONE, "tries": row.tries + 1, "last": "", "took_ms": took_ms}
        transaction.execute(update(Delivery).where(*_same(row)).values(values))
    else:
        transaction.execute(delete(Delivery).where(*_same(row)))


def release_next(transaction: Transaction, receiver_id: str, subject_no: str, now: int) -> None:
    """Schedule the next waiting event of a subject now."""
    of = (Delivery.receiver_id == receiver_id, Delivery.subject_no == subject_no)
    first = select(func.min(Delivery.n)).where(*of, Delivery.state == WAITING).scalar_subquery()
    none_tried = ~select(Delivery.n).where(*of, Delivery.state == RETRY).exists()
    number = transaction.execute(select(first).where(none_tried)).scalar()
    if number is not None:
        matching = (Delivery.receiver_id == receiver_id, Delivery.n == number)
        transaction.execute(update(Delivery).where(*matching).values(state=RETRY, next_at=now))


def dead(transaction: Transaction, receiver_id: str, limit: int, before: int | None = None) -> list[DeliveryRow]:
    """Return dead deliveries of a receiver, the newest first; those before the number `before` where it is given."""
    matching = [Delivery.receiver_id == receiver_id, Delivery.state == DEAD]
    if before is not None:
        matching.append(Delivery.n < before)
    query = select(*_COLUMNS).where(*matching).order_by(Delivery.n.desc()).limit(limit)
    return [DeliveryRow(*row) for row in transaction.execute(query)]


def failing(transaction: Transaction, receiver_id: str, limit: int) -> list[DeliveryRow]:
    """Return deliveries that wait or are tried again, the oldest first."""
    matching = (Delivery.receiver_id == receiver_id, Delivery.state.in_(OPEN))
    query = select(*_COLUMNS).where(*matching).order_by(Delivery.n).limit(limit)
    return [DeliveryRow(*row) for row in transaction.execute(query)]


def resend(transaction: Transaction, receiver_id: str, now: int, n: int | None = None) -> int:
    """Schedule dead deliveries of a receiver again, all or that of the event `n`; return how many."""
    matching = [Delivery.receiver_id == receiver_id, Delivery.state == DEAD]
    if n is not None:
        matching.append(Delivery.n == n)
    done = update(Delivery).where(*matching).values(state=RETRY, next_at=now, tries=0).returning(Delivery.n)
    return len(transaction.execute(done).all())


def open_states(transaction: Transaction, events: Collection[str]) -> dict[tuple[str, str], str]:
    """Return the states of deliveries of `events` that are written down, by receiver and event."""
    query = select(Delivery.receiver_id, Delivery.event, Delivery.state).where(Delivery.event.in_(events))
    return {(row.receiver_id, row.event): row.state for row in transaction.execute(query)}


def state_of(transaction: Transaction, receiver_id: str, n: int) -> str | None:
    """Return the state of the delivery of the event `n`, None where no row is kept of it."""
    query = select(Delivery.state).where(Delivery.receiver_id == receiver_id, Delivery.n == n)
    return transaction.execute(query).scalar_one_or_none()


def waiting(transaction: Transaction, receiver_id: str) -> Waiting:
    """Return how much waits for a receiver, of what was tried."""
    of = Delivery.receiver_id == receiver_id
    counted = select(Delivery.state, func.count()).where(of).group_by(Delivery.state)
    counts = {one: other for one, other in transaction.execute(counted)}  # noqa: C416 - rows, as mypy sees them
    unheard = select(func.min(Delivery.since)).where(of, Delivery.state.in_((*OPEN, DEAD)))
    oldest = transaction.execute(unheard.where(Delivery.state != DEAD)).scalar()
    refusal = transaction.execute(unheard.where(Delivery.refuses.is_(True))).scalar()
    return Waiting(
        counts.get(WAITING, 0) + counts.get(RETRY, 0), counts.get(DEAD, 0), counts.get(DONE, 0), oldest, refusal
    )


def next_due(transaction: Transaction, receiver_id: str) -> int | None:
    """Return when the next delivery is to be tried again, unix seconds, or None."""
    matching = (Delivery.receiver_id == receiver_id, Delivery.state == RETRY)
    return transaction.execute(select(func.min(Delivery.next_at)).where(*matching)).scalar()


def confirm(transaction: Transaction, receiver_id: str, event: str) -> None:
    """Delete the row of a delivery whose acknowledgment came."""
    matching = (Delivery.receiver_id == receiver_id, Delivery.event == event, Delivery.state == DONE)
    transaction.execute(delete(Delivery).where(*matching))


def forget_subject(transaction: Transaction, receiver_ids: Collection[str], subject_no: str) -> None:
    """Delete what waits of a subject: the event that comes behind takes all of it back."""
    matching = (Delivery.receiver_id.in_(receiver_ids), Delivery.subject_no == subject_no)
    transaction.execute(delete(Delivery).where(*matching))


def prune(transaction: Transaction, receiver_id: str, before: int) -> int:
    """Delete dead and unconfirmed deliveries of before the unix time `before`, and return how many."""
    matching = (Delivery.receiver_id == receiver_id, Delivery.state.in_((DEAD, DONE)), Delivery.since < before)
    return len(transaction.execute(delete(Delivery).where(*matching).returning(Delivery.n)).all())


def _same(row: DeliveryRow) -> tuple[ColumnElement[bool], ...]:
    return Delivery.receiver_id == row.receiver_id, Delivery.n == row.n
