"""How long a way by which nothing arrives is left alone: a receiver that hangs must not hold up all others each minute."""

from collections import Counter
from collections.abc import Sequence

from consent.alarms.outlet import Telling

MOST_LOOKS = 59
"""So many looks are left out at most: about an hour."""


class Rests:
    """Counts looks: after one failure a way is tried at the next look, after each more in a row twice as late."""

    def __init__(self) -> None:
        self._failures: Counter[str] = Counter()
        self._left: Counter[str] = Counter()

    def those_up(self, ways: Sequence[str]) -> list[str]:
        """Return those of `ways` that are tried in the look that begins now."""
        up = [way for way in ways if self._left[way] <= 0]
        self._left.subtract(way for way in ways if way not in up)
        return up

    def note(self, telling: Telling) -> None:
        """Note which ways work and which do not."""
        for way in telling.reached:
            self._failures[way] = 0
        for way in telling.failed:
            self._failures[way] += 1
            self._left[way] = min(2 ** (self._failures[way] - 1) - 1, MOST_LOOKS)
