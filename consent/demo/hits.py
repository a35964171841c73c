"""What the vendors' hosts were asked for, counted for everybody to see."""

import threading
from collections import Counter
from collections.abc import Iterable
from typing import Any

MOST_PATHS = 500
"""How many different paths are counted, so that a crawler cannot fill the memory."""


class Hits:
    """A thread-safe count of requests by host and path, with the names of the cookies that came along."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[tuple[str, str]] = Counter()
        self._cookies: dict[str, set[str]] = {}

    def record(self, host: str, path: str, cookies: Iterable[str]) -> None:
        """Count one request to `path` of `host` that carried cookies of the names `cookies`."""
        with self._lock:
            if (host, path) in self._counts or len(self._counts) < MOST_PATHS:
                self._counts[host, path] += 1
                self._cookies.setdefault(host, set()).update(list(cookies)[:50])

    def report(self) -> dict[str, Any]:
        """Return `{total, hosts: {host: {path: count}}, cookies: {host: [names]}}`."""
        with self._lock:
            hosts: dict[str, dict[str, int]] = {}
            for (host, path), count in sorted(self._counts.items()):
                hosts.setdefault(host, {})[path] = count
            cookies = {host: sorted(names) for host, names in sorted(self._cookies.items()) if names}
            return {"total": self._counts.total(), "hosts": hosts, "cookies": cookies}

    def reset(self) -> None:
        """Begin again from nothing."""
        with self._lock:
            self._counts.clear()
            self._cookies.clear()
