"""Queries for receivers: systems that are notified of a site's choices."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy import delete, func, insert, select, update

from consent.storage.database.base import Transaction
from consent.storage.delivery import outbox
from consent.storage.tables.delivery import Delivery, DeliveryHour, Receiver, Replay, UsedAck

MAX_RECEIVERS = 20
"""Per site: each receiver has its own connections."""
ON, PAUSED, GONE, PROPOSED = STATES = ("on", "paused", "gone", "proposed")
AFRESH: Mapping[str, object] = {"failures": 0, "failing_since": None, "next_probe_at": 0, "last_problem": ""}
"""Initial values of a receiver with a new address."""
SIGNATURES = ("v1", "v1a", "both")
CONTENT_TYPES = ("json", "cloudevents")
ACKS = ("none", "body", "later")


class ReceiverRow(NamedTuple):
    """A stored receiver; see `Receiver`."""

    id: str
    site_id: int
    name: str
    public_name: str
    adapter: str
    address: str
    settings: str
    secret_sealed: bytes | None
    groups: str
    state: str
    cursor: int
    ack: str
    knows_accounts: bool
    signature: str
    content_type: str
    secret_no: int
    old_secret_until: int
    made_at: int
    heard_at: int | None
    failures: int
    failing_since: int | None
    next_probe_at: int
    last_problem: str
    proposed: bytes | None
    proposed_by: str | None
    proposed_at: int | None

    @property
    def group_names(self) -> tuple[str, ...]:
        """Return the groups that the receiver is notified of; empty means all."""
        return tuple(self.groups.split())

    @property
    def values(self) -> dict[str, Any]:
        """Return the adapter's settings that aren't secret."""
        values: dict[str, Any] = json.loads(self.settings)
        return values


_COLUMNS = [getattr(Receiver, name) for name in ReceiverRow._fields]


def every(transaction: Transaction) -> list[ReceiverRow]:
    """Return all receivers of all sites."""
    return [ReceiverRow(*row) for row in transaction.execute(select(*_COLUMNS).order_by(Receiver.made_at, Receiver.id))]


def of_site(transaction: Transaction, site_id: int) -> list[ReceiverRow]:
    """Return the receivers of a site, oldest first."""
    query = select(*_COLUMNS).where(Receiver.site_id == site_id).order_by(Receiver.made_at, Receiver.id)
    return [ReceiverRow(*row) for row in transaction.execute(query)]


def get(transaction: Transaction, receiver_id: str, site_id: int | None = None) -> ReceiverRow | None:
    """Return a receiver, of the site `site_id` if given, or None."""
    query = select(*_COLUMNS).where(Receiver.id == receiver_id)
    if site_id is not None:
        query = query.where(Receiver.site_id == site_id)
    row = transaction.execute(query).one_or_none()
    return ReceiverRow(*row) if row else None


def add(transaction: Transaction, site_id: int, receiver_id: str, facts: Mapping[str, object], now: int) -> None:
    """Add a receiver, which gets all events from now on."""
    state = {"state": ON, "cursor": outbox.last_number(transaction, site_id), "made_at": now, "secret_no": 1}
    state |= {"old_secret_until": 0, "failures": 0, "next_probe_at": 0, "last_problem": ""}
    transaction.execute(insert(Receiver).values({"id": receiver_id, "site_id": site_id, **state, **facts}))


def change(transaction: Transaction, receiver_id: str, **facts: object) -> None:
    """Change some columns of a receiver."""
    transaction.execute(update(Receiver).where(Receiver.id == receiver_id).values(**facts))


def remove(transaction: Transaction, receiver_id: str) -> None:
    """Delete a receiver and everything pending for it. Its acknowledgments stay: the log refers to them."""
    for table in (Delivery, Replay, UsedAck, DeliveryHour):
        transaction.execute(delete(table).where(table.receiver_id == receiver_id))
    transaction.execute(delete(Receiver).where(Receiver.id == receiver_id))


def count_of_site(transaction: Transaction, site_id: int) -> int:
    """Return how many receivers a site has."""
    return int(transaction.execute(select(func.count()).where(Receiver.site_id == site_id)).scalar() or 0)
