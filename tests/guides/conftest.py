"""One browser, and a service with a site for each file; all tests here are long."""

from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.chromium import find_shell
from tests.guides.npm import NoNetwork
from tests.guides.site import Site, running_site
from tests.guides.third_parties import third_parties
from tests.guides.visitor import browser_to

HERE = f"{Path(__file__).parent}/"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark all tests of this folder as long: only `make test-all` runs them."""
    for item in items:
        if str(item.path).startswith(HERE):
            item.add_marker("long")
            item.add_marker("server")
            item.add_marker(pytest.mark.timeout(600))


@pytest.fixture(scope="session")
def browser(chromium: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Run a browser that finds all third parties on this machine."""
    with (
        third_parties(tmp_path_factory.mktemp("third_parties")) as port,
        browser_to(port, find_shell(chromium)) as browser,
    ):
        yield browser


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Run a service that knows the website of this file's tests."""
    with running_site(tmp_path_factory.mktemp("site")) as site:
        yield site


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    """Skip a test whose framework isn't cached while its registry can't be reached."""
    try:
        return (yield)
    except NoNetwork as away:
        pytest.skip(str(away))
