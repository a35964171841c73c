"""Queries of idempotency keys: claim one for a request, keep the answer beside its effect, delete old ones."""

from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, delete, select, text, update

from consent.storage.database.base import Transaction
from consent.storage.tables.operations import IdempotencyKey

LIFETIME_SECONDS = 86400
"""So long a repeated request gets the answer of the first."""
CLAIM_SECONDS = 30
"""So long a request has its key for itself without a sign of life; one whose process died has it no longer."""
_CLAIM = text(
    "INSERT INTO idempotency_key (key_hash, fingerprint, status, body, etag, created_at, holder, claimed_until)"
    " VALUES (:key_hash, :fingerprint, :status, :body, :etag, :created_at, :holder, :claimed_until)"
    " ON CONFLICT DO NOTHING RETURNING created_at"
)


class Claimed(NamedTuple):
    """What a claim came to: `is_claimed` by this request or not, and what is stored under the key.

    `status` is None until there is an answer. `body` is then what a request that broke off had done, if it noted any.
    """

    is_claimed: bool
    fingerprint: bytes
    status: int | None = None
    body: bytes | None = None
    etag: str | None = None


def claim(connection: Connection, key_hash: bytes, fingerprint: bytes, holder: str, now: int) -> Claimed:
    """Claim a key for the request `holder`, where it is unused, older than a day, or of a request that broke off.

    One that had noted nothing gives way to any request, else to the same one alone. The caller commits before the effect.
    """
    fresh = {"fingerprint": fingerprint, "status": None, "body": None, "etag": None, "created_at": now}
    taken = {"holder": holder, "claimed_until": now + CLAIM_SECONDS}
    if connection.execute(_CLAIM, {"key_hash": key_hash} | fresh | taken).first():
        return Claimed(True, fingerprint)
    query = select(*IdempotencyKey.__table__.columns).where(IdempotencyKey.key_hash == key_hash)
    row = connection.execute(query).one_or_none()
    if row is None:
        # Deleted this moment: its request failed, and this one may come again.
        return Claimed(False, fingerprint)
    broke_off = row.status is None and row.claimed_until <= now
    is_free = row.created_at <= now - LIFETIME_SECONDS or (broke_off and row.body is None)
    if is_free and _update(connection, _unchanged(row), fresh | taken):
        return Claimed(True, fingerprint)
    if not is_free and broke_off and row.fingerprint == fingerprint and _update(connection, _unchanged(row), taken):
        return Claimed(True, fingerprint, None, row.body)
    return Claimed(False, row.fingerprint, row.status, row.body, row.etag)


def keep(connection: Connection, key_hash: bytes, holder: str, status: int, body: bytes, etag: str | None) -> bool:
    """Keep the answer of a request in the transaction of its effect; return False where it has lost its key by now."""
    return _update(connection, _open(key_hash, holder), {"status": status, "body": body, "etag": etag})


def note(connection: Connection, key_hash: bytes, holder: str, body: bytes, now: int) -> bool:
    """Keep what a request with several transactions has done, in each of them; return as `keep` does."""
    return _update(connection, _open(key_hash, holder), {"body": body, "claimed_until": now + CLAIM_SECONDS})


def release(transaction: Transaction, key_hash: bytes, holder: str) -> None:
    """Release the key of a request that failed: the next one may have it, after what this one noted."""
    has_noted_nothing = IdempotencyKey.body.is_(None)
    transaction.execute(delete(IdempotencyKey).where(_open(key_hash, holder), has_noted_nothing))
    transaction.execute(update(IdempotencyKey).where(_open(key_hash, holder)).values(claimed_until=0))


def delete_expired(transaction: Transaction, now: int) -> None:
    """Delete the keys that were used more than a day ago."""
    transaction.execute(delete(IdempotencyKey).where(IdempotencyKey.created_at <= now - LIFETIME_SECONDS))


def _open(key_hash: bytes, holder: str) -> ColumnElement[bool]:
    is_claim = and_(IdempotencyKey.key_hash == key_hash, IdempotencyKey.holder == holder)
    return and_(is_claim, IdempotencyKey.status.is_(None))


def _unchanged(row: Any) -> ColumnElement[bool]:
    """Return the condition that nobody has answered or claimed the key since `row` was read."""
    return and_(
        IdempotencyKey.key_hash == row.key_hash,
        IdempotencyKey.holder == row.holder,
        IdempotencyKey.claimed_until == row.claimed_until,
        IdempotencyKey.status.is_not_distinct_from(row.status),
    )


def _update(connection: Connection, condition: ColumnElement[bool], values: dict[str, object]) -> bool:
    changed = update(IdempotencyKey).where(condition).values(values).returning(IdempotencyKey.key_hash)
    return connection.execute(changed).first() is not None
