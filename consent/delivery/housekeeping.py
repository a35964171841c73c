"""Delete what deliveries no longer need: whom events were about, old and dead events, and old acknowledgments."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Engine

from consent.core.account import MAX_GRANT_MONTHS
from consent.core.days import DAY_SECONDS
from consent.delivery.event import ENDINGS
from consent.storage.database.base import Transaction
from consent.storage.delivery import acks, deliveries, outbox, receivers, replays
from consent.storage.privacy import retention
from consent.storage.sites import sites

MONTH_SECONDS = 31 * DAY_SECONDS
STEP = 1000
REPLAY_DAYS = 90


@dataclass(frozen=True, slots=True)
class Periods:
    """How many days events are kept for replays, and dead deliveries for a manual resend."""

    outbox_days: int = 90
    dead_days: int = 30


class DeliveryPruner:
    """Deletes events after `periods`; acknowledgments are kept as long as the receipts of their site."""

    def __init__(self, engine: Engine, periods: Periods, clock: Callable[[], float] = time.time) -> None:
        self._engine, self._periods, self._clock = engine, periods, clock

    def run_once(self) -> int:
        """Delete what has expired, and return how many events that was."""
        with self._engine.connect() as connection:
            owners = [site.id for site in sites.every(connection)]
        return sum(self._prune_site(site_id) for site_id in owners)

    def _prune_site(self, site_id: int) -> int:
        now, done = int(self._clock()), 0
        with self._engine.begin() as connection:
            dead = self._periods.dead_days * DAY_SECONDS
            outbox.unseal(connection, site_id, now, dead)
            outbox.prune_endings(connection, site_id, ENDINGS)
            acks.prune_used(connection, now)
            replays.prune(connection, now - REPLAY_DAYS * DAY_SECONDS)
            for receiver in receivers.of_site(connection, site_id):
                deliveries.prune(connection, receiver.id, now - dead)
                self._prune_acks(connection, site_id, receiver.id, now)
        before = now - self._periods.outbox_days * DAY_SECONDS
        while True:
            with self._engine.begin() as connection:
                count = outbox.prune(connection, site_id, before, STEP)
            done += count
            if count < STEP:
                return done

    def _prune_acks(self, connection: Transaction, site_id: int, receiver_id: str, now: int) -> None:
        if retention.prunes_automatically(connection, site_id):
            months = retention.months_of(connection, site_id) + MAX_GRANT_MONTHS
            acks.prune(connection, receiver_id, now - months * MONTH_SECONDS)
