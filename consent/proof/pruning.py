"""Retention as it runs in the service: what people asked for, and once a day the sites that prune by themselves."""

import logging
import time
from collections.abc import Callable

from sqlalchemy import Engine

from consent.proof.erasing import Eraser
from consent.storage import retention, retention_runs, sites
from consent.storage.retention_runs import Run

log = logging.getLogger(__name__)

ITSELF = "the service"
"""As whom a site is pruned that prunes by itself."""


class Pruner:
    """Does the runs that wait, one after another; any number of nodes may do it, and each run is one node's."""

    def __init__(self, engine: Engine, eraser: Eraser, clock: Callable[[], float] = time.time) -> None:
        self._engine, self._eraser, self._clock = engine, eraser, clock

    def work(self) -> list[Run]:
        """Ask for the runs that are due by themselves, do all that wait, and return them as they began."""
        done = []
        with self._engine.begin() as connection:
            for site_id in retention_runs.due_sites(connection, self._now):
                retention_runs.ask(connection, site_id, ITSELF, self._now)
        while run := self._take():
            self._do(run)
            done.append(run)
        return done

    def _take(self) -> Run | None:
        with self._engine.begin() as connection:
            return retention_runs.take(connection, self._now)

    def _do(self, run: Run) -> None:
        with self._engine.connect() as connection:
            site = sites.by_id(connection, run.site_id)
            exempt = retention.preview(connection, run.site_id, self._now).exempt if site else 0
        total = 0
        for count in self._eraser.prune(site, by=run.by) if site else ():
            total += count
            with self._engine.begin() as connection:
                retention_runs.tell(connection, run.id, count, self._now)
        with self._engine.begin() as connection:
            retention_runs.finish(connection, run.id, exempt, self._now)
        if total and site:
            log.info("erased %d receipts of %s that were kept for %d months", total, site.key, run.months)

    @property
    def _now(self) -> int:
        return int(self._clock())
