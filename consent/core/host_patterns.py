"""Match addresses to host patterns: `cdn.example.com`, `*.example.com`, `www.example.com/maps/`."""

import re
from collections.abc import Iterator, Mapping, Sequence

SCHEME = re.compile(r"^(?:[a-z][a-z0-9+.-]*:)?//", re.IGNORECASE)
BEHIND_HOST = re.compile(r"[/?]")


def host_and_path(address: str) -> tuple[str, str]:
    """Return the lowercase host and the path with query (at least `/`) of an address with or without a scheme."""
    remainder = SCHEME.sub("", address.strip()).partition("#")[0]
    host = BEHIND_HOST.split(remainder, maxsplit=1)[0]
    path = remainder[len(host) :]
    name = host.rpartition("@")[2].partition(":")[0].rstrip(".").lower()
    return name, path if path.startswith("/") else f"/{path}"


def matches(address: str, entry: str) -> bool:
    """Return whether `address` matches `entry`: a host, or `*.` before a parent domain, and perhaps a path prefix."""
    return _match_score(*host_and_path(address), entry) is not None


def owner_of(address: str, hosts: Mapping[str, Sequence[str]]) -> str | None:
    """Return the key of `hosts` whose entry matches `address` best, the first of several, or None."""
    return next(iter(owners_of(address, hosts)), None)


def owners_of(address: str, hosts: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the keys of `hosts` whose entries match `address` best.

    The longest path wins, then an exact host, then the longest domain after `*.`.
    """
    host, path = host_and_path(address)
    fits = {
        owner: max(lengths)
        for owner, entries in hosts.items()
        if (lengths := [*filter(None, _match_scores(host, path, entries))])
    }
    best = max(fits.values(), default=None)
    return [owner for owner, fit in fits.items() if fit == best]


def _match_scores(host: str, path: str, entries: Sequence[str]) -> Iterator[tuple[int, bool, int] | None]:
    yield from (_match_score(host, path, entry) for entry in entries)


def _match_score(host: str, path: str, entry: str) -> tuple[int, bool, int] | None:
    """Return how well `entry` matches (path length, exact host, host length; more is better), or None."""
    pattern, slash, prefix = entry.partition("/")
    # A `?` at the end of an entry also matches the end of a path: `host/event?` is that file, with or without a query.
    if not f"{path}?".startswith(slash + prefix):
        return None
    if pattern == host or (pattern.startswith("*.") and host.endswith(pattern[1:])):
        return len(prefix), pattern == host, len(pattern)
    return None
