"""Queries for data that visitors sent with requests: add, confirm once, find by link hash, delete in time."""

from collections.abc import Collection
from typing import Any, NamedTuple

from sqlalchemy import delete, func, insert, or_, select, update

from consent.storage.database.base import Transaction
from consent.storage.tables.privacy import PrivacyRequest, VisitorRequest


class Sent(NamedTuple):
    """Data that a visitor sent; until confirmation, `request_id` is None and `expires_at` (unix seconds) is set."""

    id: int
    site_id: int
    request_id: int | None
    kind: str
    place: str
    proof: str
    language: str
    sealed: bytes
    expires_at: int | None


class Pool(NamedTuple):
    """The requests with one `proof`: those of `kinds` or, unless `is_of_kinds`, all others."""

    proof: str
    kinds: Collection[str]
    is_of_kinds: bool


def add(transaction: Transaction, facts: dict[str, Any]) -> None:
    """Add a visitor's data; `facts` are columns of the table."""
    transaction.execute(insert(VisitorRequest).values(facts))


def pending(transaction: Transaction, site_id: int, confirm_hash: str, now: int) -> Sent | None:
    """Return what the link with that hash would confirm, or None if it was used or has expired."""
    return _find_one(transaction, *_is_pending(site_id, confirm_hash, now))


def confirm(transaction: Transaction, site_id: int, confirm_hash: str, now: int) -> Sent | None:
    """Use up the link and return what it confirms, or None; of two concurrent calls only one gets it."""
    values = {"confirm_hash": None, "address_hash": None, "expires_at": None}
    query = update(VisitorRequest).where(*_is_pending(site_id, confirm_hash, now)).values(values)
    row = transaction.execute(query.returning(*_COLUMNS)).one_or_none()
    return Sent(*row) if row else None


def enter(transaction: Transaction, sent_id: int, request_id: int, follow_hash: str, sealed: bytes) -> None:
    """Set the registered request and the hash of the link to follow it."""
    values = {"request_id": request_id, "follow_hash": follow_hash, "sealed": sealed}
    transaction.execute(update(VisitorRequest).where(VisitorRequest.id == sent_id).values(values))


def followed(transaction: Transaction, site_id: int, follow_hash: str) -> Sent | None:
    """Return what the link with that hash follows, or None."""
    return _find_one(transaction, VisitorRequest.site_id == site_id, VisitorRequest.follow_hash == follow_hash)


def of_request(transaction: Transaction, site_id: int, request_id: int) -> Sent | None:
    """Return the data sent with a registered request, or None if no visitor made it or it was deleted."""
    return _find_one(transaction, VisitorRequest.site_id == site_id, VisitorRequest.request_id == request_id)


def proofs_of(transaction: Transaction, site_id: int, request_ids: Collection[int]) -> dict[int, str]:
    """Return how visitors proved who they are, for those of the requests that visitors made."""
    matching = (VisitorRequest.site_id == site_id, VisitorRequest.request_id.in_(request_ids))
    rows = transaction.execute(select(VisitorRequest.request_id, VisitorRequest.proof).where(*matching))
    return {int(row.request_id): row.proof for row in rows}


def waiting_of_site(transaction: Transaction, site_id: int) -> int:
    """Return how many requests on the site are awaiting confirmation."""
    matching = (VisitorRequest.site_id == site_id, VisitorRequest.expires_at.is_not(None))
    return transaction.execute(select(func.count()).where(*matching)).scalar_one()


def waiting_of_address(transaction: Transaction, address_hash: str) -> int:
    """Return how many requests from an address are awaiting confirmation."""
    matching = (VisitorRequest.address_hash == address_hash, VisitorRequest.expires_at.is_not(None))
    return transaction.execute(select(func.count()).where(*matching)).scalar_one()


def entered_since(transaction: Transaction, site_id: int, pool: Pool, since: int) -> int:
    """Return how many requests of `pool` were registered on the site since a unix time."""
    is_of_kinds = VisitorRequest.kind.in_(pool.kinds)
    matching = (VisitorRequest.site_id == site_id, VisitorRequest.request_id.is_not(None))
    found = (VisitorRequest.proof == pool.proof, is_of_kinds if pool.is_of_kinds else ~is_of_kinds)
    recent = VisitorRequest.created_at > since
    return transaction.execute(select(func.count()).where(*matching, *found, recent)).scalar_one()


def prune(transaction: Transaction, now: int, closed_before: int) -> int:
    """Delete data not confirmed in time, or of requests closed before the day `closed_before`; return how many."""
    over = select(PrivacyRequest.id).where(PrivacyRequest.outcome != "", PrivacyRequest.closed < closed_before)
    gone = or_(VisitorRequest.expires_at <= now, VisitorRequest.request_id.in_(over))
    return len(transaction.execute(delete(VisitorRequest).where(gone).returning(VisitorRequest.id)).all())


def _is_pending(site_id: int, confirm_hash: str, now: int) -> tuple[Any, ...]:
    is_link = (VisitorRequest.site_id == site_id, VisitorRequest.confirm_hash == confirm_hash)
    return (*is_link, VisitorRequest.expires_at > now)


def _find_one(transaction: Transaction, *matching: Any) -> Sent | None:
    row = transaction.execute(select(*_COLUMNS).where(*matching)).one_or_none()
    return Sent(*row) if row else None


_COLUMNS = [getattr(VisitorRequest, name) for name in Sent._fields]
