"""Three engines in turn, on one small service; each test runs on each engine with a fresh profile."""

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
    """Mark all tests of this folder as long: only `make test-all` runs them."""
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
    """Return a visitor with a fresh profile."""
    engine.forget()
    return Visitor(engine)


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Create a certificate authority and a certificate.

    Returns the authority's file, and the file with the certificate and its key.
    """
    return make_authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def secure_service(authority: tuple[Path, Path]) -> Iterator[Service]:
    with serving(authority[1]) as service:
        yield service
