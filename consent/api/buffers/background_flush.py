"""Background thread that periodically flushes in-memory counters."""

import threading
from abc import ABC, abstractmethod

from sqlalchemy import Engine

from consent.storage.database.outage import Outage


class Flusher(ABC):
    """Calls `flush` every `flush_s` seconds from a thread of its own, and once more at the end.

    `outage` tells the log of a database that does not take it: once.
    """

    def __init__(self, name: str, engine: Engine, flush_s: float) -> None:
        self._flush_s = flush_s
        self.outage = Outage(engine, name)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name.replace(" ", "-"), daemon=True)

    @abstractmethod
    def flush(self) -> None:
        """Write what was gathered; never raises because the database is away."""

    def start(self) -> None:
        """Start the thread that writes."""
        self._thread.start()

    def close(self) -> None:
        """End the thread and write what is left."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(5)
        self.flush()

    def _run(self) -> None:
        while not self._stop.wait(self._flush_s):
            self.flush()
