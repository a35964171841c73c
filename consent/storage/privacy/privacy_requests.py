"""Queries for the register of data subject requests: add, extend, close, reopen. It contains no names."""

from typing import Any, NamedTuple

from sqlalchemy import func, insert, select, update

from consent.core.days import date_of
from consent.storage.database.base import Transaction
from consent.storage.tables.privacy import PrivacyRequest

OUTCOMES = ("done", "partly", "refused", "not_identified", "taken_back")
"""How a request can end: fulfilled, partly fulfilled, refused, requester not identified, or withdrawn."""


class Request(NamedTuple):
    """A request; `received`, `due`, `extended`, `closed` are days since 1970-01-01 UTC; `outcome` is empty if open."""

    id: int
    kind: str
    place: str
    law: str
    received: int
    due: int
    extended: int | None
    extension_reason: str
    closed: int | None
    outcome: str
    reason: str
    reference: str
    added_at: int
    added_by: str

    @property
    def last_day(self) -> int:
        """Return the day by which it must be answered, including any extension."""
        return self.due if self.extended is None else self.extended

    @property
    def audit_facts(self) -> dict[str, Any]:
        """Return what the log may keep forever: no free text, and dates as text."""
        texts = {name: getattr(self, name) for name in ("kind", "place", "law", "outcome")}
        days = {"received": self.received, "due": self.due, "extended": self.extended}
        return texts | {name: None if day is None else date_of(day).isoformat() for name, day in days.items()}


class Counts(NamedTuple):
    """How many requests are open, of these late, how many are closed, and of these in time."""

    open: int
    late: int
    closed: int
    in_time: int


def add(transaction: Transaction, site_id: int, facts: dict[str, Any]) -> int:
    """Add a request and return its id; `facts` are fields of `Request`, of which text fields may be missing."""
    blank = dict.fromkeys(("extension_reason", "outcome", "reason", "reference"), "")
    row = {"site_id": site_id, **blank, **facts}
    return int(transaction.execute(insert(PrivacyRequest).values(row).returning(PrivacyRequest.id)).scalar_one())


def change(transaction: Transaction, site_id: int, request_id: int, facts: dict[str, Any]) -> None:
    """Set fields of a request."""
    matching = (PrivacyRequest.site_id == site_id, PrivacyRequest.id == request_id)
    transaction.execute(update(PrivacyRequest).where(*matching).values(facts))


def by_id(transaction: Transaction, site_id: int, request_id: int) -> Request | None:
    """Return the request of the site with that id, or None."""
    matching = (PrivacyRequest.site_id == site_id, PrivacyRequest.id == request_id)
    row = transaction.execute(select(*_COLUMNS).where(*matching)).one_or_none()
    return Request(*row) if row else None


def every(transaction: Transaction, site_id: int, *, is_open: bool | None = None, limit: int = 500) -> list[Request]:
    """Return the site's requests: open ones by due date, then closed ones, newest first."""
    query = select(*_COLUMNS).where(PrivacyRequest.site_id == site_id)
    if is_open is not None:
        query = query.where((PrivacyRequest.outcome == "") if is_open else (PrivacyRequest.outcome != ""))
    requests = [Request(*row) for row in transaction.execute(query.order_by(PrivacyRequest.id.desc()).limit(limit))]
    unclosed = sorted((one for one in requests if not one.outcome), key=lambda one: (one.last_day, one.id))
    return unclosed + [one for one in requests if one.outcome]


def due_until(transaction: Transaction, day: int) -> dict[int, list[Request]]:
    """Return the open requests due on `day` or earlier by site id, the most urgent first."""
    last_day = func.coalesce(PrivacyRequest.extended, PrivacyRequest.due)
    matching = (PrivacyRequest.outcome == "", last_day <= day)
    query = select(PrivacyRequest.site_id, *_COLUMNS).where(*matching).order_by(last_day, PrivacyRequest.id)
    found: dict[int, list[Request]] = {}
    for site_id, *row in transaction.execute(query):
        found.setdefault(site_id, []).append(Request(*row))
    return found


def counts(transaction: Transaction, site_id: int, today: int) -> Counts:
    """Return the site's counts as of the day `today`."""
    last_day = func.coalesce(PrivacyRequest.extended, PrivacyRequest.due)
    unclosed = PrivacyRequest.outcome == ""
    conditions = (unclosed, unclosed & (last_day < today), ~unclosed, ~unclosed & (PrivacyRequest.closed <= last_day))
    query = select(*(func.count().filter(one) for one in conditions)).where(PrivacyRequest.site_id == site_id)
    return Counts(*map(int, transaction.execute(query).one()))


_COLUMNS = [getattr(PrivacyRequest, name) for name in Request._fields]
