"""Match addresses to host patterns: `cdn.example.com`, `*.example.com`, `www.example.com/maps/`."""

import re
from collections.abc import Iterator, Mapping, Sequence

SCHEME = re.compile(r"^(?:[a-z][a-z0-9+.-]*:)?//", re.IGNORECASE)
BEHIND_HOST = re.compile(r"[/?]")


def host_and_path(address: str) -> tuple[str, str]:
    """Return the host in lower case and the path, at least `/`, with the query of an address, with or without its scheme."""
    remainder = SCHEME.sub("", address.strip()).partition("#")[0]
    host = BEHIND_HOST.split(remainder, maxsplit=1)[0]
    path = remainder[len(host) :]
    name = host.rpartition("@")[2].partition(":")[0].rstrip(".").lower()
    return name, path if path.startswith("/") else f"/{path}"


def matches(address: str, entry: str) -> bool:
    """Return whether `address` is at `entry`: a host, or `*.` for the names below one; either with a beginning."""
    return _fit(*host_and_path(address), entry) is not None


def owner_of(address: str, hosts: Mapping[str, Sequence[str]]) -> str | None:
    """Return the key of `hosts` whose entry fits `address` best, of several the first; None where none does."""
    return next(iter(owners_of(address, hosts)), None)


def owners_of(address: str, hosts: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the keys of `hosts` whose entries fit `address` best.

    The longest path is the best; then an exact host, then the longest one behind `*.`.
    """
    host, path = host_and_path(address)
    fits = {
        owner: max(lengths)
        for owner, entries in hosts.items()
        if (lengths := [*filter(None, _fits(host, path, entries))])
    }
    best = max(fits.values(), default=None)
    return [owner for owner, fit in fits.items() if fit == best]


def _fits(host: str, path: str, entries: Sequence[str]) -> Iterator[tuple[int, bool, int] | None]:
    yield from (_fit(host, path, entry) for entry in entries)


def _fit(host: str, path: str, entry: str) -> tuple[int, bool, int] | None:
    """Return how well `entry` fits, more is better: the length of its path, whether its host is exact, its length."""
    known, slash, beginning = entry.partition("/")
    # A `?` that ends an entry is the end of a path too: `host/event?` is that file, with a query or without one.
    if not f"{path}?".startswith(slash + beginning):
        return None
    if known == host or (known.startswith("*.") and host.endswith(known[1:])):
        return len(beginning), known == host, len(known)
    return None
