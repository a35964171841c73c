"""Parse and mask IP addresses as packed bytes, 4 for IPv4 and 16 for IPv6.

The `ipaddress` module is only used for networks at startup. On each visit, its objects would cost a microsecond; its
`is_global` differs between the Python versions that we support, and it caches the addresses it is given.
"""

import ipaddress
import socket
from bisect import bisect_right
from collections.abc import Iterable

_MAPPED = bytes(10) + b"\xff\xff"
_NAT64 = bytes.fromhex("0064ff9b") + bytes(8)
_PREFIX_BYTES = {4: 3, 16: 6}
_MAX_PORT_LENGTH = 5


class Networks:
    """A set of networks that supports `packed in networks`."""

    def __init__(self, cidrs: Iterable[str]) -> None:
        """Parse networks such as `10.0.0.0/8`. Raises ValueError for anything else."""
        networks = [_unmapped(ipaddress.ip_network(text)) for text in cidrs]
        v4 = ipaddress.collapse_addresses(n for n in networks if isinstance(n, ipaddress.IPv4Network))
        v6 = ipaddress.collapse_addresses(n for n in networks if isinstance(n, ipaddress.IPv6Network))
        self._ranges = {4: _ranges(v4), 16: _ranges(v6)}
        self._firsts = {length: [first for first, _ in ranges] for length, ranges in self._ranges.items()}

    def __contains__(self, packed: bytes) -> bool:
        """Return whether an address is in one of the networks."""
        length = len(packed)
        index = bisect_right(self._firsts[length], packed)
        return index > 0 and packed <= self._ranges[length][index - 1][1]


def _ranges(networks: Iterable[ipaddress.IPv4Network | ipaddress.IPv6Network]) -> list[tuple[bytes, bytes]]:
    """Return the first and last address of each network, sorted."""
    return sorted((network.network_address.packed, network.broadcast_address.packed) for network in networks)


def _unmapped(network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    """Return `::ffff:10.0.0.0/104` as `10.0.0.0/8`, since addresses are unmapped before they are compared."""
    first = network.network_address.packed
    return ipaddress.ip_network((first[12:], network.prefixlen - 96)) if first.startswith(_MAPPED) else network


# IANA's registries of special-purpose addresses, and multicast: no visitor on the public internet has one of these. In
# IPv6, only 2000::/3 is allocated as global unicast (RFC 4291, 2.4), so only the special ranges within it are listed.
_SPECIAL_4 = Networks(
    (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
        *("192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15"),
        *("198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3"),
    )
)
_SPECIAL_6 = Networks(("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"))


def parse_address(text: str) -> bytes | None:
    """Return the packed address in `text`, or None; mapped (RFC 4291) and NAT64 (RFC 6052) addresses as IPv4.

    Only a link-local address may have a zone, which is dropped.
    """
    try:
        if ":" not in text:
            return socket.inet_pton(socket.AF_INET, text)
        if "%" in text and text[:5].lower() == "fe80:":
            text = text.partition("%")[0]
        packed = socket.inet_pton(socket.AF_INET6, text)
    except (OSError, ValueError):
        return None
    return packed[12:] if packed.startswith((_MAPPED, _NAT64)) else packed


def parse_node(text: str) -> bytes | None:
    """Return the address of a node as proxies write it, or None.

    The forms are `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]` and `[2001:db8::1]:80`.
    """
    if text.startswith("["):
        host, bracket, remainder = text[1:].partition("]")
        is_whole = (
            bool(bracket) and ":" in host and (not remainder or (remainder[0] == ":" and _is_port(remainder[1:])))
        )
        return parse_address(host) if is_whole else None
    if text.count(":") == 1:
        host, _, port = text.partition(":")
        return parse_address(host) if _is_port(port) else None
    return parse_address(text)


def parse_with_port(text: str) -> bytes | None:
    """Return the address in `address:port`, or None; CloudFront uses this form, without brackets around IPv6."""
    host, _, port = text.rpartition(":")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    return parse_address(host) if _is_port(port) else None


def is_public(packed: bytes) -> bool:
    """Return whether an address can be a visitor's on the public internet: not private, reserved or multicast."""
    if len(packed) == 4:
        return packed not in _SPECIAL_4
    return packed[0] >> 5 == 1 and packed not in _SPECIAL_6


def to_text(packed: bytes) -> str:
    """Return the usual form of a packed address."""
    return socket.inet_ntoa(packed) if len(packed) == 4 else socket.inet_ntop(socket.AF_INET6, packed)


def prefix_of(packed: bytes) -> bytes:
    """Return the first 24 bits of an IPv4 address (3 bytes), or the first 48 of an IPv6 address (6 bytes)."""
    return packed[: _PREFIX_BYTES[len(packed)]]


def address_prefix(address: str) -> bytes:
    """Return the /24 or /48 of an address as bytes, for counting; empty if it isn't an address."""
    packed = parse_address(address)
    return prefix_of(packed) if packed else b""


def _is_port(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _MAX_PORT_LENGTH
