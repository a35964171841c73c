"""Background thread that periodically flushes in-memory counters."""

from abc import abstractmethod

from sqlalchemy import Engine

from consent.background.thread import BackgroundThread
from consent.storage.database.outage import Outage


class Flusher(BackgroundThread):
    """A buffer whose `flush` runs every `flush_s` seconds in a thread of its own, and once more on close.

    `outage` logs once when the database can't be written to.
    """

    def __init__(self, name: str, engine: Engine, flush_s: float) -> None:
        super().__init__(name.replace(" ", "-"), flush_s)
        self.outage = Outage(engine, name)

    @abstractmethod
    def flush(self) -> None:
        """Write what was collected; a database outage never raises."""

    def close(self) -> None:
        """Stop the thread and write what is left."""
        super().close()
        self.flush()

    def _round(self) -> None:
        self.flush()
