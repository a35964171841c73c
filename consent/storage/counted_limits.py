"""What all processes count together: tries of something secret one by one, writes of a network now and then."""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, delete, func, select, text, update

from consent.storage.base import Transaction
from consent.storage.models import Attempt, WriteCount

_HOLD = text(
    "INSERT INTO attempt (name, times, until) VALUES (:name, '', :until)"
    " ON CONFLICT (name) DO UPDATE SET until = excluded.until"
)
_COUNT = text(
    "INSERT INTO write_count (name, process, number, until) VALUES (:name, :process, :number, :until)"
    " ON CONFLICT (name, process) DO UPDATE SET number = excluded.number"
)


def try_once_more(connection: Connection, names: Sequence[str], most: int, seconds: int, now: float) -> bool:
    """Note a try at `now`, unix seconds, unless there were `most` of any of `names` within the `seconds` before.

    It is noted under the last of `names`; all are of the same, in the order of time. Tells whether it was noted. Who tries
    the same at this moment, on whatever node, waits for the end of the transaction.
    """
    for name in names:
        connection.execute(_HOLD, {"name": name, "until": int(now) + seconds})
    if len(tries(connection, names, seconds, now)) >= most:
        return False
    noted = " ".join(f"{time:.3f}" for time in [*tries(connection, names[-1:], seconds, now), now])
    connection.execute(update(Attempt).where(Attempt.name == names[-1]).values(times=noted))
    return True


def tries(transaction: Transaction, names: Sequence[str], seconds: int, now: float) -> list[float]:
    """Return when any of `names` was tried within the `seconds` before `now`, oldest first."""
    found = transaction.execute(select(Attempt.times).where(Attempt.name.in_(names))).scalars()
    return sorted(time for noted in found for time in map(float, noted.split()) if time > now - seconds)


def forget_tries(transaction: Transaction, names: Sequence[str] | None = None) -> int:
    """Forget the tries of `names`, or all; return of how many names."""
    gone = delete(Attempt) if names is None else delete(Attempt).where(Attempt.name.in_(names))
    return len(transaction.execute(gone.returning(Attempt.name)).all())


def tell_counts(connection: Connection, process: str, counts: Mapping[str, int], until: int) -> dict[str, int]:
    """Note how often this process counted each name, and return how often all others together did."""
    rows = [
        {"name": name, "process": process, "number": number, "until": until} for name, number in sorted(counts.items())
    ]
    connection.execute(_COUNT, rows)
    others = WriteCount.name.in_(counts), WriteCount.process != process
    query = select(WriteCount.name, func.sum(WriteCount.number)).where(*others).group_by(WriteCount.name)
    return {name: int(number) for name, number in connection.execute(query)}


def forget_counted(transaction: Transaction, now: int) -> None:
    """Delete what is of no use any more."""
    transaction.execute(delete(Attempt).where(Attempt.until < now))
    transaction.execute(delete(WriteCount).where(WriteCount.until < now))
