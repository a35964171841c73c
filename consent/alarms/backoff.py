"""Exponential backoff for notification channels that fail."""

from collections import Counter
from collections.abc import Sequence

from consent.alarms.notifier import Delivery

MAX_SKIPPED_CHECKS = 59
"""Checks between two attempts at most: about an hour."""


class Backoff:
    """Retry a channel at the next check after one failure, and after twice as many checks for each further one."""

    def __init__(self) -> None:
        self._failures: Counter[str] = Counter()
        self._left: Counter[str] = Counter()

    def due(self, channels: Sequence[str]) -> list[str]:
        """Return those of `channels` that are tried in the check that begins now."""
        due = [channel for channel in channels if self._left[channel] <= 0]
        self._left.subtract(channel for channel in channels if channel not in due)
        return due

    def note(self, delivery: Delivery) -> None:
        """Record which channels work and which fail."""
        for channel in delivery.reached:
            self._failures[channel] = 0
        for channel in delivery.failed:
            self._failures[channel] += 1
            self._left[channel] = min(2 ** (self._failures[channel] - 1) - 1, MAX_SKIPPED_CHECKS)
