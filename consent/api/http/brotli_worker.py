"""Recompress cached responses at maximum Brotli quality in the background.

In the meantime, the first visitors get a faster but larger compression.
"""

import threading
import time
from collections.abc import Callable

from consent.api.http.response_cache import CachedBody
from consent.background.thread import BackgroundThread

MAX_WAITING = 64
"""Maximum queue length; a body that doesn't fit is queued by a later request."""
REST = 3
"""The thread sleeps this many times as long as it worked, so it uses at most a quarter of one core."""


class BrotliWorker(BackgroundThread):
    """A worker that compresses bodies one by one. Its thread starts with the first one, so each process has its own."""

    def __init__(self) -> None:
        super().__init__("brotli_worker", None, first_s=0)
        self._waiting: dict[int, tuple[CachedBody, Callable[[], None]]] = {}
        self._lock = threading.Lock()

    def add(self, ready: CachedBody, done: Callable[[], None]) -> None:
        """Queue `ready` for compression unless it is queued already; call `done` once it is smaller."""
        if self.is_closing() or id(ready) in self._waiting or len(self._waiting) >= MAX_WAITING:
            return
        with self._lock:
            self._waiting[id(ready)] = (ready, done)
        self.start()
        self.wake()

    def _round(self) -> float | None:
        """Compress the first body; queued ones stay as they are after `close`."""
        with self._lock:
            if not self._waiting:
                return None
            ready, done = next(iter(self._waiting.values()))
        began = time.monotonic()
        try:
            ready.recompress()
            done()
        finally:
            with self._lock:
                del self._waiting[id(ready)]
        self._pause((time.monotonic() - began) * REST)
        return 0.0
