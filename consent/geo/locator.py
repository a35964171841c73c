"""Locate the visitor of a request from the peer address and trusted headers, and count the results.

No address is stored: the counters use salted hashes of a few.
"""

import secrets
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

from consent.core.rules import Place
from consent.geo.address import Networks, parse_address, prefix_of
from consent.geo.edge_headers import EDGES, HEADERS
from consent.geo.forwarded_headers import Header, find_visitor
from consent.geo.geo_reader import GeoReader
from consent.geo.places import UNKNOWN
from consent.geo.warnings import CONFLICT, NOT_FORWARDED, SENTENCES, UNTRUSTED_PEER, UntrustedHeaderError

ADDRESSES_FOLLOWED = 16
_DECAY_AFTER = 4096
_MIN_VISITS = 200


@dataclass(frozen=True, slots=True)
class Report:
    """The counts since start: visits, those with an unknown place, and header warnings by code of `SENTENCES`.

    `busiest_share` is the share of recent visits (`recent` of them, some thousands at most) that are certain to come
    from one address; the true share may be up to 1/17 higher.
    """

    visits: int
    unknown: int
    warnings: dict[str, int] = field(default_factory=dict)
    recent: int = 0
    busiest_share: float = 0.0

    @property
    def has_busy_address(self) -> bool:
        """Return whether most visits come from one address, which is probably a proxy that doesn't forward addresses."""
        return self.recent >= _MIN_VISITS and self.busiest_share > 0.5


class Tally:
    """Counters shared between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._visits = self._unknown = 0
        self._warnings = dict.fromkeys(SENTENCES, 0)
        self._salt = secrets.token_bytes(16)
        # Misra and Gries, "Finding repeated elements" (1982): anyone with more than 1/17 of all is among these 16.
        self._followed: dict[int, int] = {}
        self._recent = 0

    def count(self, is_known: bool, doubt: str | None, address: bytes | None) -> None:
        """Count one visit; `address` is the packed address it seems to come from, followed as a salted hash."""
        with self._lock:
            self._visits += 1
            if not is_known:
                self._unknown += 1
            if doubt is not None:
                self._warnings[doubt] += 1
            if address is not None:
                self._follow(hash(self._salt + address))

    def report(self) -> Report:
        """Return the current counts."""
        with self._lock:
            busiest = max(self._followed.values(), default=0)
            share = busiest / self._recent if self._recent else 0.0
            return Report(self._visits, self._unknown, dict(self._warnings), self._recent, share)

    def _follow(self, key: int) -> None:
        followed = self._followed
        self._recent += 1
        if key in followed or len(followed) < ADDRESSES_FOLLOWED:
            followed[key] = followed.get(key, 0) + 1
        else:
            self._followed = {other: count - 1 for other, count in followed.items() if count > 1}
        if self._recent >= _DECAY_AFTER:
            self._recent //= 2
            self._followed = {other: count // 2 for other, count in self._followed.items() if count > 1}


@dataclass(slots=True)
class Located:
    """A place, whether the visitor's own address is known, and the code in `SENTENCES` of a problem with the headers.

    `prefix` is the /24 or /48 for rate limits: the visitor's if known, else the peer's. It must not be logged.
    """

    place: Place
    address_known: bool
    warning: str | None = None
    prefix: bytes = field(default=b"", repr=False)


class Locator:
    """Finds places according to CONSENT_TRUSTED_PROXIES, CONSENT_PROXY_HOPS and CONSENT_EDGE.

    `hops` is the number of proxies in front of the service, including the peer. It is for proxies whose addresses can't
    be listed; visitors must then be unable to bypass them, or they could choose their law.
    """

    def __init__(self, reader: GeoReader, trusted_proxies: Sequence[str], hops: int | None, edge: str) -> None:
        """Take the settings. Raises ValueError for an invalid network, number or edge."""
        if edge != "none" and edge not in EDGES:
            raise ValueError(f"the edge must be none, {', '.join(EDGES)}")
        if hops is not None and hops < 1:
            raise ValueError("the number of hops must be 1 or more")
        self.reader = reader
        self._trusted = Networks(trusted_proxies)
        self._hops = hops
        self._edge = EDGES.get(edge)
        self._tally = Tally()

    @property
    def place_headers(self) -> tuple[str, ...]:
        """Return the names of the headers in which the edge sends a visitor's place; none without an edge."""
        return (self._edge.country, self._edge.subdivision) if self._edge else ()

    def locate(self, peer: str, header: Header, *, maybe_forwarded: bool = True) -> Located:
        """Return where the visitor is.

        `peer` is the address of the connection; `header` returns a header's value (several joined by commas) or None.
        Without `maybe_forwarded`, the caller has checked that none of HEADERS is present.
        """
        packed = parse_address(peer)
        if packed is not None and packed in self._trusted:
            return self._locate_forwarded(packed, header)
        if maybe_forwarded and any(header(name) is not None for name in HEADERS):
            self._tally.count(False, UNTRUSTED_PEER, packed)
            return Located(UNKNOWN, False, UNTRUSTED_PEER, prefix_of(packed) if packed else b"")
        return self._locate_direct(packed)

    def locate_address(self, address: str) -> Place:
        """Return the place of a visitor's address sent by a trusted caller."""
        place = self.reader.locate(address)
        self._tally.count(place.country is not None, None, None)
        return place

    def report(self) -> Report:
        """Return how places were found since start, for metrics, doctor and dashboard."""
        return self._tally.report()

    def _locate_direct(self, peer: bytes | None) -> Located:
        place = self.reader.locate_packed(peer) if peer else UNKNOWN
        self._tally.count(place.country is not None, None, peer)
        return Located(place, peer is not None, None, prefix_of(peer) if peer else b"")

    def _locate_forwarded(self, peer: bytes, header: Header) -> Located:
        try:
            nearest = find_visitor(header, self._trusted, self._hops)
            visitor, place = self._read_headers(nearest, header)
        except UntrustedHeaderError as doubt:
            self._tally.count(False, doubt.code, None)
            return Located(UNKNOWN, False, doubt.code, prefix_of(peer))
        self._tally.count(place.country is not None, None, visitor)
        return Located(place, visitor is not None, None, prefix_of(visitor or nearest or peer))

    def _read_headers(self, nearest: bytes | None, header: Header) -> tuple[bytes | None, Place]:
        """Return the visitor's address, if sent, and place. Raises UntrustedHeaderError for headers that can't be trusted.

        `nearest` is the address in front of the trusted proxies. With an edge, it may be the edge's own address, which
        must never be looked up as the visitor's: so the edge's headers decide, and the two must not contradict each
        other. Their agreement also shows that nobody bypassed the edge with forged headers.
        """
        edge = self._edge
        if edge is None:
            if nearest is None:
                raise UntrustedHeaderError(NOT_FORWARDED)
            return nearest, self.reader.locate_packed(nearest)
        visitor = edge.visitor(header)
        if visitor is not None and (visitor in self._trusted or nearest not in (None, visitor)):
            raise UntrustedHeaderError(CONFLICT)
        if visitor is None and edge.replaces_chain:
            visitor = nearest
        place = edge.place(header)
        if place is not None:
            return visitor, place
        if visitor is None:
            raise UntrustedHeaderError(NOT_FORWARDED)
        return visitor, self.reader.locate_packed(visitor)
