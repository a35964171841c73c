"""A live site, its running service and a browser-like client."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.fixtures import any_shop, filled_postgres
from tests.api.shop import Shop, open_shop

__all__ = ["any_shop", "filled_postgres"]


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """Open the shop on SQLite."""
    opened = open_shop(tmp_path)
    yield opened
    opened.service.close()


@pytest.fixture(scope="module")
def shared_shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """Open one shop for all tests of a file that don't change it: opening takes longer than most of these tests."""
    opened = open_shop(tmp_path_factory.mktemp("shop"))
    yield opened
    opened.service.close()
