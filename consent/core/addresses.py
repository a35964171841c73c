"""Whose an address is, by entries such as `cdn.example.com`, `*.example.com` and `www.example.com/maps/`."""

import re
from collections.abc import Mapping, Sequence

SCHEME = re.compile(r"^(?:[a-z][a-z0-9+.-]*:)?//", re.IGNORECASE)
BEHIND_PATH = re.compile(r"[?#]")


def host_and_path(address: str) -> tuple[str, str]:
    """Return the host in lower case and the path, at least `/`, of an address with or without its scheme."""
    host, slash, path = BEHIND_PATH.split(SCHEME.sub("", address.strip()), maxsplit=1)[0].partition("/")
    return host.rpartition("@")[2].partition(":")[0].rstrip(".").lower(), slash + path or "/"


def matches(address: str, entry: str) -> bool:
    """Tell whether `address` is at `entry`: a host, or `*.` for the names below one; either with the beginning of a path."""
    return _fit(*host_and_path(address), entry) is not None


def owner_of(address: str, hosts: Mapping[str, Sequence[str]]) -> str | None:
    """Return the key of `hosts` whose entry fits `address` best, None where none does.

    The longest path is the best; then an exact host, then the longest one behind `*.`, then the first key.
    """
    host, path = host_and_path(address)
    best, found = (-1, False, -1), None
    for owner, entries in hosts.items():
        for entry in entries:
            if (fit := _fit(host, path, entry)) and fit > best:
                best, found = fit, owner
    return found


def _fit(host: str, path: str, entry: str) -> tuple[int, bool, int] | None:
    """Return how well `entry` fits, more is better: the length of its path, whether its host is exact, its length."""
    known, slash, beginning = entry.partition("/")
    if not path.startswith(slash + beginning):
        return None
    if known == host or (known.startswith("*.") and host.endswith(known[1:])):
        return len(beginning), known == host, len(known)
    return None
