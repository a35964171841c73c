"""Queries of the outbox: events are added with their receipt, numbered by the dispatcher, read in the order of numbers."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import delete, func, insert, or_, select, text, update

from consent.storage.database.base import Transaction
from consent.storage.tables.delivery import Delivery, OutboxEvent, Receiver, Replay


class NewEvent(NamedTuple):
    """An event to be written, in the order of `EVENT_COLUMNS`; see `OutboxEvent`."""

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
    """An event that has its number."""

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
_HEARING = Receiver.state.not_in(("gone", "proposed"))
"""Receivers that events wait for."""
_NUMBER = text(
    "UPDATE outbox SET n = :base + placed.place FROM ("
    "SELECT id, row_number() OVER (ORDER BY version, time, receipt_id, id) AS place FROM ("
    "SELECT id, version, time, receipt_id FROM outbox WHERE site_id = :site_id AND n IS NULL"
    " ORDER BY version, time, receipt_id, id LIMIT :limit) AS waiting) AS placed WHERE outbox.id = placed.id"
)


def add(transaction: Transaction, event: NewEvent) -> None:
    """Write an event, in the transaction of what it tells of."""
    transaction.execute(insert(OutboxEvent).values(event._asdict()))


def add_all(transaction: Transaction, events: Sequence[NewEvent]) -> None:
    """Write events, in the transaction of what they tell of."""
    if events:
        transaction.execute(insert(OutboxEvent), [event._asdict() for event in events])


def number(transaction: Transaction, site_id: int, limit: int) -> int:
    """Assign the site's next numbers to at most `limit` events without one, and return how many; for one process at a time.

    Of one account they come in the order of its versions, of one browser in that of its receipts.
    """
    row: Any = transaction.execute(
        _NUMBER, {"base": last_number(transaction, site_id), "site_id": site_id, "limit": limit}
    )
    return int(row.rowcount)


def has_unnumbered(transaction: Transaction, site_id: int) -> bool:
    """Return whether an event of the site has no number yet."""
    query = select(OutboxEvent.id).where(OutboxEvent.site_id == site_id, OutboxEvent.n.is_(None)).limit(1)
    return transaction.execute(query).first() is not None


def last_number(transaction: Transaction, site_id: int) -> int:
    """Return the last number of the site that was ever given, 0 for none."""
    ever = select(func.max(OutboxEvent.n)).where(OutboxEvent.site_id == site_id)
    passed = select(func.max(Receiver.cursor)).where(Receiver.site_id == site_id)
    return max(transaction.execute(query).scalar() or 0 for query in (ever, passed))


def between(transaction: Transaction, site_id: int, after: int, to: int | None, limit: int) -> list[Event]:
    """Return the site's next events behind the number `after`, up to `to`, at most `limit`."""
    matching = [OutboxEvent.site_id == site_id, OutboxEvent.n > after]
    if to is not None:
        matching.append(OutboxEvent.n <= to)
    query = select(*_COLUMNS).where(*matching).order_by(OutboxEvent.n).limit(limit)
    return [Event(*row) for row in transaction.execute(query)]


def by_numbers(transaction: Transaction, site_id: int, numbers: Sequence[int]) -> dict[int, Event]:
    """Return the events of these numbers that are still there, by number."""
    query = select(*_COLUMNS).where(OutboxEvent.site_id == site_id, OutboxEvent.n.in_(numbers))
    return {row[0]: Event(*row) for row in transaction.execute(query)}


def get(transaction: Transaction, event: str) -> Event | None:
    """Return an event that has its number, or None."""
    row = transaction.execute(
        select(*_COLUMNS).where(OutboxEvent.id == event, OutboxEvent.n.is_not(None))
    ).one_or_none()
    return Event(*row) if row else None


def of_subject(transaction: Transaction, site_id: int, subjects: Sequence[str], receipts: Sequence[str]) -> list[Event]:
    """Return the events of `subjects` and those of `receipts`, the oldest first; one without a number yet has 0."""
    about = or_(OutboxEvent.subject_no.in_(subjects), OutboxEvent.receipt_id.in_(receipts))
    columns = [func.coalesce(OutboxEvent.n, 0), *_COLUMNS[1:]]
    order = (OutboxEvent.time, OutboxEvent.version, OutboxEvent.id)
    query = select(*columns).where(OutboxEvent.site_id == site_id, about).order_by(*order)
    return [Event(*row) for row in transaction.execute(query)]


def has_subject(transaction: Transaction, site_id: int, subject_no: str) -> bool:
    """Return whether any event of a subject is there."""
    matching = (OutboxEvent.site_id == site_id, OutboxEvent.subject_no == subject_no)
    return transaction.execute(select(OutboxEvent.id).where(*matching).limit(1)).first() is not None


