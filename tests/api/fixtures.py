"""The shop on SQLite and on PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.shop import DATABASES, Shop, any_shop_in, fill_instance, filled_instance, shop_settings
from tests.postgres import name_of, new_database


@pytest.fixture(scope="session")
def filled_postgres(postgres_url: str, postgres_template: str) -> Iterator[str]:
    """Create a database with the published site that tests copy theirs from, and yield its name."""
    with new_database(postgres_url, postgres_template) as url:
        fill_instance(shop_settings(Path(filled_instance().name), url))
        yield name_of(url)


@pytest.fixture(params=DATABASES)
def any_shop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shop]:
    """Open the shop, once on each database."""
    with any_shop_in(request, tmp_path) as opened:
        yield opened
