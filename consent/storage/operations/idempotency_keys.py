"""Queries for idempotency keys: claim one for a request, store the response with its effect, delete old ones."""

from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, delete, select, text, update

from consent.core.days import DAY_SECONDS
from consent.storage.database.base import Transaction
from consent.storage.tables.operations import IdempotencyKey

LIFETIME_SECONDS = DAY_SECONDS
"""How long a repeated request gets the response to the first one."""
CLAIM_SECONDS = 30
"""How long a request keeps its claim without a sign of life, in case its process died."""
_CLAIM = text(
    "INSERT INTO idempotency_key (key_hash, fingerprint, status, body, etag, created_at, holder, claimed_until)"
    " VALUES (:key_hash, :fingerprint, :status, :body, :etag, :created_at, :holder, :claimed_until)"
    " ON CONFLICT DO NOTHING RETURNING created_at"
)


class Claimed(NamedTuple):
    """Result of a claim: whether this request has it (`is_claimed`), and what is stored under the key.

    `status` is None until there is a response; `body` is then the progress that an interrupted request recorded, if
    any.
    """

    is_claimed: bool
    fingerprint: bytes
    status: int | None = None
    body: bytes | None = None
    etag: str | None = None


def claim(connection: Connection, key_hash: bytes, fingerprint: bytes, holder: str, now: int) -> Claimed:
    """Claim a key for the request `holder` if it is unused, older than a day, or its request was interrupted.

    An interrupted request that recorded progress yields only to the same request, otherwise to any. The caller commits
    before the effect.
    """
    fresh = {"fingerprint": fingerprint, "status": None, "body": None, "etag": None, "created_at": now}
    taken = {"holder": holder, "claimed_until": now + CLAIM_SECONDS}
    if connection.execute(_CLAIM, {"key_hash": key_hash} | fresh | taken).first():
        return Claimed(True, fingerprint)
    query = select(*IdempotencyKey.__table__.columns).where(IdempotencyKey.key_hash == key_hash)
    row = connection.execute(query).one_or_none()
    if row is None:
        # Deleted just now: its request failed, and this one may be retried.
        return Claimed(False, fingerprint)
    broke_off = row.status is None and row.claimed_until <= now
    is_free = row.created_at <= now - LIFETIME_SECONDS or (broke_off and row.body is None)
    if is_free and _update(connection, _is_unchanged(row), fresh | taken):
        return Claimed(True, fingerprint)
    if not is_free and broke_off and row.fingerprint == fingerprint and _update(connection, _is_unchanged(row), taken):
        return Claimed(True, fingerprint, None, row.body)
    return Claimed(False, row.fingerprint, row.status, row.body, row.etag)


def keep(connection: Connection, key_hash: bytes, holder: str, status: int, body: bytes, etag: str | None) -> bool:
    """Store the response in the transaction of its effect; return False if the request has lost its claim."""
    return _update(connection, _is_open(key_hash, holder), {"status": status, "body": body, "etag": etag})


def note(connection: Connection, key_hash: bytes, holder: str, body: bytes, now: int) -> bool:
    """Record the progress of a request with several transactions, in each of them; return as `keep` does."""
    return _update(connection, _is_open(key_hash, holder), {"body": body, "claimed_until": now + CLAIM_SECONDS})


def release(transaction: Transaction, key_hash: bytes, holder: str) -> None:
    """Release the key of a failed request: the next one may claim it, continuing any recorded progress."""
    has_noted_nothing = IdempotencyKey.body.is_(None)
    transaction.execute(delete(IdempotencyKey).where(_is_open(key_hash, holder), has_noted_nothing))
    transaction.execute(update(IdempotencyKey).where(_is_open(key_hash, holder)).values(claimed_until=0))


def delete_expired(transaction: Transaction, now: int) -> None:
    """Delete the keys that were first used more than a day ago."""
    transaction.execute(delete(IdempotencyKey).where(IdempotencyKey.created_at <= now - LIFETIME_SECONDS))


def _is_open(key_hash: bytes, holder: str) -> ColumnElement[bool]:
    is_claim = and_(IdempotencyKey.key_hash == key_hash, IdempotencyKey.holder == holder)
    return and_(is_claim, IdempotencyKey.status.is_(None))


def _is_unchanged(row: Any) -> ColumnElement[bool]:
    """Return the condition that the key hasn't been claimed or answered since `row` was read."""
    return and_(
        IdempotencyKey.key_hash == row.key_hash,
        IdempotencyKey.holder == row.holder,
        IdempotencyKey.claimed_until == row.claimed_until,
        IdempotencyKey.status.is_not_distinct_from(row.status),
    )


def _update(connection: Connection, condition: ColumnElement[bool], values: dict[str, object]) -> bool:
    changed = update(IdempotencyKey).where(condition).values(values).returning(IdempotencyKey.key_hash)
    return connection.execute(changed).first() is not None
