"""Background thread that removes exports that are expired or contain erased data."""

import logging
import threading

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from consent.exports.job_store import JobStore
from consent.storage.database.outage import Outage
from consent.storage.database.query_timeout import answers_within

log = logging.getLogger(__name__)

EVERY_SECONDS = 5.0
"""Maximum delay until files are removed after an erasure on another node."""
ANSWER_SECONDS = 5.0


class ExportSweeper:
    """Sweeps this node's exports: at startup, before resuming interrupted ones, and then periodically.

    `wake` triggers a sweep immediately.
    """

    def __init__(self, engine: Engine, exports: JobStore, every_s: float = EVERY_SECONDS) -> None:
        self._exports, self._every_s, self._outage = exports, every_s, Outage(engine, "exports")
        self._stop, self._has_resumed = False, False
        self._wake = threading.Event()
        self._thread = threading.Thread(target=self._run, name="export-sweeper", daemon=True)

    def start(self) -> None:
        """Start the thread, which sweeps immediately."""
        self._thread.start()

    def close(self) -> None:
        """Stop the thread."""
        self._stop = True
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(5)

    def wake(self) -> None:
        """Wake the thread after an erasure."""
        self._wake.set()

    def _run(self) -> None:
        while not self._stop:
            self._wake.clear()
            try:
                with answers_within(ANSWER_SECONDS):
                    self._sweep()
                self._outage.is_over()
            except SQLAlchemyError as error:
                self._outage.begins(error)
            except OSError as error:
                log.warning("could not remove expired exports: %s", error)
            self._wake.wait(self._every_s)

    def _sweep(self) -> None:
        if removed := self._exports.sweep():
            log.info("removed %d exports that were expired or contained erased receipts", removed)
        if not self._has_resumed:
            try:
                self._exports.resume_all()
            except OSError as error:
                log.warning("could not resume interrupted exports: %s", error)
                return
            self._has_resumed = True
