"""A desk of its own for each test, on a copy of a world that is made once."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.dashboard.cast import Desk, build_world, desks
from tests.served import serving


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the database that every test copies."""
    folder = tmp_path_factory.mktemp("desk") / "world"
    build_world(folder)
    return folder


@pytest.fixture
def desk(world: Path, tmp_path: Path) -> Iterator[Desk]:
    """Open the desk."""
    yield from desks(world, tmp_path)


@pytest.fixture
def served(desk: Desk) -> Iterator[str]:
    """Serve the desk on a port of this machine: its address."""
    with serving(desk.app) as port:
        yield f"http://127.0.0.1:{port}"
