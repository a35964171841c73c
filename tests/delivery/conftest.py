"""A site with a receiver, and a clock that the test moves: no service runs, and tests call each step."""

import itertools
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, insert

from consent.config import Settings
from consent.delivery import manage
from consent.delivery.event import Subject, ending_data, new_event
from consent.delivery.receiver_run import Counters, ReceiverRun
from consent.delivery.schedule import Pace
from consent.delivery.services import DeliveryServices, build_delivery
from consent.log.audit_author import AuditActor, Author
from consent.outbound.public_addresses import AllowList
from consent.signing.keys import load_keys
from consent.storage.database.base import Base
from consent.storage.database.engine import make_engine
from consent.storage.delivery import acks, deliveries, outbox, receivers
from consent.storage.delivery.receivers import ReceiverRow
from consent.storage.tables.sites import Site
from tests.event_receiver import EventReceiver

NOW = 1_796_000_000
FIELDS = manage.ReceiverFields("Newsletter relay", "Newsletter", "plain", "", {}, (), "none", False, "v1", "json")


@dataclass
class Owner:
    id: int = 1
    key: str = "shop"


@dataclass
class World:
    """The site `shop` and its receivers."""

    engine: Engine
    services: DeliveryServices
    author: Author
    site: Owner = field(default_factory=Owner)
    now: int = NOW
    pace: Pace = field(default_factory=Pace)
    receipts: Iterator[int] = field(default_factory=itertools.count)

    def add(self, url: str, **facts: Any) -> str:
        """Add a receiver at `url`, and return its id."""
        fields = FIELDS._replace(address=url, **facts)
        with self.engine.begin() as connection:
            made, _ = manage.add_receiver(
                connection, self.services.keys, self.services.senders.allowed, self.site, self.author, fields, self.now
            )
            self.services.directory.replace(receivers.every(connection))
        return made

    def tell(self, subject: str = "a", *, version: int = 0, refuses: bool = True, sub: str | None = None) -> None:
        """Write an event for a subject."""
        data = ending_data("shop", ["analytics"] if refuses else [], "browser")
        about = Subject(subject * 32 if len(subject) == 1 else subject, version, sub)
        receipt = f"{next(self.receipts):032x}"
        with self.engine.begin() as connection:
            outbox.add(connection, new_event(self.services.keys, 1, about, data, time=self.now, receipt_id=receipt))

    def number(self) -> int:
        with self.engine.begin() as connection:
            return outbox.number(connection, 1, 5000)

    def run(self, receiver_id: str, *, after: int = 0) -> ReceiverRow:
        """Number new events, send what is due `after` seconds later, and return the receiver's row."""
        self.now += after
        self.number()
        stop, counters = threading.Event(), Counters()
        ReceiverRun(
            self.engine, receiver_id, self.services.senders.sender_for, self.pace, counters, stop, lambda: self.now
        ).run()
        return self.receiver(receiver_id)

    def allow(self, host: str) -> None:
        """Allow deliveries to a host on this machine."""
        self.services.senders.allowed = AllowList((*self.services.senders.allowed.entries, host))

    def point(self, receiver_id: str, url: str) -> None:
        """Change a receiver's address."""
        with self.engine.begin() as connection:
            receivers.change(connection, receiver_id, address=url)

    def said(self, receiver_id: str) -> dict[str, int]:
        """Return the number of acknowledgments in each state."""
        with self.engine.connect() as connection:
            return dict(Counter(ack.state for ack in acks.newest(connection, receiver_id, 500)))

    def receiver(self, receiver_id: str) -> ReceiverRow:
        with self.engine.connect() as connection:
            row = receivers.get(connection, receiver_id)
        assert row
        return row

    def states(self, receiver_id: str) -> list[tuple[int, str, int]]:
        """Return the number, state and attempts of each recorded delivery."""
        with self.engine.connect() as connection:
            rows = [
                *deliveries.failing(connection, receiver_id, 500),
                *deliveries.dead(connection, receiver_id, 500),
            ]
        return sorted((row.n, row.state, row.tries) for row in rows)


@pytest.fixture
def heard() -> Iterator[EventReceiver]:
    receiver = EventReceiver()
    yield receiver
    receiver.close()


@pytest.fixture
def world(tmp_path: Path, heard: EventReceiver) -> Iterator[World]:
    engine = make_engine(f"sqlite:///{tmp_path / 'consent.sqlite'}")
    Base.metadata.create_all(engine)
    keys = load_keys(tmp_path / "keys")
    with engine.begin() as connection:
        connection.execute(insert(Site).values(id=1, key="shop", name="Shop", draft="{}", created_at=1))
    settings = Settings(instance=tmp_path, delivery_hosts=(heard.host,))
    made = World(engine, build_delivery(settings, engine, keys.secret), Author(AuditActor("tests"), keys.receipt))
    yield made
    made.services.senders.abort()
    engine.dispose()
