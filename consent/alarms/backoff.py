"""Exponential backoff for notification channels that fail."""

from collections import Counter
from collections.abc import Sequence

from consent.alarms.notifier import Delivery

MAX_SKIPPED_CHECKS = 59
"""A failing channel is retried at least once an hour."""


class Backoff:
    """Retry schedule per channel: the next check after one failure, then twice the wait after each further failure."""

    def __init__(self) -> None:
        self._failures: Counter[str] = Counter()
        self._left: Counter[str] = Counter()

    def due(self, channels: Sequence[str]) -> list[str]:
        """Return the `channels` to try in the current check."""
        due = [channel for channel in channels if self._left[channel] <= 0]
        self._left.subtract(channel for channel in channels if channel not in due)
        return due

    def note(self, delivery: Delivery) -> None:
        """Record which channels succeeded and which failed."""
        for channel in delivery.reached:
            self._failures[channel] = 0
        for channel in delivery.failed:
            self._failures[channel] += 1
            self._left[channel] = min(2 ** (self._failures[channel] - 1) - 1, MAX_SKIPPED_CHECKS)
