"""Queries for the outbox: events are added with their receipt, numbered by the dispatcher, and read by number."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, delete, func, insert, or_, select, text, update

from consent.storage.database.base import Transaction
from consent.storage.tables.delivery import Delivery, OutboxEvent, Receiver, Replay


class NewEvent(NamedTuple):
    """An event to be written, with fields in the order of `EVENT_COLUMNS`; see `OutboxEvent`."""

    id: str
    site_id: int
    time: int
    receipt_id: str | None
    type: str
    subject_no: str
    version: int
    refuses: bool
    body: str
    sealed: bytes | None
    receiver_id: str | None = None


EVENT_COLUMNS = NewEvent._fields


class Event(NamedTuple):
    """An event that has a number."""

    n: int
    id: str
    site_id: int
    time: int
    receipt_id: str | None
    type: str
    subject_no: str
    version: int
    refuses: bool
    body: str
    sealed: bytes | None
    receiver_id: str | None = None


_COLUMNS = [getattr(OutboxEvent, name) for name in Event._fields]
_RECEIVING = Receiver.state.not_in(("gone", "proposed"))
"""The receivers for which events are kept."""
NOBODY = "nobody"
"""The `receiver_id` of an erased event of which only the number is kept."""
_STILL_EXISTS = OutboxEvent.receiver_id.is_distinct_from(NOBODY)
_BLANK = {
    OutboxEvent.subject_no: OutboxEvent.id,
    OutboxEvent.receipt_id: None,
    OutboxEvent.version: 0,
    OutboxEvent.refuses: False,
    OutboxEvent.body: "{}",
    OutboxEvent.sealed: None,
    OutboxEvent.receiver_id: NOBODY,
}
_NUMBER = text(
    "UPDATE outbox SET n = :base + placed.place FROM ("
    "SELECT id, row_number() OVER (ORDER BY version, time, receipt_id, id) AS place FROM ("
    "SELECT id, version, time, receipt_id FROM outbox WHERE site_id = :site_id AND n IS NULL"
    " ORDER BY version, time, receipt_id, id LIMIT :limit) AS waiting) AS placed WHERE outbox.id = placed.id"
)


def add(transaction: Transaction, event: NewEvent) -> None:
    """Write an event, in the transaction of the change it reports."""
    transaction.execute(insert(OutboxEvent).values(event._asdict()))


def add_all(transaction: Transaction, events: Sequence[NewEvent]) -> None:
    """Write events, in the transaction of the change they report."""
    if events:
        transaction.execute(insert(OutboxEvent), [event._asdict() for event in events])


def number(transaction: Transaction, site_id: int, limit: int) -> int:
    """Assign the site's next numbers to up to `limit` unnumbered events, and return how many. One process at a time.

    An account's events are numbered by version, a browser's in the order of its receipts.
    """
    row: Any = transaction.execute(
        _NUMBER, {"base": last_number(transaction, site_id), "site_id": site_id, "limit": limit}
    )
    return int(row.rowcount)


def has_unnumbered(transaction: Transaction, site_id: int) -> bool:
    """Return whether any event of the site has no number yet."""
    query = select(OutboxEvent.id).where(OutboxEvent.site_id == site_id, OutboxEvent.n.is_(None)).limit(1)
    return transaction.execute(query).first() is not None


def last_number(transaction: Transaction, site_id: int) -> int:
    """Return the site's highest number ever assigned, or 0."""
    assigned = select(func.max(OutboxEvent.n)).where(OutboxEvent.site_id == site_id)
    delivered = select(func.max(Receiver.cursor)).where(Receiver.site_id == site_id)
    return max(transaction.execute(query).scalar() or 0 for query in (assigned, delivered))


def between(transaction: Transaction, site_id: int, after: int, to: int | None, limit: int) -> list[Event]:
    """Return at most `limit` of the site's events with numbers after `after`, up to `to`."""
    matching = [OutboxEvent.site_id == site_id, OutboxEvent.n > after]
    if to is not None:
        matching.append(OutboxEvent.n <= to)
    query = select(*_COLUMNS).where(*matching).order_by(OutboxEvent.n).limit(limit)
    return [Event(*row) for row in transaction.execute(query)]


def by_numbers(transaction: Transaction, site_id: int, numbers: Sequence[int]) -> dict[int, Event]:
    """Return the events with these numbers that still exist, by number."""
    query = select(*_COLUMNS).where(OutboxEvent.site_id == site_id, OutboxEvent.n.in_(numbers), _STILL_EXISTS)
    return {row[0]: Event(*row) for row in transaction.execute(query)}


