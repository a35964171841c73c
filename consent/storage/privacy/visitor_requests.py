"""Queries of what visitors sent with their requests: add, confirm once, find by a link's hash, delete in time."""

from collections.abc import Collection
from typing import Any, NamedTuple

from sqlalchemy import delete, func, insert, or_, select, update

from consent.storage.database.base import Transaction
from consent.storage.tables.privacy import PrivacyRequest, VisitorRequest


class Sent(NamedTuple):
    """What a visitor sent; `request_id` is None and `expires_at`, unix seconds, set until it is confirmed."""

    id: int
    site_id: int
    request_id: int | None
    kind: str
    place: str
    proof: str
    language: str
    sealed: bytes
    expires_at: int | None


def add(transaction: Transaction, facts: dict[str, Any]) -> None:
    """Add what a visitor sent; `facts` are columns of the table."""
    transaction.execute(insert(VisitorRequest).values(facts))


def pending(transaction: Transaction, site_id: int, confirm_hash: str, now: int) -> Sent | None:
    """Return what waits for the confirmation by that link, or None where it was used or has expired."""
    return _one(transaction, *_waiting(site_id, confirm_hash, now))


def confirm(transaction: Transaction, site_id: int, confirm_hash: str, now: int) -> Sent | None:
    """Use the link up and return what it confirms; of two calls at once one gets it."""
    values = {"confirm_hash": None, "address_hash": None, "expires_at": None}
    query = update(VisitorRequest).where(*_waiting(site_id, confirm_hash, now)).values(values)
    row = transaction.execute(query.returning(*_COLUMNS)).one_or_none()
    return Sent(*row) if row else None


def enter(transaction: Transaction, sent_id: int, request_id: int, follow_hash: str, sealed: bytes) -> None:
    """Set of which request of the register it is, and by which link it is followed."""
    values = {"request_id": request_id, "follow_hash": follow_hash, "sealed": sealed}
    transaction.execute(update(VisitorRequest).where(VisitorRequest.id == sent_id).values(values))


def followed(transaction: Transaction, site_id: int, follow_hash: str) -> Sent | None:
    """Return what the link of that hash follows, or None."""
    return _one(transaction, VisitorRequest.site_id == site_id, VisitorRequest.follow_hash == follow_hash)


def of_request(transaction: Transaction, site_id: int, request_id: int) -> Sent | None:
    """Return what a visitor sent with a request of the register, or None where none did or it was deleted."""
    return _one(transaction, VisitorRequest.site_id == site_id, VisitorRequest.request_id == request_id)


def proofs_of(transaction: Transaction, site_id: int, request_ids: Collection[int]) -> dict[int, str]:
    """Return by what the visitor was recognized, of those requests that visitors made."""
    matching = (VisitorRequest.site_id == site_id, VisitorRequest.request_id.in_(request_ids))
    rows = transaction.execute(select(VisitorRequest.request_id, VisitorRequest.proof).where(*matching))
    return {int(row.request_id): row.proof for row in rows}


def waiting_of_site(transaction: Transaction, site_id: int) -> int:
    """Count what waits for its confirmation on the site."""
    matching = (VisitorRequest.site_id == site_id, VisitorRequest.expires_at.is_not(None))
    return transaction.execute(select(func.count()).where(*matching)).scalar_one()


def waiting_of_address(transaction: Transaction, address_hash: str) -> int:
    """Count what waits for its confirmation by one address."""
    matching = (VisitorRequest.address_hash == address_hash, VisitorRequest.expires_at.is_not(None))
    return transaction.execute(select(func.count()).where(*matching)).scalar_one()


def entered_since(transaction: Transaction, site_id: int, proofs: Collection[str], since: int) -> int:
    """Count the requests by one of `proofs` that came into the register of the site since a time, unix seconds."""
    matching = (VisitorRequest.site_id == site_id, VisitorRequest.request_id.is_not(None))
    found = (VisitorRequest.proof.in_(proofs), VisitorRequest.created_at > since)
    return transaction.execute(select(func.count()).where(*matching, *found)).scalar_one()


def prune(transaction: Transaction, now: int, closed_before: int) -> int:
    """Delete what was not confirmed in time, and of requests closed before the day `closed_before`; return how many."""
    over = select(PrivacyRequest.id).where(PrivacyRequest.outcome != "", PrivacyRequest.closed < closed_before)
    gone = or_(VisitorRequest.expires_at <= now, VisitorRequest.request_id.in_(over))
    return len(transaction.execute(delete(VisitorRequest).where(gone).returning(VisitorRequest.id)).all())


def _waiting(site_id: int, confirm_hash: str, now: int) -> tuple[Any, ...]:
    is_link = (VisitorRequest.site_id == site_id, VisitorRequest.confirm_hash == confirm_hash)
    return (*is_link, VisitorRequest.expires_at > now)


def _one(transaction: Transaction, *matching: Any) -> Sent | None:
    row = transaction.execute(select(*_COLUMNS).where(*matching)).one_or_none()
    return Sent(*row) if row else None


_COLUMNS = [getattr(VisitorRequest, name) for name in Sent._fields]
