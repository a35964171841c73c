"""When a failed delivery is retried, and how fast events are sent to a receiver."""

import secrets

DELAYS = (5, 5 * 60, 30 * 60, 2 * 3600, 5 * 3600, 10 * 3600, 14 * 3600, 20 * 3600, 24 * 3600)
"""Seconds after each failed try; after the last one, some three days later, a delivery is dead."""
JITTER = 0.2
MAX_FAILURES = 20
"""After this many failures in a row, a receiver gets only one probe a minute."""
PROBE_SECONDS = 60
MAX_BATCH = 500
MAX_THREADS = 16
MAX_PER_SECOND = 5000.0
MIN_SHARE = 1 / 64


def next_try(tries: int, now: int) -> int | None:
    """Return when the next try after `tries` failed ones is due, in unix seconds, or None if there is none."""
    if tries > len(DELAYS):
        return None
    delay = DELAYS[tries - 1]
    # Add jitter, so that deliveries that failed together aren't retried together.
    return now + max(1, round(delay * secrets.SystemRandom().uniform(1 - JITTER, 1 + JITTER)))


class Pace:
    """How many events a second a receiver is sent: halved when it is too busy, then doubled up to its limit again."""

    def __init__(self, limit_per_s: int = 0) -> None:
        self._limit, self._share = float(limit_per_s or MAX_PER_SECOND), 1.0

    @property
    def batch(self) -> int:
        """Return how many events to read at once."""
        return max(1, min(MAX_BATCH, int(self._limit * self._share)))

    @property
    def threads(self) -> int:
        """Return how many posts to make in parallel."""
        return max(1, min(MAX_THREADS, int(MAX_THREADS * self._share)))

    def seconds_for(self, sent: int) -> float:
        """Return the minimum time for this many events, in seconds."""
        return sent / (self._limit * self._share)

    def slow_down(self) -> None:
        """Halve the rate."""
        self._share = max(MIN_SHARE, self._share / 2)

    def speed_up(self) -> None:
        """Double the rate, up to its limit."""
        self._share = min(1.0, self._share * 2)
