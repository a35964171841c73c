"""Background thread that periodically flushes in-memory counters."""

import logging
import threading
from abc import ABC, abstractmethod

from sqlalchemy import Engine

from consent.storage.database.outage import Outage

log = logging.getLogger(__name__)


class Flusher(ABC):
    """A buffer whose `flush` runs every `flush_s` seconds in a thread of its own, and once more on close.

    `outage` logs once when the database can't be written to.
    """

    def __init__(self, name: str, engine: Engine, flush_s: float) -> None:
        self._flush_s = flush_s
        self.outage = Outage(engine, name)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name.replace(" ", "-"), daemon=True)

    @abstractmethod
    def flush(self) -> None:
        """Write what was collected; a database outage never raises."""

    def start(self) -> None:
        """Start the thread that flushes."""
        self._thread.start()

    def close(self) -> None:
        """Stop the thread and write what is left."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(5)
        self.flush()

    def _run(self) -> None:
        while not self._stop.wait(self._flush_s):
            try:
                self.flush()
            except Exception:
                log.exception("%s: a flush failed", self._thread.name)
