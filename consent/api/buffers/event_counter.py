"""In-memory counter of banner events and rejected writes, flushed every few seconds."""

import threading
from collections import Counter

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from consent.api.buffers.background_flush import Flusher
from consent.storage.statistics.event_counters import Kind, add_counts

FLUSH_SECONDS = 2.0
MAX_KINDS = 10_000


class EventCounter(Flusher):
    """A counter whose counts one thread writes; they are kept while the database is down."""

    def __init__(self, engine: Engine, flush_s: float = FLUSH_SECONDS) -> None:
        super().__init__("event counter", engine, flush_s)
        self._engine = engine
        self._counts: Counter[Kind] = Counter()
        self._lock = threading.Lock()

    def add(self, kind: Kind) -> None:
        """Count one event."""
        with self._lock:
            if kind in self._counts or len(self._counts) < MAX_KINDS:
                self._counts[kind] += 1

    def flush(self) -> None:
        """Write what was collected; keep it if the database can't be written to."""
        with self._lock:
            counts, self._counts = self._counts, Counter()
        if not counts:
            return
        try:
            with self._engine.begin() as connection:
                add_counts(connection, counts)
        except Exception as error:
            with self._lock:
                self._counts.update(counts)
            if not isinstance(error, SQLAlchemyError):
                raise
            self.outage.begins(error)
        else:
            self.outage.is_over()
