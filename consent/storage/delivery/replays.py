"""Queries for replays: events that are sent to a receiver again."""

from typing import NamedTuple

from sqlalchemy import delete, insert, select, update

from consent.storage.database.base import Transaction
from consent.storage.tables.delivery import Replay

ALL, REFUSED = SUBJECTS = ("all", "refused")
SNAPSHOT = "snapshot"
"""The present state of each account instead of past events."""


class ReplayRow(NamedTuple):
    """A replay; see `Replay`."""

    id: int
    receiver_id: str
    next_n: int
    to_n: int
    subjects: str
    made_at: int
    done_at: int | None
    sent: int
    account: str | None


_COLUMNS = [getattr(Replay, name) for name in ReplayRow._fields]


def add(transaction: Transaction, receiver_id: str, first: int, last: int, subjects: str, now: int) -> int:
    """Add a replay of the events from `first` through `last`, and return its id."""
    values = {
        "receiver_id": receiver_id,
        "next_n": first,
        "to_n": last,
        "subjects": subjects,
        "made_at": now,
        "sent": 0,
    }
    return int(transaction.execute(insert(Replay).values(values).returning(Replay.id)).scalar_one())


def add_snapshot(transaction: Transaction, receiver_id: str, now: int) -> bool:
    """Add a snapshot of all accounts for a receiver; return False if one is already in progress."""
    conditions = (Replay.receiver_id == receiver_id, Replay.subjects == SNAPSHOT, Replay.done_at.is_(None))
    if transaction.execute(select(Replay.id).where(*conditions).limit(1)).first():
        return False
    add(transaction, receiver_id, 0, 0, SNAPSHOT, now)
    return True


def snapshots(transaction: Transaction) -> list[ReplayRow]:
    """Return the unfinished snapshots of all receivers, oldest first."""
    query = select(*_COLUMNS).where(Replay.subjects == SNAPSHOT, Replay.done_at.is_(None)).order_by(Replay.id)
    return [ReplayRow(*row) for row in transaction.execute(query)]


def advance_snapshot(transaction: Transaction, replay: ReplayRow, last: str | None, written: int, now: int) -> None:
    """Record that a snapshot is written up to account `last` (None: to the end), with `written` more events."""
    values: dict[str, object] = {"account": last, "sent": replay.sent + written}
    if last is None:
        values["done_at"] = now
    transaction.execute(update(Replay).where(Replay.id == replay.id).values(values))


def running(transaction: Transaction, receiver_id: str) -> ReplayRow | None:
    """Return a receiver's oldest unfinished replay, or None."""
    open_ones = (Replay.receiver_id == receiver_id, Replay.done_at.is_(None), Replay.subjects != SNAPSHOT)
    query = select(*_COLUMNS).where(*open_ones).order_by(Replay.id)
    row = transaction.execute(query.limit(1)).one_or_none()
    return ReplayRow(*row) if row else None


def running_receivers(transaction: Transaction) -> set[str]:
    """Return the receivers with an unfinished replay."""
    open_ones = (Replay.done_at.is_(None), Replay.subjects != SNAPSHOT)
    return set(transaction.execute(select(Replay.receiver_id).where(*open_ones).distinct()).scalars())


def newest(transaction: Transaction, receiver_id: str, limit: int) -> list[ReplayRow]:
    """Return a receiver's last replays, newest first."""
    query = select(*_COLUMNS).where(Replay.receiver_id == receiver_id).order_by(Replay.id.desc()).limit(limit)
    return [ReplayRow(*row) for row in transaction.execute(query)]


def advance(transaction: Transaction, replay: ReplayRow, next_n: int, sent: int, now: int) -> None:
    """Record that a replay has advanced to `next_n` with `sent` more events; after its last number it is finished."""
    values: dict[str, object] = {"next_n": next_n, "sent": replay.sent + sent}
    if next_n > replay.to_n:
        values["done_at"] = now
    transaction.execute(update(Replay).where(Replay.id == replay.id).values(values))


def prune(transaction: Transaction, before: int) -> int:
    """Delete replays that finished before a unix time, and return how many."""
    return len(transaction.execute(delete(Replay).where(Replay.done_at < before).returning(Replay.id)).all())
