"""The whole demo as a visitor, a marketer and an auditor use it: service, shop and vendors as in `make run`."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.story.demo import Demo, Visitor, run_demo


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """Run one demo for the tests in this folder that change little of it."""
    yield from run_demo(tmp_path_factory)


@pytest.fixture
def visitor(demo: Demo, browser: Browser) -> Iterator[Visitor]:
    """Yield a visitor with a fresh browser, and fail at the end if a page threw an error."""
    context = browser.new_context(locale="en-GB")
    somebody = Visitor(demo, context)
    yield somebody
    assert somebody.errors == []
    context.close()
