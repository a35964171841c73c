"""Queries for dashboard sessions, one row each, so that they can be listed and revoked."""

import hashlib
import secrets
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, delete, insert, or_, select, update

from consent.core.days import DAY_SECONDS, HOUR_SECONDS
from consent.storage.database.base import Transaction
from consent.storage.tables.accounts import BrowserSession

IDLE_SECONDS = 12 * HOUR_SECONDS
MAX_AGE_SECONDS = 14 * DAY_SECONDS
USE_EVERY_SECONDS = 300
"""How precisely a session's last use is recorded: page views rarely write."""


class Session(NamedTuple):
    """A session; `device` is a coarse name such as `Firefox on Linux`, `authenticated_at` when they last signed in."""

    id: int
    user_id: int
    device: str
    method: str
    started_at: int
    last_used_at: int
    authenticated_at: int


def begin(transaction: Transaction, user_id: int, device: str, method: str, now: int) -> str:
    """Start a session for a user who has just signed in, and return its secret, which only the browser keeps.

    Deletes expired sessions.
    """
    transaction.execute(delete(BrowserSession).where(_is_over(now)))
    secret = secrets.token_urlsafe(32)
    row = {"hash": _hash(secret), "user_id": user_id, "device": device, "method": method}
    transaction.execute(
        insert(BrowserSession).values(row | {"started_at": now, "last_used_at": now, "authenticated_at": now})
    )
    return secret


def find(transaction: Transaction, secret: str, user_id: int, now: int) -> Session | None:
    """Return the user's session with that secret if it hasn't expired, or None."""
    wanted = (BrowserSession.hash == _hash(secret), BrowserSession.user_id == user_id, ~_is_over(now))
    row = transaction.execute(_query().where(*wanted)).one_or_none()
    return Session(*row) if row else None


def of_user(transaction: Transaction, user_id: int, now: int) -> list[Session]:
    """Return a user's current sessions, most recently used first."""
    query = _query().where(BrowserSession.user_id == user_id, ~_is_over(now))
    order = (BrowserSession.last_used_at.desc(), BrowserSession.id.desc())
    return [Session(*row) for row in transaction.execute(query.order_by(*order))]


def record_use(transaction: Transaction, session: Session, now: int) -> bool:
    """Record that the session was used, at most every few minutes; return whether a row was written."""
    if session.last_used_at + USE_EVERY_SECONDS > now:
        return False
    transaction.execute(update(BrowserSession).where(BrowserSession.id == session.id).values(last_used_at=now))
    return True


def set_authenticated(transaction: Transaction, session_id: int, now: int) -> None:
    """Record that the session's user has just signed in again."""
    transaction.execute(update(BrowserSession).where(BrowserSession.id == session_id).values(authenticated_at=now))


def end(transaction: Transaction, user_id: int, session_id: int) -> bool:
    """End one of a user's sessions; return whether it existed."""
    matching = (BrowserSession.id == session_id, BrowserSession.user_id == user_id)
    return bool(transaction.execute(delete(BrowserSession).where(*matching).returning(BrowserSession.id)).all())


def end_all(transaction: Transaction, user_id: int, but: int | None = None) -> int:
    """End all of a user's sessions, or all except `but`, and return how many."""
    others = (BrowserSession.user_id == user_id, BrowserSession.id != (but or 0))
    return len(transaction.execute(delete(BrowserSession).where(*others).returning(BrowserSession.id)).all())


def _is_over(now: int) -> ColumnElement[bool]:
    return or_(
        BrowserSession.started_at <= now - MAX_AGE_SECONDS,
        BrowserSession.last_used_at <= now - IDLE_SECONDS - USE_EVERY_SECONDS,
    )


def _hash(secret: str) -> str:
    """Unsalted and fast: 256 random bits can't be guessed."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _query() -> Select[Any]:
    return select(*(getattr(BrowserSession, name) for name in Session._fields))
