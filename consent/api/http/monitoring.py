"""Counters and state of one process, for metrics, readiness and the log of an outage."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from consent.background.thread import BackgroundThread
from consent.nodes.heartbeat import Node
from consent.storage.database.outage import Outage


class Counter:
    """A number that several threads increment."""

    def __init__(self) -> None:
        self.count = 0
        self._lock = threading.Lock()

    def add(self) -> None:
        """Increment it by one."""
        with self._lock:
            self.count += 1


class RefusalCounter:
    """Counts of refused requests, by endpoint and error code."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, str], int] = {}
        self._lock = threading.Lock()

    def add(self, endpoint: str, code: str) -> None:
        """Count one refusal."""
        with self._lock:
            key = (endpoint, code)
            self._counts[key] = self._counts.get(key, 0) + 1

    def items(self) -> list[tuple[tuple[str, str], int]]:
        """Return all counts."""
        with self._lock:
            return list(self._counts.items())


class GateCounter:
    """Counts of events judged for a gate, by site, vendor, outcome and reason."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, str, str, str], int] = {}
        self._lock = threading.Lock()

    def add(self, site: str, vendor: str, outcome: str, reason: str, count: int = 1) -> None:
        """Count `count` events."""
        with self._lock:
            key = (site, vendor, outcome, reason)
            self._counts[key] = self._counts.get(key, 0) + count

    def items(self) -> list[tuple[tuple[str, str, str, str], int]]:
        """Return all counts."""
        with self._lock:
            return list(self._counts.items())


@dataclass(slots=True)
class Monitoring:
    """This process as one of several nodes, its counters, and whether it is shutting down.

    `written` counts acknowledged receipts; `outage` logs once when the database fails requests; `purge_warnings`
    returns a warning for each edge cache that accepts no purges. `threads` are all that repeat the same work.
    """

    node: Node
    outage: Outage
    refused: RefusalCounter = field(default_factory=RefusalCounter)
    gated: GateCounter = field(default_factory=GateCounter)
    written: Counter = field(default_factory=Counter)
    purge_warnings: Callable[[], Sequence[str]] = tuple
    threads: Sequence[BackgroundThread] = ()
    is_stopping: bool = False