def get(transaction: Transaction, event: str) -> Event | None:
    """Return an event if it has a number, or None."""
    query = select(*_COLUMNS).where(OutboxEvent.id == event, OutboxEvent.n.is_not(None), _STILL_EXISTS)
    row = transaction.execute(query).one_or_none()
    return Event(*row) if row else None


def of_subject(transaction: Transaction, site_id: int, subjects: Sequence[str], receipts: Sequence[str]) -> list[Event]:
    """Return the events of `subjects` and of `receipts`, oldest first; unnumbered ones have number 0."""
    about = or_(OutboxEvent.subject_no.in_(subjects), OutboxEvent.receipt_id.in_(receipts))
    columns = [func.coalesce(OutboxEvent.n, 0), *_COLUMNS[1:]]
    order = (OutboxEvent.time, OutboxEvent.version, OutboxEvent.id)
    query = select(*columns).where(OutboxEvent.site_id == site_id, about).order_by(*order)
    return [Event(*row) for row in transaction.execute(query)]


def has_subject(transaction: Transaction, site_id: int, subject_no: str) -> bool:
    """Return whether a subject has any events."""
    matching = (OutboxEvent.site_id == site_id, OutboxEvent.subject_no == subject_no)
    return transaction.execute(select(OutboxEvent.id).where(*matching).limit(1)).first() is not None


def newest_of_subject(transaction: Transaction, site_id: int, subject_no: str) -> Event | None:
    """Return a subject's newest event for all receivers, or None; an unnumbered one has number 0."""
    conditions = (OutboxEvent.site_id == site_id, OutboxEvent.subject_no == subject_no)
    matching = (*conditions, OutboxEvent.receiver_id.is_(None))
    order = (OutboxEvent.n.is_(None).desc(), OutboxEvent.n.desc(), OutboxEvent.version.desc(), OutboxEvent.time.desc())
    columns = [func.coalesce(OutboxEvent.n, 0), *_COLUMNS[1:]]
    query = select(*columns).where(*matching).order_by(*order, OutboxEvent.receipt_id.desc()).limit(1)
    row = transaction.execute(query).one_or_none()
    return Event(*row) if row else None


def number_range(transaction: Transaction, site_id: int, first: int, last: int) -> tuple[int, int] | None:
    """Return the lowest and highest number of the site's events from unix time `first` through `last`, or None."""
    matching = (OutboxEvent.site_id == site_id, OutboxEvent.time >= first, OutboxEvent.time <= last)
    row = transaction.execute(select(func.min(OutboxEvent.n), func.max(OutboxEvent.n)).where(*matching)).one()
    first_n, last_n = row
    return (first_n, last_n) if first_n is not None and last_n is not None else None


def count_after(transaction: Transaction, site_id: int, receiver_id: str, cursor: int) -> int:
    """Return how many events for a receiver are after `cursor`, including unnumbered ones."""
    numbered = max(0, last_number(transaction, site_id) - cursor)
    fresh = select(func.count()).where(OutboxEvent.site_id == site_id, OutboxEvent.n.is_(None))
    of_others = select(func.count()).where(
        OutboxEvent.site_id == site_id,
        or_(OutboxEvent.n > cursor, OutboxEvent.n.is_(None)),
        OutboxEvent.receiver_id != receiver_id,
    )
    waiting = numbered + int(transaction.execute(fresh).scalar() or 0)
    return max(0, waiting - int(transaction.execute(of_others).scalar() or 0)) if waiting else 0


def oldest_after(transaction: Transaction, site_id: int, receiver_id: str, cursor: int, *, refuses: bool) -> int | None:
    """Return the time of a receiver's first event, or first refusal, after `cursor`, or None."""
    is_addressed = or_(OutboxEvent.receiver_id.is_(None), OutboxEvent.receiver_id == receiver_id)
    matching = [OutboxEvent.site_id == site_id, OutboxEvent.n > cursor, is_addressed]
    if refuses:
        matching.append(OutboxEvent.refuses.is_(True))
    query = select(OutboxEvent.time).where(*matching).order_by(OutboxEvent.n).limit(1)
    return transaction.execute(query).scalar()


