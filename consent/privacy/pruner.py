"""Background thread that deletes expired receipts: requested runs, and a daily run for sites with auto-deletion."""

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
"""As whom a site is pruned that prunes by itself."""


class Pruner:
    """Does the runs that wait, one after another; any number of nodes may do it, and each run is one node's."""

    def __init__(self, engine: Engine, eraser: Eraser, clock: Callable[[], float] = time.time) -> None:
        self._engine, self._eraser, self._clock = engine, eraser, clock

    def work(self) -> list[Run]:
        """Request the automatic runs that are due, execute all that wait, and return them as they began."""
        done = []
        with self._engine.begin() as connection:
            for site_id in retention_runs.due_sites(connection, self._now):
                retention_runs.request(connection, site_id, ITSELF, self._now)
        while run := self._take():
            self._do(run)
            done.append(run)
        return done

    def _take(self) -> Run | None:
        with self._engine.begin() as connection:
            return retention_runs.claim(connection, self._now)

    def _do(self, run: Run) -> None:
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
            log.info("erased %d receipts of %s that were kept for %d months", total, site.key, run.months)

    @property
    def _now(self) -> int:
        return int(self._clock())
