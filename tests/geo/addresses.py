"""Addresses whose place in the shipped database won't change, and headers given as keyword arguments."""

from collections.abc import Callable

BERKELEY = "128.32.0.1"
"""University of California: US-CA."""
TORONTO = "142.150.0.1"
"""University of Toronto: CA-ON."""
ZURICH = "129.132.1.1"
"""ETH Zürich: CH."""
BERLIN_V6 = "2a02:2e0:3fe:1001:302::"
"""A German publisher: DE."""
PROXY, INNER_PROXY = "10.0.0.1", "10.0.0.2"
PROXIES = ["10.0.0.0/8", "fd00::/8"]


def headers(**values: str) -> Callable[[str], str | None]:
    """Return request headers, as in `headers(x_forwarded_for="192.0.2.1")`; names are case-insensitive."""
    known = {name.replace("_", "-"): value for name, value in values.items()}
    return lambda name: known.get(name.lower())
