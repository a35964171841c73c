"""A thread that makes bodies as small as can be, after their first visitors have had them sooner."""

import queue
import threading

from consent.api.answer import Answer
from consent.api.prepared import Prepared, Ready


class Squeezer:
    """Takes bodies one after the other, and out of `answers` those that hold one as it was before.

    Its thread begins with the first, so that each worker process has its own.
    """

    def __init__(self, answers: Prepared[Answer]) -> None:
        self._answers = answers
        self._waiting: queue.SimpleQueue[Ready | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._is_closed = False

    def add(self, ready: Ready) -> None:
        """Have `ready` squeezed soon."""
        with self._lock:
            if self._thread is None and not self._is_closed:
                self._thread = threading.Thread(target=self._run, name="squeezer", daemon=True)
                self._thread.start()
        self._waiting.put(ready)

    def close(self) -> None:
        """End the thread after the body that it has in hand; what waits stays as it is."""
        with self._lock:
            self._is_closed = True
        self._waiting.put(None)
        if self._thread:
            self._thread.join()

    def _run(self) -> None:
        while not self._is_closed:
            ready = self._waiting.get()
            if ready:
                self._answers.drop(ready.squeeze())
