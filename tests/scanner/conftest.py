"""The cast: websites that do what their pages are named after, and a scan of them in a real browser."""

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
    return scans_with(chromium)


@pytest.fixture(scope="session")
def scan_in_shell(chromium: Path) -> ScanSite:
    """Scan with the same browser without windows, which takes half the time, for what they have no part in."""
    return scans_with(find_shell(chromium))
