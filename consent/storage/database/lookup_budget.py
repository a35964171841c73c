"""Bound how many names that strangers may have invented are looked up in the database."""

import threading
import time
from collections.abc import Callable

from consent.storage.database.nonblocking import leave_event_loop

PER_SECOND = 20.0
MAX_AT_ONCE = 100


class LookupBudget:
    """Admits so many look-ups a second in a process, and a few more at once after a pause.

    It is for names that are kept in memory once they were found: only invented ones are looked up again and again.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._left, self._at = float(MAX_AT_ONCE), clock()
        self._lock = threading.Lock()

    def admits(self) -> bool:
        """Count one look-up; tell whether it is within the bound. Raises WouldBlockError within `nonblocking`."""
        leave_event_loop()
        with self._lock:
            now = self._clock()
            self._left = min(MAX_AT_ONCE, self._left + (now - self._at) * PER_SECOND)
            self._at = now
            if self._left < 1:
                return False
            self._left -= 1
            return True
