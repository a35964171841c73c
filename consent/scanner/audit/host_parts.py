"""Split hosts into path prefixes if the catalog or the site's config distinguishes vendors by path."""

from collections.abc import Iterable
from functools import cache

from consent.classifier.catalog import VENDORS, load_catalog
from consent.core.host_patterns import host_and_path, matches


class Parts:
    """Parts of hosts, such as `www.google.com/maps`; `further` are entries from a site's own config."""

    def __init__(self, further: Iterable[str] = ()) -> None:
        self._further = [entry for entry in further if "/" in entry]

    def longest_match(self, url: str) -> str:
        """Return the longest entry that matches `url`, or its host."""
        host, _ = host_and_path(url)
        entries = [*_shared().get(host, ()), *self._further]
        return max((entry for entry in entries if matches(url, entry)), key=_length, default=host)


def _length(entry: str) -> int:
    return len(entry.partition("/")[2])


@cache
def _shared() -> dict[str, list[str]]:
    """Return the shipped catalog's entries that have a path, by host."""
    by_host: dict[str, list[str]] = {}
    for vendor in load_catalog(VENDORS).vendors:
        for entry in vendor.hosts:
            if "/" in entry and not entry.startswith("*."):
                by_host.setdefault(entry.partition("/")[0], []).append(entry)
    return by_host
