"""Background thread that deletes expired rows once an hour."""

import logging
import threading
import time
from collections.abc import Callable

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from consent.storage.database.outage import Outage
from consent.storage.database.query_timeout import answers_within
from consent.storage.maintenance.purge_erased_pages import purge_erased_pages
from consent.storage.operations import idempotency_keys, shared_counters
from consent.storage.privacy.erasures import prune_keys

log = logging.getLogger(__name__)

EVERY_SECONDS = 3600.0
ANSWER_SECONDS = 3600.0
"""Query timeout: purging the files of a large database takes a while."""
AGAIN_SECONDS = 30.0
"""Pause after a round in which the database was busy or unavailable."""


class Housekeeping:
    """Hourly deletion of receipt keys older than 60 days, and of expired idempotency keys and rate-limit counts.

    It then runs `also`, and purges erased data from the database files. Any number of nodes may run it.
    """

    def __init__(self, engine: Engine, every_s: float = EVERY_SECONDS) -> None:
        self._engine, self._every_s, self._outage = engine, every_s, Outage(engine, "housekeeping")
        self.also: tuple[Callable[[], object], ...] = ()
        self._stop = False
        self._wake = threading.Event()
        self._thread = threading.Thread(target=self._run, name="housekeeping", daemon=True)

    def start(self) -> None:
        """Start the thread; the first round runs at once."""
        self._thread.start()

    def close(self) -> None:
        """Stop the thread."""
        self._stop = True
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(5)

    def wake(self) -> None:
        """Wake the thread because something was erased or should be."""
        self._wake.set()

    def _run(self) -> None:
        while not self._stop:
            try:
                with answers_within(ANSWER_SECONDS):
                    is_done = self._round()
                self._outage.is_over()
            except SQLAlchemyError as error:
                self._outage.begins(error)
                is_done = False
            self._wake.wait(self._every_s if is_done else min(self._every_s, AGAIN_SECONDS))
            self._wake.clear()

    def _round(self) -> bool:
        """Do one round of work; return whether all of it could be done."""
        number = prune_keys(self._engine, int(time.time()))
        if number:
            log.info("deleted %d keys of receipts older than 60 days", number)
        with self._engine.begin() as transaction:
            shared_counters.delete_expired(transaction, int(time.time()))
            idempotency_keys.delete_expired(transaction, int(time.time()))
        for work in self.also:
            work()
        return purge_erased_pages(self._engine)
