"""Background thread that removes exports that are expired or contain erased data."""

import logging

from sqlalchemy import Engine

from consent.exports.job_store import JobStore
from consent.storage.database.database_thread import DatabaseThread

log = logging.getLogger(__name__)

EVERY_SECONDS = 5.0
"""Maximum delay until files are removed after an erasure on another node."""
ANSWER_SECONDS = 5.0


class ExportSweeper(DatabaseThread):
    """Sweeps this node's exports: at startup, before resuming interrupted ones, and then periodically.

    `wake` triggers a sweep immediately.
    """

    def __init__(self, engine: Engine, exports: JobStore, every_s: float = EVERY_SECONDS) -> None:
        super().__init__("export-sweeper", engine, every_s, what="exports", answer_s=ANSWER_SECONDS, first_s=0)
        self._exports, self._has_resumed = exports, False

    def _round(self) -> None:
        try:
            self._sweep()
        except OSError as error:
            log.warning("could not remove expired exports: %s", error)

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
