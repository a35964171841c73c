"""A dashboard with its own database for each test: a copy of a world that is created once."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.dashboard.client import Dashboard, open_dashboard
from tests.dashboard.sample_data import build_world, copy_world


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Create the database that every test copies."""
    folder = tmp_path_factory.mktemp("dashboard") / "world"
    build_world(folder)
    return folder


@pytest.fixture(scope="session")
def opened_dashboard(world: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    """Open the dashboard once: creating its pages and routes takes longer than most tests."""
    dashboard = open_dashboard(copy_world(world, tmp_path_factory.mktemp("opened") / "dashboard"))
    yield dashboard
    dashboard.engine.dispose()


@pytest.fixture
def dashboard(opened_dashboard: Dashboard, world: Path) -> Iterator[Dashboard]:
    """Return the dashboard in its initial state, on a fresh copy of the world."""
    with opened_dashboard.on_copy_of(world):
        yield opened_dashboard
