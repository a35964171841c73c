"""Recompress cached responses at maximum Brotli quality in the background.

In the meantime, the first visitors get a faster but larger compression.
"""

import logging
import threading
import time
from collections.abc import Callable

from consent.api.http.response_cache import CachedBody

log = logging.getLogger(__name__)

MAX_WAITING = 64
"""Maximum queue length; a body that doesn't fit is queued by a later request."""
REST = 3
"""The thread rests this many times as long as it worked, so it uses at most a quarter of one core."""


class BrotliWorker:
    """A worker that compresses bodies one by one. Its thread starts with the first one, so each process has its own."""

    def __init__(self) -> None:
        self._waiting: dict[int, tuple[CachedBody, Callable[[], None]]] = {}
        self._work = threading.Condition()
        self._thread: threading.Thread | None = None
        self._is_closed = False

    def add(self, ready: CachedBody, done: Callable[[], None]) -> None:
        """Queue `ready` for compression unless it is queued already; call `done` once it is smaller."""
        if id(ready) in self._waiting or len(self._waiting) >= MAX_WAITING:
            return
        with self._work:
            if self._is_closed:
                return
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="brotli_worker", daemon=True)
                self._thread.start()
            self._waiting[id(ready)] = (ready, done)
            self._work.notify()

    def close(self) -> None:
        """Stop the thread after its current body; queued ones stay as they are."""
        with self._work:
            self._is_closed = True
            self._work.notify()
        if self._thread:
            self._thread.join()

    def _run(self) -> None:
        while True:
            with self._work:
                self._work.wait_for(lambda: self._is_closed or self._waiting)
                if self._is_closed:
                    return
                ready, done = next(iter(self._waiting.values()))
            began = time.monotonic()
            try:
                ready.recompress()
                done()
            except Exception:
                log.exception("recompressing a response failed")
            with self._work:
                del self._waiting[id(ready)]
                self._work.wait_for(lambda: self._is_closed, (time.monotonic() - began) * REST)
