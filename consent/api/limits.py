"""How often one address prefix may write: in memory, per process, before anything is parsed. No address is kept longer."""

import threading
import time
from collections.abc import Callable

PREFIXES_KEPT = 50_000
_WINDOW_S = 60.0


class WriteLimit:
    """Counts writes by prefix in windows of a minute; `per_minute` None lifts the limit."""

    def __init__(self, per_minute: int | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_minute, self._clock = per_minute, clock
        self._counts: dict[bytes, int] = {}
        self._window = 0.0
        self._lock = threading.Lock()

    @property
    def is_lifted(self) -> bool:
        """Tell whether there is no limit."""
        return self._per_minute is None

    def admits(self, prefix: bytes) -> bool:
        """Count one write of `prefix`; tell whether it is within the limit."""
        if self._per_minute is None:
            return True
        now = self._clock()
        with self._lock:
            if now - self._window >= _WINDOW_S or len(self._counts) > PREFIXES_KEPT:
                self._window, self._counts = now, {}
            count = self._counts.get(prefix, 0) + 1
            self._counts[prefix] = count
        return count <= self._per_minute
