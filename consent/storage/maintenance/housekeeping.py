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
"""Pause after a round in which the database was busy or unavailable, or a job failed."""


class Housekeeping:
    """Hourly deletion of receipt keys older than 60 days, and of expired idempotency keys and rate-limit counts.

    It then runs `also`, and purges erased data from the database files. Any number of nodes may run it.
    """

    def __init__(self, engine: Engine, every_s: float = EVERY_SECONDS) -> None:
        self._engine, self._every_s, self._outage = engine, every_s, Outage(engine, "housekeeping")
        self.also: tuple[Callable[[], object], ...] = ()
        self._stop, self._is_served, self._is_purged = False, True, False
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
            is_done = self._round()
            self._wake.wait(self._every_s if is_done else min(self._every_s, AGAIN_SECONDS))
            self._wake.clear()

    def _round(self) -> bool:
        """Run each job, even if an earlier one failed; return whether all of the work could be done."""
        self._is_served, self._is_purged = True, False
        jobs = (self._prune_keys, self._prune_counts, *self.also, self._purge_pages)
        results = [self._succeeds(job) for job in jobs]
        if self._is_served:
            self._outage.is_over()
        return all(results) and self._is_purged

    def _succeeds(self, job: Callable[[], object]) -> bool:
        try:
            with answers_within(ANSWER_SECONDS):
                job()
        except SQLAlchemyError as error:
            self._is_served = False
            self._outage.begins(error)
        except Exception:
            log.exception("housekeeping: a job failed")
        else:
            return True
        return False

    def _prune_keys(self) -> None:
        number = prune_keys(self._engine, int(time.time()))
        if number:
            log.info("deleted %d keys of receipts older than 60 days", number)

    def _prune_counts(self) -> None:
        with self._engine.begin() as transaction:
            shared_counters.delete_expired(transaction, int(time.time()))
            idempotency_keys.delete_expired(transaction, int(time.time()))

    def _purge_pages(self) -> None:
        self._is_purged = purge_erased_pages(self._engine)
