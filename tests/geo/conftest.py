"""The shipped database, opened once."""

import pytest

from consent.geo import SHIPPED_DATABASE, GeoReader


@pytest.fixture(scope="session")
def reader() -> GeoReader:
    """Open the database shipped with the package."""
    return GeoReader(SHIPPED_DATABASE)
