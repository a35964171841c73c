"""Limit database look-ups of names that clients may have made up."""

import threading
import time
from collections.abc import Callable

from consent.storage.database.nonblocking import leave_event_loop

PER_SECOND = 20.0
MAX_AT_ONCE = 100


class LookupBudget:
    """Limit on look-ups per second in a process, with a burst after a pause.

    For names that are cached once found: only made-up names are looked up again and again.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._left, self._at = float(MAX_AT_ONCE), clock()
        self._lock = threading.Lock()

    def admits(self) -> bool:
        """Spend one look-up and return whether the budget allowed it. Raises WouldBlockError within `nonblocking`."""
        leave_event_loop()
        with self._lock:
            now = self._clock()
            self._left = min(MAX_AT_ONCE, self._left + (now - self._at) * PER_SECOND)
            self._at = now
            if self._left < 1:
                return False
            self._left -= 1
            return True
