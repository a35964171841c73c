"""Queries for cosigning by witnesses: the checkpoints sent to them, their signatures, and their progress."""

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Engine, delete, func, or_, select, text, update

from consent.core.days import HOUR_SECONDS
from consent.core.merkle import consistency_proof
from consent.storage.database.base import Transaction
from consent.storage.log.tree_store import Head, tile_reader
from consent.storage.tables.log import (
    INSTANCE,
    INSTANCE_KEY,
    Cosignature,
    LogCheckpoint,
    WitnessedCheckpoint,
    WitnessStatus,
)
from consent.storage.tables.sites import Site

_PUT_CHECKPOINT = text(
    "INSERT INTO witnessed_checkpoint (site_id, size, root, note, time, is_cosigned)"
    " VALUES (:site_id, :size, :root, :note, :time, false) ON CONFLICT DO NOTHING"
)
_PUT_STATUS = text(
    "INSERT INTO witness_status (site_id, witness, size, cosigned_at, due_at, problem, is_refusal)"
    " VALUES (:site_id, :witness, 0, 0, 0, '', false) ON CONFLICT DO NOTHING"
)
_PUT_COSIGNATURE = text(
    "INSERT INTO cosignature (site_id, size, witness, line) VALUES (:site_id, :size, :witness, :line)"
    " ON CONFLICT (site_id, size, witness) DO UPDATE SET line = excluded.line"
)


class WitnessProgress(NamedTuple):
    """How far a witness has cosigned a site's log, and since when (unix seconds) and why it has failed to."""

    site: str
    witness: str
    size: int
    cosigned_at: int
    failing_since: int | None
    problem: str
    is_refusal: bool


class PendingCheckpoint(NamedTuple):
    """A checkpoint that a witness hasn't cosigned; it has cosigned the first `old` leaves of the log."""

    site_id: int
    site: str
    head: Head
    old: int


WAITING_SECONDS = HOUR_SECONDS
"""How long a checkpoint may lack a quorum before it is dropped: newer checkpoints cover its leaves."""


def add_newest(transaction: Transaction, now: int, every_seconds: int) -> None:
    """Add each log's newest checkpoint if the last one added is at least `every_seconds` old."""
    last = select(WitnessedCheckpoint.site_id, func.max(WitnessedCheckpoint.size), func.max(WitnessedCheckpoint.time))
    added = {site_id: (size, time) for site_id, size, time in transaction.execute(last.group_by("site_id"))}
    columns = [getattr(LogCheckpoint, name) for name in Head._fields]
    for site_id, *values in transaction.execute(select(LogCheckpoint.site_id, *columns)).all():
        head = Head(*values)
        size, time = added.get(site_id, (0, 0))
        if head.size > size and (now - time >= every_seconds or head.time < time):
            transaction.execute(_PUT_CHECKPOINT, {"site_id": site_id, **head._asdict()})
            given_up = (WitnessedCheckpoint.site_id == site_id, WitnessedCheckpoint.is_cosigned.is_(False))
            old = (WitnessedCheckpoint.time < now - WAITING_SECONDS, WitnessedCheckpoint.size < head.size)
            transaction.execute(delete(WitnessedCheckpoint).where(*given_up, *old))


def pending(transaction: Transaction, witness: str, now: int) -> list[PendingCheckpoint]:
    """Return the newest added checkpoint of each log that is due and that the witness hasn't cosigned."""
    newest = select(WitnessedCheckpoint.site_id, func.max(WitnessedCheckpoint.size).label("size"))
    largest = newest.group_by(WitnessedCheckpoint.site_id).subquery()
    columns = [getattr(WitnessedCheckpoint, name) for name in Head._fields]
    same = (WitnessedCheckpoint.site_id == largest.c.site_id) & (WitnessedCheckpoint.size == largest.c.size)
    progress = (WitnessStatus.site_id == largest.c.site_id) & (WitnessStatus.witness == witness)
    query = (
        select(largest.c.site_id, Site.key, WitnessStatus.size, *columns)
        .join(WitnessedCheckpoint, same)
        .join(Site, Site.id == largest.c.site_id, isouter=True)
        .join(WitnessStatus, progress, isouter=True)
        .where(or_(WitnessStatus.size.is_(None), WitnessStatus.size < largest.c.size))
        .where(or_(WitnessStatus.due_at.is_(None), WitnessStatus.due_at <= now))
        .order_by(largest.c.site_id)
    )
    return [
        PendingCheckpoint(site_id, key or INSTANCE_KEY, Head(*head), old or 0)
        for site_id, key, old, *head in transaction.execute(query)
        if key or site_id == INSTANCE
    ]


def claim(transaction: Transaction, site_id: int, witness: str, now: int, lease_seconds: int) -> bool:
    """Reserve a log for this process; return False if another process is already asking the witness about it."""
    key = {"site_id": site_id, "witness": witness}
    transaction.execute(_PUT_STATUS, key)
    due = (WitnessStatus.site_id == site_id, WitnessStatus.witness == witness, WitnessStatus.due_at <= now)
    done: Any = transaction.execute(update(WitnessStatus).where(*due).values(due_at=now + lease_seconds))
    return bool(done.rowcount)


