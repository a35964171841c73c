"""A scan of these tests' websites, in a real browser."""

import ipaddress
from collections.abc import Callable
from pathlib import Path
from typing import Any

from consent.outbound.public_addresses import Address
from consent.scanner.browser.dns import system_resolver
from consent.scanner.model.job import Job
from consent.scanner.scan import scan
from tests.scanner.async_thread import run_apart

ScanSite = Callable[..., dict[str, Any]]


QUICK: dict[str, Any] = {"allow": ("*.localhost",), "delay_s": 0.0, "settle_s": 2.0, "choice_s": 3.0, "page_s": 20.0}


REBOUND = [ipaddress.ip_address("127.0.0.1"), ipaddress.ip_address("93.184.216.34")]
"""What `rebind.example` resolves to: an outside address at first, then always an inside one."""


def scans_with(browser: Path) -> ScanSite:
    def run(url: str, **options: Any) -> dict[str, Any]:
        job = Job(url, **(QUICK | {"browser": str(browser)} | options))
        result: dict[str, Any] = run_apart(scan(job, lambda _: None, resolve))
        return result

    return run


async def resolve(host: str, port: int) -> list[Address]:
    """Resolve local names and literal addresses; every other name fails."""
    if host == "rebind.example":
        return [REBOUND.pop() if len(REBOUND) > 1 else REBOUND[0]]
    if host.endswith(".localhost") or host.replace(".", "").isdigit() or ":" in host:
        return await system_resolver(host, port)
    raise OSError
