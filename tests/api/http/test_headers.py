"""The headers of all public responses over HTTPS, and methods that aren't allowed."""

from collections.abc import Iterator

import pytest

from tests.api.shop import Shop, open_shop

pytestmark = pytest.mark.app

PATHS = (
    *("/b/shop.js", "/c/shop", "/c/shop.json", "/api/v1/sites/shop/decision", "/log/shop/checkpoint", "/healthz"),
    *("/.well-known/gpc.json", "/.well-known/jwks.json", "/api/openapi.json", "/r/nothing", "/p/nothing", "/no/such"),
)


@pytest.fixture(scope="module")
def https_shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    opened = open_shop(tmp_path_factory.mktemp("shop"), base_url="https://consent.example")
    yield opened
    opened.service.close()


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_has_its_headers(https_shop: Shop, path: str) -> None:
    answer = https_shop.get(path)
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    if answer.mimetype.startswith("text/"):
        assert "charset=utf-8" in answer.headers["Content-Type"]
    if answer.mimetype == "text/html":
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy


@pytest.mark.parametrize("path", PATHS)
def test_no_request_is_repeated(https_shop: Shop, path: str) -> None:
    answer = https_shop.client.open(path, method="TRACE", headers={"X-Secret": "told"})
    assert answer.status_code in (302, 404, 405)
    assert "told" not in answer.text
