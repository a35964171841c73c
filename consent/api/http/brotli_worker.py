"""Recompress cached responses at maximum Brotli quality in the background.

The first visitors get a quicker, larger compression in the meantime.
"""

import threading
import time
from collections.abc import Callable

from consent.api.http.response_cache import Ready

MAX_WAITING = 64
"""Bodies in the queue; one that finds it full is queued by a later request."""
REST = 3
"""How many times as long as it has worked the thread rests, so that it takes a quarter of one core at most."""


class BrotliWorker:
    """Takes bodies one after the other. Its thread begins with the first, so that each worker process has its own."""

    def __init__(self) -> None:
        self._waiting: dict[int, tuple[Ready, Callable[[], None]]] = {}
        self._work = threading.Condition()
        self._thread: threading.Thread | None = None
        self._is_closed = False

    def add(self, ready: Ready, done: Callable[[], None]) -> None:
        """Queue `ready` for compression unless it is; call `done` once it is smaller."""
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
        """End the thread after the body that it has in hand; what waits stays as it is."""
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
            ready.recompress()
            done()
            with self._work:
                del self._waiting[id(ready)]
                self._work.wait_for(lambda: self._is_closed, (time.monotonic() - began) * REST)
