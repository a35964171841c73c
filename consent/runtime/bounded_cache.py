"""Cache bounded in bytes, for what many requests share: configs, scripts, decisions."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, NamedTuple, TypeVar

ENTRY_BYTES = 1500
"""About what an entry takes beside its body: the key, the headers and the objects around them."""
T = TypeVar("T")


class Usage(NamedTuple):
    """What a cache was good for since the start, and what it holds now."""

    hits: int
    misses: int
    entries: int
    bytes: int


class BoundedCache(Generic[T]):
    """Values by what they depend on; the least recently used ones are dropped where all together take too many bytes.

    `weigh` returns the bytes of a value. One that is heavier than a whole cache is not stored.
    """

    def __init__(self, max_bytes: int, weigh: Callable[[T], int]) -> None:
        self._max_bytes, self._weigh = max_bytes, weigh
        self._entries: OrderedDict[Hashable, tuple[T, int]] = OrderedDict()
        self._hits = self._misses = self._bytes = 0
        self._lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return what is stored under `key`, made by `make` where nothing is; nothing is stored where `make` raises."""
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

    def weigh_again(self, key: Hashable) -> None:
        """Account for a value that has changed its weight."""
        with self._lock:
            entry = self._entries.get(key)
        if entry is not None:
            self._store(key, entry[0])

    def usage(self) -> Usage:
        """Return the counts."""
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
