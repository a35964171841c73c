"""In-memory limit on writes per address prefix and minute, checked before the body is parsed."""

import threading
import time
from collections.abc import Callable, Mapping
from heapq import nlargest
from operator import itemgetter

from consent.core.days import MINUTE_SECONDS

MAX_PREFIXES = 50_000
SHARE = 10
"""Other processes learn of a prefix once it has used this fraction of the limit; lower counts aren't shared."""


class WriteLimit:
    """A limit on writes per prefix and clock minute; `per_minute` None lifts it.

    Counts of other processes are merged in from time to time, so that one limit applies to a visitor in all of them.
    `seconds` sets a window other than a minute.
    """

    def __init__(
        self, per_minute: int | None, clock: Callable[[], float] = time.time, seconds: int = MINUTE_SECONDS
    ) -> None:
        self._per_minute, self._clock, self._seconds = per_minute, clock, seconds
        self._counts: dict[bytes, int] = {}
        self._others: Mapping[bytes, int] = {}
        self._minute = 0
        self._lock = threading.Lock()

    @property
    def is_lifted(self) -> bool:
        """Return whether there is no limit."""
        return self._per_minute is None

    def admits(self, prefix: bytes) -> bool:
        """Count one write by `prefix`, and return whether it is within the limit."""
        if self._per_minute is None:
            return True
        minute = int(self._clock()) // self._seconds
        with self._lock:
            if minute != self._minute:
                self._minute, self._counts, self._others = minute, {}, {}
            elif len(self._counts) > MAX_PREFIXES:
                # Keep the higher half, so that a network over the limit stays over it; the next time is far away.
                self._counts = dict(nlargest(MAX_PREFIXES // 2, self._counts.items(), key=itemgetter(1)))
            count = self._counts.get(prefix, 0) + 1
            self._counts[prefix] = count
            return count + self._others.get(prefix, 0) <= self._per_minute

    @property
    def is_idle(self) -> bool:
        """Return whether nothing has been counted yet, or the limit is lifted: then the network needn't be known."""
        return self._per_minute is None or not self._counts

    def has_room(self, prefix: bytes) -> bool:
        """Return whether one more write by `prefix` would be within the limit, without counting it."""
        with self._lock:
            is_now = self._minute == int(self._clock()) // self._seconds
            return self._per_minute is None or not is_now or self._counts.get(prefix, 0) < self._per_minute

    def shareable_counts(self) -> tuple[int, dict[bytes, int]]:
        """Return the minute, counted from 1970-01-01, and the counts of the prefixes to share with other processes."""
        with self._lock:
            if self._per_minute is None or self._minute != int(self._clock()) // self._seconds:
                return self._minute, {}
            threshold = max(self._per_minute // SHARE, 1)
            return self._minute, {prefix: count for prefix, count in self._counts.items() if count >= threshold}

    def set_remote_counts(self, minute: int, others: Mapping[bytes, int]) -> None:
        """Store how often all other processes together counted each prefix in `minute`."""
        with self._lock:
            if minute == self._minute:
                self._others = others