def add_cosignature(transaction: Transaction, site_id: int, size: int, witness: str, line: str, now: int) -> None:
    """Save the witness's signature line for the checkpoint of `size` leaves."""
    values = {"site_id": site_id, "size": size, "witness": witness, "line": line}
    transaction.execute(_PUT_COSIGNATURE, values)
    set_progress(transaction, site_id, witness, size, now)


def set_progress(transaction: Transaction, site_id: int, witness: str, size: int, now: int) -> None:
    """Record that the witness has cosigned `size` leaves without problems."""
    no_problem = {"failing_since": None, "problem": "", "is_refusal": False, "due_at": 0}
    _update(transaction, site_id, witness, {"size": size, "cosigned_at": now, **no_problem})


def set_problem(
    transaction: Transaction, site_id: int, witness: str, problem: str, now: int, due_at: int, *, is_refusal: bool
) -> None:
    """Record why the witness hasn't cosigned, and when to ask it again."""
    since = func.coalesce(WitnessStatus.failing_since, now)
    values = {"failing_since": since, "problem": problem, "is_refusal": is_refusal, "due_at": due_at}
    _update(transaction, site_id, witness, values)


def _update(transaction: Transaction, site_id: int, witness: str, values: dict[str, Any]) -> None:
    one = (WitnessStatus.site_id == site_id, WitnessStatus.witness == witness)
    transaction.execute(update(WitnessStatus).where(*one).values(values))


def lines(transaction: Transaction, site_id: int, size: int) -> str:
    """Return the witnesses' signature lines for the checkpoint of `size` leaves, or ""."""
    query = select(Cosignature.line).where(Cosignature.site_id == site_id, Cosignature.size == size)
    return "".join(transaction.execute(query.order_by(Cosignature.witness)).scalars())


def with_cosignatures(transaction: Transaction, site_id: int, head: Head) -> Head:
    """Return the checkpoint with the witnesses' signatures appended to its note."""
    return head._replace(note=head.note + lines(transaction, site_id, head.size))


def checkpoint(transaction: Transaction, site_id: int, size: int) -> Head | None:
    """Return the checkpoint of `size` leaves that was submitted to witnesses, with their signatures, or None."""
    columns = [getattr(WitnessedCheckpoint, name) for name in Head._fields]
    one = (WitnessedCheckpoint.site_id == site_id, WitnessedCheckpoint.size == size)
    row = transaction.execute(select(*columns).where(*one)).one_or_none()
    return with_cosignatures(transaction, site_id, Head(*row)) if row else None


def newest_cosigned(transaction: Transaction, site_id: int) -> Head | None:
    """Return the newest checkpoint cosigned by a quorum of witnesses, with their signatures, or None."""
    matching = (WitnessedCheckpoint.site_id == site_id, WitnessedCheckpoint.is_cosigned.is_(True))
    size = transaction.execute(select(func.max(WitnessedCheckpoint.size)).where(*matching)).scalar()
    return checkpoint(transaction, site_id, size) if size is not None else None


def cosigned_proof(engine: Engine, site_id: int, size: int) -> tuple[str, list[str]] | None:
    """Return the newest cosigned checkpoint, and the consistency proof between it and the tree of `size`, in hex.

    Returns None if no quorum has cosigned the log.
    """
    with engine.connect() as connection:
        head = newest_cosigned(connection, site_id)
        if head is None or not size:
            return None
        path = consistency_proof(tile_reader(connection, site_id), *sorted((head.size, size)))
    return head.note, [node.hex() for node in path]


def set_cosigned(transaction: Transaction, site_id: int, size: int) -> None:
    """Record that a quorum has cosigned the checkpoint, and delete older checkpoints."""
    one = (WitnessedCheckpoint.site_id == site_id, WitnessedCheckpoint.size == size)
    transaction.execute(update(WitnessedCheckpoint).where(*one).values(is_cosigned=True))
    for table in (WitnessedCheckpoint, Cosignature):
        transaction.execute(delete(table).where(table.site_id == site_id, table.size < size))


def progress(transaction: Transaction) -> list[WitnessProgress]:
    """Return each witness's progress, ordered by witness and site."""
    columns = [getattr(WitnessStatus, name) for name in WitnessProgress._fields[1:]]
    query = select(WitnessStatus.site_id, Site.key, *columns).join(Site, Site.id == WitnessStatus.site_id, isouter=True)
    rows = transaction.execute(query.order_by(WitnessStatus.witness, WitnessStatus.site_id))
    return [WitnessProgress(key or INSTANCE_KEY, *rest) for site_id, key, *rest in rows if key or site_id == INSTANCE]


def forget_others(transaction: Transaction, witnesses: Collection[str]) -> None:
    """Delete the progress of witnesses no longer in use; their signatures stay."""
    transaction.execute(delete(WitnessStatus).where(WitnessStatus.witness.not_in(_listed(witnesses))))


def _listed(names: Collection[str]) -> Sequence[str]:
    return sorted(names)
