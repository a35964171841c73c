"""A dashboard for each test, on a copy of a world that is created once."""

from collections.abc import Iterator

import pytest

from tests.dashboard.client import Dashboard
from tests.dashboard.fixtures import dashboard, opened_dashboard, world
from tests.wsgi_server import serving

__all__ = ["dashboard", "opened_dashboard", "world"]


@pytest.fixture
def served(dashboard: Dashboard) -> Iterator[str]:
    """Serve the dashboard on a local port and yield its address."""
    with serving(dashboard.app) as port:
        yield f"http://127.0.0.1:{port}"
