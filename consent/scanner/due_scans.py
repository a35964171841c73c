"""Start the scans that sites have planned, so that no timer has to be set up beside the service."""

import time
from collections.abc import Callable

from sqlalchemy import Engine

from consent.storage.scans import scans


class DueScans:
    """Starts `consent scan --due` in a process of its own where the time of a site has come; any number of nodes may."""

    def __init__(
        self, engine: Engine, start_command: Callable[..., object], clock: Callable[[], float] = time.time
    ) -> None:
        self._engine, self._start_command, self._clock = engine, start_command, clock
        self._is_running = False

    def work(self) -> None:
        """Start it, unless the one that was started last goes on."""
        if self._is_running:
            return
        with self._engine.connect() as connection:
            due = scans.due(connection, int(self._clock()))
        if due:
            self._is_running = True
            self._start_command("scan", "--due", "--quiet", on_end=self._end)

    def _end(self, _code: int) -> None:
        self._is_running = False
