"""A website of a few pages and the real service: on its own host, and under the website's path `/consent/`."""

import json
import time
from collections.abc import Iterator

import pytest

from consent.storage.sites import sites
from tests.api.shop import site_draft
from tests.website.website import Website, running_website


@pytest.fixture(scope="module")
def website(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Website]:
    """Run both for the tests of a file, with the site `shop` published."""
    with running_website(tmp_path_factory.mktemp("website")) as site:
        with site.service.context.engine.begin() as connection:
            draft = json.dumps(site_draft() | {"hosts": [site.origin]})
            sites.create(connection, "shop", "Shop", draft, int(time.time()))
        site.shop.publish()
        yield site
