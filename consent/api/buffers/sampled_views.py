"""Buffer of page views sampled by browsers, flushed every few seconds."""

import threading
from collections import Counter

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from consent.api.buffers.background_flush import Flusher
from consent.storage.statistics.enforcement import Asked, View, Views, add_views

FLUSH_SECONDS = 2.0
MAX_KINDS = 10_000


class SampledViews(Flusher):
    """A buffer whose counts one thread writes; they are kept while the database is down."""

    def __init__(self, engine: Engine, flush_s: float = FLUSH_SECONDS) -> None:
        super().__init__("sampled page views", engine, flush_s)
        self._engine = engine
        self._views: dict[View, Views] = {}
        self._asked: Counter[Asked] = Counter()
        self._lock = threading.Lock()

    def add(self, view: View, asked: list[Asked]) -> None:
        """Count one page view, and the vendors it contacted that may not run."""
        with self._lock:
            self._merge({view: Views(1, bool(asked))}, Counter(asked))

    def flush(self) -> None:
        """Write what was collected; keep it if the database can't be written to."""
        with self._lock:
            views, self._views = self._views, {}
            asked, self._asked = self._asked, Counter()
        if not views:
            return
        try:
            with self._engine.begin() as connection:
                add_views(connection, views, asked)
        except Exception as error:
            with self._lock:
                self._merge(views, asked)
            if not isinstance(error, SQLAlchemyError):
                raise
            self.outage.begins(error)
        else:
            self.outage.is_over()

    def _merge(self, views: dict[View, Views], asked: Counter[Asked]) -> None:
        for key, (number, with_asked) in views.items():
            known = self._views.get(key, Views(0, 0))
            self._views[key] = Views(known.views + number, known.asked + with_asked)
        for one, number in asked.items():
            if one in self._asked or len(self._asked) < MAX_KINDS:
                self._asked[one] += number
