"""The cast: websites that do what their pages are named after, and a scan of them in a real browser."""

import ipaddress
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from consent.scan.addresses import Address
from consent.scan.job import Job
from consent.scan.resolve import system_resolver
from consent.scan.scanning import scan
from consent.storage import sites as stored
from consent.storage.engine import make_engine
from tests.chromium import find_shell
from tests.scan.apart import run_apart
from tests.scan.seen import NOW
from tests.scan.sites import Sites, serving

ScanSite = Callable[..., dict[str, Any]]
QUICK: dict[str, Any] = {"allow": ("*.localhost",), "delay_s": 0.0, "settle_s": 2.0, "choice_s": 3.0, "page_s": 20.0}
REBOUND = [ipaddress.ip_address("127.0.0.1"), ipaddress.ip_address("93.184.216.34")]
"""Where `rebind.example` leads: outside when it is looked up first, inside ever after."""


@pytest.fixture
def engine(ready_sqlite_database: str) -> Iterator[Engine]:
    """Give the engine of a database with one site, whose scans may land."""
    engine = make_engine(ready_sqlite_database)
    with engine.begin() as transaction:
        stored.create(transaction, "shop", "The shop", "{}", NOW)
    yield engine
    engine.dispose()


@pytest.fixture
def sites() -> Iterator[Sites]:
    with serving() as sites:
        yield sites


@pytest.fixture(scope="session")
def scan_site(chromium: Path) -> ScanSite:
    """Scan with the browser of this machine, as the service does."""
    return _scans_with(chromium)


@pytest.fixture(scope="session")
def scan_in_shell(chromium: Path) -> ScanSite:
    """Scan with the same browser without windows, which takes half the time, for what they have no part in."""
    return _scans_with(find_shell(chromium))


def _scans_with(browser: Path) -> ScanSite:
    def run(url: str, **options: Any) -> dict[str, Any]:
        job = Job(url, **(QUICK | {"browser": str(browser)} | options))
        result: dict[str, Any] = run_apart(scan(job, lambda _: None, resolve))
        return result

    return run


async def resolve(host: str, port: int) -> list[Address]:
    """Find the names of this machine, and what is an address already; no other name has one."""
    if host == "rebind.example":
        return [REBOUND.pop() if len(REBOUND) > 1 else REBOUND[0]]
    if host.endswith(".localhost") or host.replace(".", "").isdigit() or ":" in host:
        return await system_resolver(host, port)
    raise OSError
