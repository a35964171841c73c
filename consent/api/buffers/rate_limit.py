"""In-memory rate limit of writes per address prefix and minute, checked before the body is parsed."""

import threading
import time
from collections.abc import Callable, Mapping

MAX_PREFIXES = 50_000
MINUTE_SECONDS = 60
SHARE = 10
"""Other processes are told of a prefix that has used this part of the limit; what uses less is nobody's business."""


class WriteLimit:
    """Counts writes by prefix, by the minutes of the clock; `per_minute` None lifts the limit.

    What other processes counted is learnt of now and then, so that visitors get one limit from all together. `seconds` is
    for a limit by other times than minutes.
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
        """Count one write of `prefix`; tell whether it is within the limit."""
        if self._per_minute is None:
            return True
        minute = int(self._clock()) // self._seconds
        with self._lock:
            if minute != self._minute or len(self._counts) > MAX_PREFIXES:
                self._minute, self._counts, self._others = minute, {}, {}
            count = self._counts.get(prefix, 0) + 1
            self._counts[prefix] = count
            return count + self._others.get(prefix, 0) <= self._per_minute

    @property
    def is_idle(self) -> bool:
        """Return whether nothing was counted yet, or the limit is lifted: nobody's network has to be known then."""
        return self._per_minute is None or not self._counts

    def has_room(self, prefix: bytes) -> bool:
        """Return whether one more of `prefix` would be within the limit, without counting it."""
        with self._lock:
            is_now = self._minute == int(self._clock()) // self._seconds
            return self._per_minute is None or not is_now or self._counts.get(prefix, 0) < self._per_minute

    def busy(self) -> tuple[int, dict[bytes, int]]:
        """Return the minute, counted from 1970-01-01, and the counts of the prefixes that others should know of."""
        with self._lock:
            if self._per_minute is None or self._minute != int(self._clock()) // self._seconds:
                return self._minute, {}
            least = max(self._per_minute // SHARE, 1)
            return self._minute, {prefix: count for prefix, count in self._counts.items() if count >= least}

    def learn(self, minute: int, others: Mapping[bytes, int]) -> None:
        """Take in how often all other processes together counted each prefix in `minute`."""
        with self._lock:
            if minute == self._minute:
                self._others = others