def newest_of_subject(transaction: Transaction, site_id: int, subject_no: str) -> Event | None:
    """Return the newest event of a subject that is for all receivers, or None; one without a number yet has 0."""
    of = (OutboxEvent.site_id == site_id, OutboxEvent.subject_no == subject_no)
    matching = (*of, OutboxEvent.receiver_id.is_(None))
    order = (OutboxEvent.n.is_(None).desc(), OutboxEvent.n.desc(), OutboxEvent.version.desc(), OutboxEvent.time.desc())
    columns = [func.coalesce(OutboxEvent.n, 0), *_COLUMNS[1:]]
    query = select(*columns).where(*matching).order_by(*order, OutboxEvent.receipt_id.desc()).limit(1)
    row = transaction.execute(query).one_or_none()
    return Event(*row) if row else None


def numbers_within(transaction: Transaction, site_id: int, first: int, last: int) -> tuple[int, int] | None:
    """Return the first and last number of the site's events from the unix time `first` to `last`, or None for none."""
    matching = (OutboxEvent.site_id == site_id, OutboxEvent.time >= first, OutboxEvent.time <= last)
    row = transaction.execute(select(func.min(OutboxEvent.n), func.max(OutboxEvent.n)).where(*matching)).one()
    first_n, last_n = row
    return (first_n, last_n) if first_n is not None and last_n is not None else None


def count_after(transaction: Transaction, site_id: int, receiver_id: str, cursor: int) -> int:
    """Return how many events for a receiver are behind `cursor`, with those that have no number yet."""
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
    """Return the time of the first event for a receiver behind `cursor`, or of the first that refuses; None for none."""
    is_for_it = or_(OutboxEvent.receiver_id.is_(None), OutboxEvent.receiver_id == receiver_id)
    matching = [OutboxEvent.site_id == site_id, OutboxEvent.n > cursor, is_for_it]
    if refuses:
        matching.append(OutboxEvent.refuses.is_(True))
    query = select(OutboxEvent.time).where(*matching).order_by(OutboxEvent.n).limit(1)
    return transaction.execute(query).scalar()


def forget_subject(transaction: Transaction, site_id: int, subject_no: str) -> int:
    """Delete all events of a subject, and return how many."""
    matching = (OutboxEvent.site_id == site_id, OutboxEvent.subject_no == subject_no)
    return len(transaction.execute(delete(OutboxEvent).where(*matching).returning(OutboxEvent.id)).all())


def prune_endings(transaction: Transaction, site_id: int, types: Sequence[str]) -> int:
    """Delete the events of `types` with which every receiver is done, and return how many; never the last number."""
    cursor = select(func.min(Receiver.cursor)).where(Receiver.site_id == site_id, _HEARING).scalar_subquery()
    receivers = select(Receiver.id).where(Receiver.site_id == site_id)
    open_rows = select(Delivery.n).where(
        Delivery.receiver_id.in_(receivers), Delivery.n == OutboxEvent.n, Delivery.state.in_(("waiting", "retry"))
    )
    ended = select(OutboxEvent.id).where(
        OutboxEvent.site_id == site_id,
        OutboxEvent.type.in_(types),
        OutboxEvent.n <= func.coalesce(cursor, OutboxEvent.n),
        OutboxEvent.n < last_number(transaction, site_id),
        ~open_rows.exists(),
    )
    return len(
        transaction.execute(delete(OutboxEvent).where(OutboxEvent.id.in_(ended)).returning(OutboxEvent.id)).all()
    )


def unseal(transaction: Transaction, site_id: int, now: int, dead_seconds: int) -> int:
    """Delete who events were about once every receiver is done with them; return of how many.

    One that is dead at a receiver counts as done once it is `dead_seconds` old.
    """
    cursor = select(func.min(Receiver.cursor)).where(Receiver.site_id == site_id, _HEARING).scalar_subquery()
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
    """Delete at most `limit` events of before the unix time `before`, and return how many.

    What a receiver has not been sent stays, and so does the last number.
    """
    waits_for = select(func.min(Receiver.cursor)).where(Receiver.site_id == site_id, _HEARING)
    reached = waits_for.scalar_subquery()
    oldest = (
        select(OutboxEvent.id)
        .where(
            OutboxEvent.site_id == site_id,
            OutboxEvent.n <= func.coalesce(reached, OutboxEvent.n),
            OutboxEvent.n < last_number(transaction, site_id),
            OutboxEvent.time < before,
        )
        .order_by(OutboxEvent.n)
        .limit(limit)
    )
    return len(
        transaction.execute(delete(OutboxEvent).where(OutboxEvent.id.in_(oldest)).returning(OutboxEvent.id)).all()
    )


def raise_numbers(transaction: Transaction, by: int) -> int:
    """Raise all numbers by `by`, and return how many events have one: after a restore none that was sent comes again."""
    raised = transaction.execute(
        update(OutboxEvent).where(OutboxEvent.n.is_not(None)).values(n=OutboxEvent.n + by).returning(OutboxEvent.id)
    ).all()
    transaction.execute(update(Receiver).values(cursor=Receiver.cursor + by))
    transaction.execute(update(Delivery).values(n=Delivery.n + by))
    transaction.execute(update(Replay).values(next_n=Replay.next_n + by, to_n=Replay.to_n + by))
    return len(raised)
