"""Background thread that deletes expired rows once an hour."""

import logging
import time
from collections.abc import Callable

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from consent.storage.database.database_thread import DatabaseThread
from consent.storage.maintenance.purge_erased_pages import purge_erased_pages
from consent.storage.operations import idempotency_keys, shared_counters
from consent.storage.privacy.erasures import prune_keys

log = logging.getLogger(__name__)

EVERY_SECONDS = 3600.0
ANSWER_SECONDS = 3600.0
"""Query timeout: purging the files of a large database takes a while."""
AGAIN_SECONDS = 30.0
"""Pause after a round in which the database was busy or unavailable, or a job failed."""


class Housekeeping(DatabaseThread):
    """Hourly deletion of receipt keys older than 60 days, and of expired idempotency keys and rate-limit counts.

    It then runs `also`, and purges erased data from the database files. Any number of nodes may run it.
    """

    def __init__(self, engine: Engine, every_s: float = EVERY_SECONDS) -> None:
        again_s = min(every_s, AGAIN_SECONDS)
        super().__init__(
            "housekeeping",
            engine,
            every_s,
            answer_s=ANSWER_SECONDS,
            outage_s=again_s,
            first_s=0,
            retry_s=again_s,
        )
        self._again_s = again_s
        self.also: tuple[Callable[[], object], ...] = ()

    def _round(self) -> float | None:
        """Run each job, even if an earlier one failed; the next round comes sooner if not all could be purged."""
        errors = [error for job in (self._prune_keys, self._prune_counts, *self.also) if (error := self._error_of(job))]
        is_purged = purge_erased_pages(self._engine)
        if errors:
            raise next((error for error in errors if not isinstance(error, SQLAlchemyError)), errors[0])
        return None if is_purged else self._again_s

    def _error_of(self, job: Callable[[], object]) -> Exception | None:
        """Run a job, and return the error that ended it."""
        try:
            job()
        except SQLAlchemyError as error:
            self._outage.begins(error)
            return error
        except Exception as error:
            self._log(error)
            return error
        return None

    def _prune_keys(self) -> None:
        number = prune_keys(self._engine, int(time.time()))
        if number:
            log.info("deleted %d keys of receipts older than 60 days", number)

    def _prune_counts(self) -> None:
        with self._engine.begin() as transaction:
            shared_counters.delete_expired(transaction, int(time.time()))
            idempotency_keys.delete_expired(transaction, int(time.time()))
