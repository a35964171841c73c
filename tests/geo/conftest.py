"""The shipped database, opened once, and headers as a request has them."""

import pytest

from consent.geo import SHIPPED_DATABASE, GeoReader


@pytest.fixture(scope="session")
def reader() -> GeoReader:
    """Open the database that the package ships."""
    return GeoReader(SHIPPED_DATABASE)
