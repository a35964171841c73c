"""Three engines, one after the other, on one little service; each test is run on each with a fresh profile."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.banner.service import Service
from tests.engines.authority import make_authority
from tests.engines.engine import Engine, Missing, Visitor
from tests.engines.engines import STARTS
from tests.engines.tls_service import serving

HERE = f"{Path(__file__).parent}/"


@pytest.fixture
def service() -> Iterator[Service]:
    with serving() as service:
        yield service


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Only `make test-all` has the three engines."""
    for item in items:
        if str(item.path).startswith(HERE):
            item.add_marker("long")
            item.add_marker("browser")


@pytest.fixture(scope="session", params=STARTS)
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """Run the engine."""
    try:
        with STARTS[request.param](None) as running:
            yield running
    except Missing as missing:
        pytest.fail(str(missing), pytrace=False)


@pytest.fixture
def visitor(engine: Engine) -> Visitor:
    """Give a visitor with a fresh profile."""
    engine.forget()
    return Visitor(engine)


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Make a certificate authority and a certificate of it: the authority's file, and that of certificate and key."""
    return make_authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def secure_service(authority: tuple[Path, Path]) -> Iterator[Service]:
    with serving(authority[1]) as service:
        yield service
