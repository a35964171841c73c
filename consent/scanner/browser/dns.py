"""Resolve a host once to its permitted addresses, to prevent DNS rebinding."""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor

from consent.outbound.public_addresses import Address, AllowList, addresses_of, is_public
from consent.scanner.browser.allow_list import PORTS

Resolver = Callable[[str, int], Awaitable[list[Address]]]
LOOKUP_SECONDS = 10.0
LOOKUPS = ThreadPoolExecutor(256, "lookup")
"""Enough for two browsers with 32 connections each, even if lookups run three times as long as their timeout."""


class BlockedHostError(Exception):
    """Raised when a host must not be reached; the message is a sentence that says why."""


class UnlistedHostError(BlockedHostError):
    """Raised when a host is blocked only because it isn't on the allowlist."""


async def system_resolver(host: str, port: int) -> list[Address]:
    """Return the addresses of `host` from the system's resolver. Raises OSError if there are none."""
    return await asyncio.get_running_loop().run_in_executor(LOOKUPS, addresses_of, host, port)


async def permitted_addresses(host: str, port: int, allowed: AllowList, resolve: Resolver) -> list[Address]:
    """Resolve `host` once and return its addresses, which are then dialed directly, without another lookup.

    Raises UnlistedHostError for a forbidden port or address, and BlockedHostError for a name without an address.
    """
    is_named = allowed.admits(host, port)
    if not is_named and port not in PORTS:
        raise UnlistedHostError(f"{host} was not contacted on port {port}: only 80 and 443 are allowed.")
    try:
        async with asyncio.timeout(LOOKUP_SECONDS):
            addresses = await resolve(host, port)
    except TimeoutError:
        raise BlockedHostError(f"The DNS lookup of {host} timed out after {LOOKUP_SECONDS:g} s.") from None
    except (OSError, UnicodeError, ValueError):
        raise BlockedHostError(f"{host} has no address.") from None
    if not is_named and not all(map(is_public, addresses)):
        # A private address among public ones is typical of DNS rebinding.
        raise UnlistedHostError(f"{host} has an address that is not on the public Internet.")
    if not addresses:
        raise BlockedHostError(f"{host} has no address.")
    return list(dict.fromkeys(addresses))
