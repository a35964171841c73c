"""The shop, the vendors' hosts on a real port, and a service that records what it was asked."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient

from consent.demo.shop import create_shop
from consent.demo.vendors import create_vendors
from tests.demo.fake_service import create_fake_service
from tests.wsgi_server import serving


@pytest.fixture(scope="session")
def service() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    app = create_fake_service()
    with serving(app) as port:
        yield f"http://127.0.0.1:{port}", app.config["SEEN"]


@pytest.fixture(scope="session")
def vendors_url() -> Iterator[str]:
    with serving(create_vendors()) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
def shop(service: tuple[str, list[dict[str, Any]]], vendors_url: str) -> FlaskClient:
    return create_shop("secret-token", service[0], vendors_url).test_client()


@pytest.fixture
def lonely_shop(vendors_url: str) -> FlaskClient:
    """Return a shop whose service is down: nothing listens on the discard port."""
    return create_shop("secret-token", "http://127.0.0.1:9", vendors_url).test_client()
