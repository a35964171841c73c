"""Who is signed in, and where: each session of the dashboard is a row, so that it can be listed and ended."""

import hashlib
import secrets
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, delete, insert, or_, select, update

from consent.storage.base import Transaction
from consent.storage.models import BrowserSession

IDLE_S = 12 * 3600
LONGEST_S = 14 * 86400
SEEN_EVERY_S = 300
"""How exactly it is known when a session was last used: a page that is opened seldom writes."""


class Session(NamedTuple):
    """A session: `device` is a coarse name such as `Firefox on Linux`, `proved_at` when they last proved who they are."""

    id: int
    user_id: int
    device: str
    method: str
    begun_at: int
    seen_at: int
    proved_at: int


def begin(transaction: Transaction, user_id: int, device: str, method: str, now: int) -> str:
    """Open a session for somebody who has just proved who they are, and return its secret, which only the browser has.

    Deletes what has ended by itself.
    """
    transaction.execute(delete(BrowserSession).where(_is_over(now)))
    secret = secrets.token_urlsafe(32)
    row = {"hash": _hash(secret), "user_id": user_id, "device": device, "method": method}
    transaction.execute(insert(BrowserSession).values(row | {"begun_at": now, "seen_at": now, "proved_at": now}))
    return secret


def find(transaction: Transaction, secret: str, user_id: int, now: int) -> Session | None:
    """Return the session of that secret and person, where it has not ended."""
    wanted = (BrowserSession.hash == _hash(secret), BrowserSession.user_id == user_id, ~_is_over(now))
    row = transaction.execute(_query().where(*wanted)).one_or_none()
    return Session(*row) if row else None


def of_person(transaction: Transaction, user_id: int, now: int) -> list[Session]:
    """Return all sessions of a person that have not ended, the one that was used last first."""
    query = _query().where(BrowserSession.user_id == user_id, ~_is_over(now))
    order = (BrowserSession.seen_at.desc(), BrowserSession.id.desc())
    return [Session(*row) for row in transaction.execute(query.order_by(*order))]


def saw(transaction: Transaction, session: Session, now: int) -> bool:
    """Note that the session was used, where the last note is some minutes old; tell whether it was written."""
    if session.seen_at + SEEN_EVERY_S > now:
        return False
    transaction.execute(update(BrowserSession).where(BrowserSession.id == session.id).values(seen_at=now))
    return True


def proved(transaction: Transaction, session_id: int, now: int) -> None:
    """Note that the person of the session has just proved again who they are."""
    transaction.execute(update(BrowserSession).where(BrowserSession.id == session_id).values(proved_at=now))


def end(transaction: Transaction, user_id: int, session_id: int) -> bool:
    """End one session of a person; tell whether it was there."""
    mine = (BrowserSession.id == session_id, BrowserSession.user_id == user_id)
    return bool(transaction.execute(delete(BrowserSession).where(*mine).returning(BrowserSession.id)).all())


def end_all(transaction: Transaction, user_id: int, but: int | None = None) -> int:
    """End the sessions of a person, all or all but one, and return how many."""
    others = (BrowserSession.user_id == user_id, BrowserSession.id != (but or 0))
    return len(transaction.execute(delete(BrowserSession).where(*others).returning(BrowserSession.id)).all())


def _is_over(now: int) -> ColumnElement[bool]:
    return or_(BrowserSession.begun_at <= now - LONGEST_S, BrowserSession.seen_at <= now - IDLE_S - SEEN_EVERY_S)


def _hash(secret: str) -> str:
    """No salt and no slow hash: 256 random bits cannot be guessed."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _query() -> Select[Any]:
    return select(*(getattr(BrowserSession, name) for name in Session._fields))
