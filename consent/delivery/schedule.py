"""When a delivery that failed is tried again, and how fast a receiver gets events."""

import secrets

DELAYS = (5, 5 * 60, 30 * 60, 2 * 3600, 5 * 3600, 10 * 3600, 14 * 3600, 20 * 3600, 24 * 3600)
"""Seconds after each failed try; behind the last one a delivery is dead: after some three days."""
JITTER = 0.2
MAX_FAILURES = 20
"""So many failures in a row pause a receiver but for one probe a minute."""
PROBE_SECONDS = 60
MAX_BATCH = 500
MAX_THREADS = 16
MAX_PER_SECOND = 5000.0
MIN_SHARE = 1 / 64


def next_try(tries: int, now: int) -> int | None:
    """Return when the try after `tries` failed ones is due, unix seconds, or None where there is none."""
    if tries > len(DELAYS):
        return None
    delay = DELAYS[tries - 1]
    # Spread, so that what failed together does not come together again.
    return now + max(1, round(delay * secrets.SystemRandom().uniform(1 - JITTER, 1 + JITTER)))


class Pace:
    """How many events a second a receiver gets: half of it after each word that it is too busy, doubling back."""

    def __init__(self, limit_per_s: int = 0) -> None:
        self._limit, self._share = float(limit_per_s or MAX_PER_SECOND), 1.0

    @property
    def batch(self) -> int:
        """Return how many events are read at once."""
        return max(1, min(MAX_BATCH, int(self._limit * self._share)))

    @property
    def threads(self) -> int:
        """Return how many posts are under way at once."""
        return max(1, min(MAX_THREADS, int(MAX_THREADS * self._share)))

    def seconds_for(self, sent: int) -> float:
        """Return how long so many events take at least."""
        return sent / (self._limit * self._share)

    def slow_down(self) -> None:
        """Halve the rate."""
        self._share = max(MIN_SHARE, self._share / 2)

    def speed_up(self) -> None:
        """Double the rate, up to its limit."""
        self._share = min(1.0, self._share * 2)
