"""Background job that deletes expired receipts: requested runs, and a daily run for sites with auto-deletion."""

import logging
import time
from collections.abc import Callable

from sqlalchemy import Engine

from consent.privacy.eraser import Eraser
from consent.storage.privacy import retention, retention_runs
from consent.storage.privacy.retention_runs import Run
from consent.storage.sites import sites

log = logging.getLogger(__name__)

ITSELF = "the service"
"""The requester of automatic runs."""


class Pruner:
    """Executor of pending retention runs, one at a time. Any number of nodes may run it; each run is claimed by one."""

    def __init__(self, engine: Engine, eraser: Eraser, clock: Callable[[], float] = time.time) -> None:
        self._engine, self._eraser, self._clock = engine, eraser, clock

    def run_once(self) -> list[Run]:
        """Request the automatic runs that are due, execute all pending runs, and return them as claimed."""
        done = []
        with self._engine.begin() as connection:
            for site_id in retention_runs.due_sites(connection, self._now):
                retention_runs.request(connection, site_id, ITSELF, self._now)
        while run := self._claim():
            self._execute(run)
            done.append(run)
        return done

    def _claim(self) -> Run | None:
        with self._engine.begin() as connection:
            return retention_runs.claim(connection, self._now)

    def _execute(self, run: Run) -> None:
        with self._engine.connect() as connection:
            site = sites.by_id(connection, run.site_id)
            exempt = retention.preview(connection, run.site_id, self._now).exempt if site else 0
        total = 0
        for count in self._eraser.prune(site, by=run.by) if site else ():
            total += count
            with self._engine.begin() as connection:
                retention_runs.add_progress(connection, run.id, count, self._now)
        with self._engine.begin() as connection:
            retention_runs.finish(connection, run.id, exempt, self._now)
        if total and site:
            log.info("erased %d receipts of %s past their retention of %d months", total, site.key, run.months)

    @property
    def _now(self) -> int:
        return int(self._clock())
