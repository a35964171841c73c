"""Websites that do what their pages are named after, and a scan of them in a real browser."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from consent.storage.database.engine import make_engine
from consent.storage.sites import sites as stored
from tests.chromium import find_shell
from tests.scanner.scan_results import NOW
from tests.scanner.scan_site import ScanSite, scans_with
from tests.scanner.websites import Sites, serving


@pytest.fixture
def engine(ready_sqlite_database: str) -> Iterator[Engine]:
    """Yield the engine of a database with one site whose scans can be saved."""
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
    """Return a scan with this machine's browser, as the service runs it."""
    return scans_with(chromium)


@pytest.fixture(scope="session")
def scan_in_shell(chromium: Path) -> ScanSite:
    """Return a scan with the headless shell, which takes half the time, for tests that don't need windows."""
    return scans_with(find_shell(chromium))
