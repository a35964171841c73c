"""A site that is live, the service that answers for it, and a browser-like client: always the same small cast."""

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
    """Open one shop for the tests of a file that leave it as it was: opening it takes longer than what most of them do."""
    opened = open_shop(tmp_path_factory.mktemp("shop"))
    yield opened
    opened.service.close()
