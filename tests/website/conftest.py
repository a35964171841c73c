"""A website of a few pages and the real service: on its own host, and under the website's path `/consent/`."""

from collections.abc import Iterator

import pytest

from tests.website.website import Website, publish_shop, running_website


@pytest.fixture(scope="module")
def website(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Website]:
    """Run both for the tests of a file, with the site `shop` published."""
    with running_website(tmp_path_factory.mktemp("website")) as site:
        publish_shop(site)
        yield site
