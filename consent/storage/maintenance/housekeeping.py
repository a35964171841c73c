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
"""Files of a large database take their time to be cleared."""
AGAIN_SECONDS = 30.0
"""After a round in which the database was busy or unavailable."""


class Housekeeping:
    """Deletes keys of receipts that are older than 60 days, and idempotency keys and counts that are over.

    It does what `also` does. Then it clears the files of what was erased. Any number of nodes may do it.
    """

    def __init__(self, engine: Engine, every_s: float = EVERY_SECONDS) -> None:
        self._engine, self._every_s, self._outage = engine, every_s, Outage(engine, "housekeeping")
        self.also: tuple[Callable[[], object], ...] = ()
        self._stop = False
        self._wake = threading.Event()
        self._thread = threading.Thread(target=self._run, name="housekeeping", daemon=True)

    def start(self) -> None:
        """Start the thread; its first round is at once."""
        self._thread.start()

    def close(self) -> None:
        """End the thread."""
        self._stop = True
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(5)

    def wake(self) -> None:
        """Wake the thread: something was erased, or is to be."""
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
        """Do what is to be done; return whether all of it could be done."""
        number = prune_keys(self._engine, int(time.time()))
        if number:
            log.info("deleted %d keys of receipts older than 60 days", number)
        with self._engine.begin() as transaction:
            shared_counters.delete_expired(transaction, int(time.time()))
            idempotency_keys.delete_expired(transaction, int(time.time()))
        for work in self.also:
            work()
        return purge_erased_pages(self._engine)
