"""Counts of how places were found, for metrics and warnings: in memory, per process, no address among them."""

import secrets
import threading
from dataclasses import dataclass, field

from consent.geo.doubts import SENTENCES

ADDRESSES_FOLLOWED = 16
_FADES_AFTER = 4096
_FEWEST_VISITS = 200


@dataclass(frozen=True, slots=True)
class Report:
    """Since start: visits, those of unknown place, and doubts by code of `SENTENCES`.

    `busiest_share` is what part of the latest visits (some thousands at most, `recent` in number) surely came from one
    address; it may be up to 1/17 more.
    """

    visits: int
    unknown: int
    doubts: dict[str, int] = field(default_factory=dict)
    recent: int = 0
    busiest_share: float = 0.0

    @property
    def has_busy_address(self) -> bool:
        """Tell whether one address carries most visits: it is probably a proxy that does not say whom it speaks for."""
        return self.recent >= _FEWEST_VISITS and self.busiest_share > 0.5


class Tally:
    """Counters that threads share."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._visits = self._unknown = 0
        self._doubts = dict.fromkeys(SENTENCES, 0)
        self._salt = secrets.token_bytes(16)
        # Misra and Gries, "Finding repeated elements" (1982): whoever has more than 1/17 of all is among these 16.
        self._followed: dict[int, int] = {}
        self._recent = 0

    def count(self, is_known: bool, doubt: str | None, address: bytes | None) -> None:
        """Count one visit; `address` is the packed one that it seems to come from, followed by a salted hash."""
        with self._lock:
            self._visits += 1
            if not is_known:
                self._unknown += 1
            if doubt is not None:
                self._doubts[doubt] += 1
            if address is not None:
                self._follow(hash(self._salt + address))

    def report(self) -> Report:
        """Return the counts as they are now."""
        with self._lock:
            busiest = max(self._followed.values(), default=0)
            share = busiest / self._recent if self._recent else 0.0
            return Report(self._visits, self._unknown, dict(self._doubts), self._recent, share)

    def _follow(self, key: int) -> None:
        followed = self._followed
        self._recent += 1
        if key in followed or len(followed) < ADDRESSES_FOLLOWED:
            followed[key] = followed.get(key, 0) + 1
        else:
            self._followed = {other: count - 1 for other, count in followed.items() if count > 1}
        if self._recent >= _FADES_AFTER:
            self._recent //= 2
            self._followed = {other: count // 2 for other, count in self._followed.items() if count > 1}
