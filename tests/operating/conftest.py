"""One installation for each test, with its site live; the test starts it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.operating.service import Service, installed

HERE = f"{Path(__file__).parent}/"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark all tests in this folder: each starts a real server."""
    for item in items:
        if str(item.path).startswith(HERE):
            item.add_marker("server")


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    """Install the service on SQLite."""
    with installed(tmp_path) as made:
        yield made


@pytest.fixture
def postgres_service(tmp_path: Path, ready_postgres_database: str) -> Iterator[Service]:
    """Install the service on PostgreSQL, with two worker processes."""
    with installed(tmp_path, CONSENT_DATABASE_URL=ready_postgres_database, CONSENT_WORKERS="2") as made:
        yield made
