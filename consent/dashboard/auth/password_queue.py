"""Limit how many passwords are hashed at once: each takes 64 MB and a core."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from werkzeug.exceptions import ServiceUnavailable

MAX_WAITING = 32
MAX_WAIT_SECONDS = 10.0
RETRY_SECONDS = 5


class PasswordQueue:
    """A queue in which `size` threads hash at once and at most `MAX_WAITING` others wait."""

    def __init__(self, size: int) -> None:
        self._slots = threading.BoundedSemaphore(size)
        self._places = threading.BoundedSemaphore(size + MAX_WAITING)

    @contextmanager
    def slot(self) -> Iterator[None]:
        """Wait for a slot and hold it.

        Raises ServiceUnavailable if too many threads wait, or if no slot is free within `MAX_WAIT_SECONDS`.
        """
        if not self._places.acquire(blocking=False):
            raise ServiceUnavailable(retry_after=RETRY_SECONDS)
        try:
            if not self._slots.acquire(timeout=MAX_WAIT_SECONDS):
                raise ServiceUnavailable(retry_after=RETRY_SECONDS)
            try:
                yield
            finally:
                self._slots.release()
        finally:
            self._places.release()


_queue = PasswordQueue(max(1, (os.cpu_count() or 1) // 2))
password_slot = _queue.slot
