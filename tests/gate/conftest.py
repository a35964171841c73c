"""A service with a site that proxies vendors on its own host, and a vendor endpoint that records each byte."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.gate.vendor import VendorEnd, vendor_end
from tests.gate.world import World, gated_world

HERE = f"{Path(__file__).parent}/"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark all tests in this folder: each starts real servers."""
    for item in items:
        if str(item.path).startswith(HERE):
            item.add_marker("server")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Start the service once per module: no test changes it."""
    with gated_world(tmp_path_factory.mktemp("gate")) as made:
        yield made


@pytest.fixture
def vendor() -> Iterator[VendorEnd]:
    """Listen as the vendor."""
    with vendor_end() as made:
        yield made
