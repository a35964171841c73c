"""Queries for acknowledgments: the states that events reached at receivers, and what receivers reported."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sqlalchemy import delete, func, insert, select, update

from consent.core.days import HOUR_SECONDS
from consent.storage.database.base import Transaction
from consent.storage.tables.delivery import Acknowledgment, DeliveryHour, UsedAck

DELIVERED, DEAD = "delivered", "dead"
APPLIED, QUEUED, UNKNOWN, FAILED = REPORTED = ("applied", "queued", "unknown", "failed")
"""The states that a receiver may report."""
STATES = (DELIVERED, DEAD, *REPORTED)
MAX_REF_LENGTH = 100


class Ack(NamedTuple):
    """A state that an event reached at a receiver; see `Acknowledgment`."""

    receiver_id: str
    event: str
    state: str
    n: int
    at: int
    noted_at: int
    ref: str
    body_sha256: str


_COLUMNS = [getattr(Acknowledgment, name) for name in Ack._fields]


def note(transaction: Transaction, acks: Sequence[Ack]) -> None:
    """Record states of events at one receiver; a state recorded earlier for the same event stays."""
    known = set()
    if acks:
        same = (
            Acknowledgment.receiver_id == acks[0].receiver_id,
            Acknowledgment.event.in_({ack.event for ack in acks}),
        )
        query = select(Acknowledgment.event, Acknowledgment.state).where(*same)
        known = {tuple(row) for row in transaction.execute(query)}
    fresh = {(ack.event, ack.state): ack for ack in reversed(acks) if (ack.event, ack.state) not in known}
    if fresh:
        transaction.execute(insert(Acknowledgment), [ack._asdict() for ack in fresh.values()])


def of_event(transaction: Transaction, receiver_id: str, event: str) -> dict[str, Ack]:
    """Return the states that an event reached at a receiver, keyed by state."""
    query = select(*_COLUMNS).where(Acknowledgment.receiver_id == receiver_id, Acknowledgment.event == event)
    return {row.state: Ack(*row) for row in transaction.execute(query)}


def of_events(transaction: Transaction, events: Sequence[str]) -> list[Ack]:
    """Return the states that events reached at all receivers, oldest first."""
    order = (Acknowledgment.noted_at, Acknowledgment.at, Acknowledgment.state)
    query = select(*_COLUMNS).where(Acknowledgment.event.in_(events)).order_by(*order)
    return [Ack(*row) for row in transaction.execute(query)]


def record_report(transaction: Transaction, ack: Ack) -> None:
    """Record a receiver's report; a later report of the same state replaces an earlier one of the same hour."""
    held = of_event(transaction, ack.receiver_id, ack.event).get(ack.state)
    if held is None:
        transaction.execute(insert(Acknowledgment).values(ack._asdict()))
    elif ack.at > held.at and ack.noted_at // HOUR_SECONDS == held.noted_at // HOUR_SECONDS:
        # Reports of an earlier hour may be in the log already, so they don't change.
        same = (Acknowledgment.receiver_id == ack.receiver_id, Acknowledgment.event == ack.event)
        values = {"at": ack.at, "ref": ack.ref, "noted_at": ack.noted_at}
        transaction.execute(update(Acknowledgment).where(*same, Acknowledgment.state == ack.state).values(values))


def newest(transaction: Transaction, receiver_id: str, limit: int) -> list[Ack]:
    """Return a receiver's last recorded states, newest first."""
    is_own = Acknowledgment.receiver_id == receiver_id
    query = (
        select(*_COLUMNS).where(is_own).order_by(Acknowledgment.noted_at.desc(), Acknowledgment.n.desc()).limit(limit)
    )
    return [Ack(*row) for row in transaction.execute(query)]


def use(transaction: Transaction, receiver_id: str, used: str, expires_at: int) -> bool:
    """Record an acknowledgment's id, and return whether it is the first with that id."""
    same = (UsedAck.receiver_id == receiver_id, UsedAck.id == used)
    if transaction.execute(select(UsedAck.id).where(*same)).first():
        return False
    transaction.execute(insert(UsedAck).values(receiver_id=receiver_id, id=used, expires_at=expires_at))
    return True


def prune_used(transaction: Transaction, now: int) -> int:
    """Delete the ids of acknowledgments too old to be repeated, and return how many."""
    return len(transaction.execute(delete(UsedAck).where(UsedAck.expires_at < now).returning(UsedAck.id)).all())


def prune(transaction: Transaction, receiver_id: str, before: int) -> int:
    """Delete a receiver's states recorded before a unix time, and return how many."""
    matching = (Acknowledgment.receiver_id == receiver_id, Acknowledgment.noted_at < before)
    return len(transaction.execute(delete(Acknowledgment).where(*matching).returning(Acknowledgment.event)).all())


def in_period(transaction: Transaction, receiver_id: str, first: int, end: int, step: int = 5000) -> Iterator[Ack]:
    """Yield the states recorded from `first` to before `end` (unix seconds), ordered by `n`, `at` and `state`."""
    matching = (
        Acknowledgment.receiver_id == receiver_id,
        Acknowledgment.noted_at >= first,
        Acknowledgment.noted_at < end,
    )
    order = (Acknowledgment.n, Acknowledgment.at, Acknowledgment.state)
    query = select(*_COLUMNS).where(*matching).order_by(*order)
    for row in transaction.execute(query, execution_options={"yield_per": step}):
        yield Ack(*row)


def first_unlogged(transaction: Transaction, receiver_id: str) -> int | None:
    """Return when a receiver's first state not covered by a log entry was recorded, or None."""
    until = select(DeliveryHour.logged_until).where(DeliveryHour.receiver_id == receiver_id)
    logged = transaction.execute(until).scalar_one_or_none() or 0
    matching = (Acknowledgment.receiver_id == receiver_id, Acknowledgment.noted_at >= logged)
    return transaction.execute(select(func.min(Acknowledgment.noted_at)).where(*matching)).scalar()


def logged_until(transaction: Transaction, receiver_id: str, until: int) -> None:
    """Record that a receiver's states recorded before `until` are in the log."""
    is_own = DeliveryHour.receiver_id == receiver_id
    if transaction.execute(select(DeliveryHour.receiver_id).where(is_own)).first():
        transaction.execute(update(DeliveryHour).where(is_own).values(logged_until=until))
    else:
        transaction.execute(insert(DeliveryHour).values(receiver_id=receiver_id, logged_until=until))
