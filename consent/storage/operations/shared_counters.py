"""Counters shared by all processes: single attempts at secrets, and periodic counts of writes per network."""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, delete, func, select, text, update

from consent.storage.database.base import Transaction
from consent.storage.tables.operations import RateLimitAttempt, RateLimitCount

_LOCK = text(
    "INSERT INTO rate_limit_attempt (key, times, expires_at) VALUES (:key, '', :expires_at)"
    " ON CONFLICT (key) DO UPDATE SET expires_at = excluded.expires_at"
)
_COUNT = text(
    "INSERT INTO rate_limit_count (key, process, count, expires_at) VALUES (:key, :process, :count, :expires_at)"
    " ON CONFLICT (key, process) DO UPDATE SET count = excluded.count"
)


Windows = Sequence[tuple[int, int]]
"""Pairs of allowed attempts and seconds."""


def record_attempt(connection: Connection, names: Sequence[str], windows: Windows, now: float) -> bool:
    """Record an attempt at `now` (unix seconds) unless one of `windows` is full; return whether it was recorded.

    All `names` stand for the same subject, oldest first; the attempt is recorded under the last. A concurrent attempt
    on the same subject, on any node, waits for the end of the transaction.
    """
    longest = max(seconds for _, seconds in windows)
    for name in names:
        connection.execute(_LOCK, {"key": name, "expires_at": int(now) + longest})
    times = attempts(connection, names, longest, now)
    if any(sum(time > now - seconds for time in times) >= most for most, seconds in windows):
        return False
    _save(connection, names[-1], [*attempts(connection, names[-1:], longest, now), now])
    return True


def refund_attempt(connection: Connection, names: Sequence[str], seconds: int, time: float) -> None:
    """Remove the attempt recorded for `names` at `time`, and drop attempts more than `seconds` older."""
    connection.execute(_LOCK, {"key": names[-1], "expires_at": int(time) + seconds})
    times = attempts(connection, names[-1:], seconds, time)
    if round(time, 3) in times:
        times.remove(round(time, 3))
        _save(connection, names[-1], times)


def attempts(transaction: Transaction, names: Sequence[str], seconds: int, now: float) -> list[float]:
    """Return the attempts recorded under `names` in the `seconds` before `now`, in unix seconds, oldest first."""
    rows = transaction.execute(select(RateLimitAttempt.times).where(RateLimitAttempt.key.in_(names))).scalars()
    return sorted(time for times in rows for time in map(float, times.split()) if time > now - seconds)


def _save(connection: Connection, name: str, times: Sequence[float]) -> None:
    text = " ".join(f"{time:.3f}" for time in times)
    connection.execute(update(RateLimitAttempt).where(RateLimitAttempt.key == name).values(times=text))


def exchange_counts(connection: Connection, process: str, counts: Mapping[str, int], until: int) -> dict[str, int]:
    """Save this process's count of each name, and return the sums of all other processes."""
    rows = [
        {"key": name, "process": process, "count": number, "expires_at": until}
        for name, number in sorted(counts.items())
    ]
    connection.execute(_COUNT, rows)
    others = RateLimitCount.key.in_(counts), RateLimitCount.process != process
    query = select(RateLimitCount.key, func.sum(RateLimitCount.count)).where(*others).group_by(RateLimitCount.key)
    return {name: int(number) for name, number in connection.execute(query)}


def delete_expired(transaction: Transaction, now: int) -> None:
    """Delete expired attempts and counts."""
    transaction.execute(delete(RateLimitAttempt).where(RateLimitAttempt.expires_at < now))
    transaction.execute(delete(RateLimitCount).where(RateLimitCount.expires_at < now))
