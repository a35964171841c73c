"""Which hosts requests may reach: public Internet addresses, and hosts that the operator allows (against SSRF)."""

import ipaddress
import socket
from dataclasses import dataclass

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

NAT64 = ipaddress.ip_network("64:ff9b::/96")
"""RFC 6052: the last 32 bits are the IPv4 address that is actually reached."""
COMPATIBLE = ipaddress.ip_network("::/96")
"""RFC 4291, 2.5.5.1: IPv4 addresses in a deprecated form."""
CLOSED = tuple(
    ipaddress.ip_network(network)
    for network in (
        "64:ff9b:1::/48",  # RFC 8215: NAT64 of a local network
        "192.0.0.0/24",  # RFC 6890: protocol assignments, some of which Python considers global
        "192.88.99.0/24",  # RFC 7526: 6to4 relays
        "168.63.129.16/32",  # Azure's endpoint that gives virtual machines metadata about themselves
        "2001::/32",  # RFC 4380: Teredo, which contains an obfuscated IPv4 address
    )
)
UNICAST = ipaddress.ip_network("2000::/3")
"""RFC 4291, 2.5.4, and IANA: all IPv6 addresses allocated for the Internet."""
LOOPBACK = ipaddress.IPv4Address("127.0.0.1")


@dataclass(frozen=True, slots=True)
class AllowList:
    """Hosts that may be reached at any address: `intranet.example`, `localhost:8001` or `*.test.example`."""

    entries: tuple[str, ...] = ()

    def admits(self, host: str, port: int) -> bool:
        """Return whether an entry matches `host` and `port`; an entry without a port matches every port."""
        return any(_matches_entry(entry.lower(), host.lower(), port) for entry in self.entries)


def is_public(address: Address) -> bool:
    """Return whether `address` is on the public Internet, including any address embedded in it."""
    inner = _embedded_ipv4(address)
    if inner is not None:
        return is_public(inner)
    if any(address in network for network in CLOSED if network.version == address.version):
        return False
    if address.version == 6 and address not in UNICAST:
        return False
    # `is_global` alone is true for multicast and several wrapped forms.
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


def addresses_of(host: str, port: int) -> list[Address]:
    """Return the addresses that `host` resolves to on this machine. Raises OSError, UnicodeError if there are none."""
    if host == "localhost" or host.endswith(".localhost"):
        # RFC 6761, 6.3: these names resolve to loopback; not every resolver implements that.
        return [LOOPBACK]
    records = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(ipaddress.ip_address(str(one[4][0]).partition("%")[0]) for one in records))


def _embedded_ipv4(address: Address) -> Address | None:
    if isinstance(address, ipaddress.IPv4Address):
        return None
    if address.ipv4_mapped or address.sixtofour:
        return address.ipv4_mapped or address.sixtofour
    if address in NAT64 or address in COMPATIBLE:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return None


def _matches_entry(entry: str, host: str, port: int) -> bool:
    name, colon, number = entry.rpartition(":")
    if not colon or not number.isdigit() or entry.endswith("]"):
        name, number = entry, str(port)
    name = name.removeprefix("[").removesuffix("]")
    same = host.endswith(name[1:]) if name.startswith("*.") else host == name
    return same and number == str(port)