def forget_subject(transaction: Transaction, site_id: int, subject_no: str) -> int:
    """Delete all events of a subject, and return how many.

    Of the site's last event, the number stays. If it were assigned again, a receiver that is just getting the deleted
    event would miss the next one.
    """
    matching = (OutboxEvent.site_id == site_id, OutboxEvent.subject_no == subject_no)
    # An event that is being numbered meanwhile matches neither condition.
    is_replaceable = OutboxEvent.n.is_(None) | _is_before_last(site_id)
    deleted = delete(OutboxEvent).where(*matching, is_replaceable).returning(OutboxEvent.id)
    blanked = update(OutboxEvent).where(*matching).values(_BLANK).returning(OutboxEvent.id)
    return sum(len(transaction.execute(statement).all()) for statement in (deleted, blanked))


def _is_before_last(site_id: int) -> ColumnElement[bool]:
    """Return the condition for deleting events by number: the last row stays, so that numbers never fall."""
    last = select(func.max(OutboxEvent.n)).where(OutboxEvent.site_id == site_id).correlate(None)
    return OutboxEvent.n < last.scalar_subquery()


def prune_endings(transaction: Transaction, site_id: int, types: Sequence[str]) -> int:
    """Delete events of `types` that every receiver is done with, and return how many; the last number always stays."""
    cursor = select(func.min(Receiver.cursor)).where(Receiver.site_id == site_id, _RECEIVING).scalar_subquery()
    receivers = select(Receiver.id).where(Receiver.site_id == site_id)
    open_rows = select(Delivery.n).where(
        Delivery.receiver_id.in_(receivers), Delivery.n == OutboxEvent.n, Delivery.state.in_(("waiting", "retry"))
    )
    ended = select(OutboxEvent.id).where(
        OutboxEvent.site_id == site_id,
        OutboxEvent.type.in_(types),
        OutboxEvent.n <= func.coalesce(cursor, OutboxEvent.n),
        _is_before_last(site_id),
        ~open_rows.exists(),
    )
    return len(
        transaction.execute(delete(OutboxEvent).where(OutboxEvent.id.in_(ended)).returning(OutboxEvent.id)).all()
    )


def unseal(transaction: Transaction, site_id: int, now: int, dead_seconds: int) -> int:
    """Delete the identity of subjects from events that every receiver is done with, and return how many.

    A receiver for which the event is dead counts as done after `dead_seconds`.
    """
    cursor = select(func.min(Receiver.cursor)).where(Receiver.site_id == site_id, _RECEIVING).scalar_subquery()
    receivers = select(Receiver.id).where(Receiver.site_id == site_id)
    is_fresh_dead = (Delivery.state == "dead") & (Delivery.since > now - dead_seconds)
    open_rows = select(Delivery.n).where(
        Delivery.receiver_id.in_(receivers),
        Delivery.n == OutboxEvent.n,
        Delivery.state.in_(("waiting", "retry")) | is_fresh_dead,
    )
    matching = (
        OutboxEvent.site_id == site_id,
        OutboxEvent.sealed.is_not(None),
        OutboxEvent.n <= func.coalesce(cursor, OutboxEvent.n),
        ~open_rows.exists(),
    )
    return len(
        transaction.execute(update(OutboxEvent).where(*matching).values(sealed=None).returning(OutboxEvent.id)).all()
    )


def prune(transaction: Transaction, site_id: int, before: int, limit: int) -> int:
    """Delete at most `limit` events from before a unix time, and return how many.

    Events not yet sent to some receiver stay, as does the last number.
    """
    waits_for = select(func.min(Receiver.cursor)).where(Receiver.site_id == site_id, _RECEIVING)
    reached = waits_for.scalar_subquery()
    oldest = (
        select(OutboxEvent.id)
        .where(
            OutboxEvent.site_id == site_id,
            OutboxEvent.n <= func.coalesce(reached, OutboxEvent.n),
            _is_before_last(site_id),
            OutboxEvent.time < before,
        )
        .order_by(OutboxEvent.n)
        .limit(limit)
    )
    return len(
        transaction.execute(delete(OutboxEvent).where(OutboxEvent.id.in_(oldest)).returning(OutboxEvent.id)).all()
    )


def raise_numbers(transaction: Transaction, by: int) -> int:
    """Raise all numbers by `by` after a restore, so that no number is sent twice; return how many events have one."""
    raised = transaction.execute(
        update(OutboxEvent).where(OutboxEvent.n.is_not(None)).values(n=OutboxEvent.n + by).returning(OutboxEvent.id)
    ).all()
    transaction.execute(update(Receiver).values(cursor=Receiver.cursor + by))
    transaction.execute(update(Delivery).values(n=Delivery.n + by))
    transaction.execute(update(Replay).values(next_n=Replay.next_n + by, to_n=Replay.to_n + by))
    return len(raised)
