"""Cache with a byte limit, for data that many requests share: configs, scripts, decisions."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, NamedTuple, TypeVar

ENTRY_BYTES = 1500
"""Approximate size of an entry besides its body: the key, the headers and the objects around them."""
T = TypeVar("T")


class Usage(NamedTuple):
    """A cache's hits and misses since the start, and what it holds now."""

    hits: int
    misses: int
    entries: int
    bytes: int


class BoundedCache(Generic[T]):
    """Values by key; the least recently used ones are dropped when the total exceeds `max_bytes`.

    `weigh` returns the size of a value in bytes. One that is larger than the whole cache is not stored.
    """

    def __init__(self, max_bytes: int, weigh: Callable[[T], int]) -> None:
        self._max_bytes, self._weigh = max_bytes, weigh
        self._entries: OrderedDict[Hashable, tuple[T, int]] = OrderedDict()
        self._hits = self._misses = self._bytes = 0
        self._lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return the value stored under `key`, or store what `make` returns; nothing is stored if `make` raises."""
        with self._lock:
            entry = self._entries.get(key)
            if entry is not None:
                self._entries.move_to_end(key)
                self._hits += 1
                return entry[0]
            self._misses += 1
        value = make()
        self._store(key, value)
        return value

    def update_weight(self, key: Hashable) -> None:
        """Update the total after a value has changed its size."""
        with self._lock:
            entry = self._entries.get(key)
        if entry is not None:
            self._store(key, entry[0])

    def usage(self) -> Usage:
        """Return the current usage."""
        with self._lock:
            return Usage(self._hits, self._misses, len(self._entries), self._bytes)

    def _store(self, key: Hashable, value: T) -> None:
        weight = self._weigh(value)
        if weight > self._max_bytes:
            return
        with self._lock:
            self._bytes += weight - self._entries.get(key, (None, 0))[1]
            self._entries[key] = (value, weight)
            while self._bytes > self._max_bytes:
                _, (_, dropped) = self._entries.popitem(last=False)
                self._bytes -= dropped
