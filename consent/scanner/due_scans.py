"""Start the scheduled scans of sites, so that no external timer is needed."""

import time
from collections.abc import Callable

from sqlalchemy import Engine

from consent.storage.scans import scans


class DueScans:
    """Starts `consent scan --due` as a process when a site is due; can run on any number of nodes."""

    def __init__(
        self, engine: Engine, start_command: Callable[..., object], clock: Callable[[], float] = time.time
    ) -> None:
        self._engine, self._start_command, self._clock = engine, start_command, clock
        self._is_running = False

    def run_once(self) -> None:
        """Start the process, unless the previous one is still running."""
        if self._is_running:
            return
        with self._engine.connect() as connection:
            due = scans.due(connection, int(self._clock()))
        if due:
            self._is_running = True
            try:
                self._start_command("scan", "--due", "--quiet", on_end=self._end)
            except BaseException:
                self._is_running = False
                raise

    def _end(self, _code: int) -> None:
        self._is_running = False
