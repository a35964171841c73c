"""Background thread that numbers new events and has them sent, in only one process across all nodes."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from consent.delivery.leader import Leader
from consent.delivery.live_receivers import ReceiverDirectory
from consent.delivery.receiver_run import Counters, ReceiverRun
from consent.delivery.schedule import Pace
from consent.delivery.senders import Senders
from consent.storage.database.database_thread import DatabaseThread
from consent.storage.delivery import deliveries, outbox, receivers, replays
from consent.storage.delivery.receivers import ReceiverRow

EVERY_SECONDS = 0.25
IDLE_SECONDS = 1.0
"""Seconds between checks while no site has a receiver."""
MAX_NUMBERED = 5000


class Dispatcher(DatabaseThread):
    """Sends events to receivers. `folder` is the instance folder."""

    def __init__(
        self,
        engine: Engine,
        senders: Senders,
        directory: ReceiverDirectory,
        folder: Path,
        clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(
            "dispatcher", engine, EVERY_SECONDS, what="dispatcher of deliveries", outage_s=IDLE_SECONDS, close_s=10
        )
        self._senders, self._directory, self._clock = senders, directory, clock
        self._leader = Leader(engine, folder)
        self._running: dict[str, threading.Thread] = {}
        self._paces: dict[str, Pace] = {}
        self.counters: dict[str, Counters] = {}
        self.also: Callable[[], object] = lambda: None
        """Called in each round, in the one process that sends."""

    def start(self) -> None:
        """Load which sites have receivers, and start the thread."""
        try:
            with self._engine.connect() as connection:
                self._directory.replace(receivers.every(connection))
        except SQLAlchemyError as error:
            self._outage.begins(error)
        super().start()

    def close(self) -> None:
        """Stop the thread and abort posts in progress; those are sent again after the next start."""
        self._is_closing.set()
        self._senders.abort()
        super().close()
        for thread in self._running.values():
            thread.join(2)
        self._leader.release()

    def run(self) -> bool:
        """Start all runs that are due, and return whether any site has receivers. Raises SQLAlchemyError."""
        with self._engine.connect() as connection:
            every = receivers.every(connection)
        self._directory.replace(every)
        if not every:
            self._leader.release()
            return False
        if not self._leader.is_leader():
            return True
        for site_id in {receiver.site_id for receiver in every}:
            self._number_events(site_id)
        self._forget_removed({receiver.id for receiver in every})
        for receiver in self._due_receivers(every):
            self._start(receiver)
        self.also()
        return True

    def _number_events(self, site_id: int) -> None:
        with self._engine.connect() as connection:
            if not outbox.has_unnumbered(connection, site_id):
                return
        while not self.is_closing():
            with self._engine.begin() as connection:
                if outbox.number(connection, site_id, MAX_NUMBERED) < MAX_NUMBERED:
                    return

    def _due_receivers(self, every: list[ReceiverRow]) -> list[ReceiverRow]:
        """Return the receivers that have something due and no run in progress."""
        now = int(self._clock())
        idle = [
            receiver
            for receiver in every
            if receiver.state == receivers.ON and receiver.next_probe_at <= now and not self._is_running(receiver.id)
        ]
        if not idle:
            return []
        with self._engine.connect() as connection:
            due, replayed = deliveries.due_receivers(connection, now), replays.running_receivers(connection)
            last = {site_id: outbox.last_number(connection, site_id) for site_id in {one.site_id for one in idle}}
        return [one for one in idle if one.cursor < last[one.site_id] or one.id in due or one.id in replayed]

    def _is_running(self, receiver_id: str) -> bool:
        thread = self._running.get(receiver_id)
        return thread is not None and thread.is_alive()

    def _start(self, receiver: ReceiverRow) -> None:
        pace = self._paces.setdefault(receiver.id, Pace(self._senders.limit_of(receiver)))
        counters = self.counters.setdefault(receiver.id, Counters())
        run = ReceiverRun(
            self._engine, receiver.id, self._senders.sender_for, pace, counters, self._is_closing, self._clock
        )
        thread = threading.Thread(target=self._post_batch, args=(run,), name=f"deliver-{receiver.id[:6]}", daemon=True)
        self._running[receiver.id] = thread
        thread.start()

    def _post_batch(self, run: ReceiverRun) -> None:
        try:
            run.run()
        except SQLAlchemyError as error:
            self._outage.begins(error)
        except Exception as error:
            self._log(error)

    def _forget_removed(self, present: set[str]) -> None:
        for receiver_id in [one for one in self._running if one not in present and not self._is_running(one)]:
            del self._running[receiver_id]
            self._paces.pop(receiver_id, None)
            self._senders.drop(receiver_id)

    def _round(self) -> float:
        return EVERY_SECONDS if self.run() else IDLE_SECONDS
