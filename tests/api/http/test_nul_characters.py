"""The NUL character, valid in JSON, queries and paths but not in PostgreSQL, is refused with either database."""

import pytest

from tests.api.shop import DATABASES, any_shop_in

PATHS = (
    "/api/v1/sites/shop/receipts?language=%00",
    "/api/v1/sites/shop/receipts?vendor.a=%00",
    "/api/v1/sites/shop/receipts?regime=%00",
    "/api/v1/sites/shop/audit?text=%00",
    "/api/v1/sites/shop/audit?actor=%00",
    "/api/v1/sites/shop/audit?what=%00",
    "/api/v1/sites/shop/statistics?language=%00",
    "/api/v1/sites/shop/decision?path=/%00",
    "/api/v1/sites/shop/vendors?language=%00",
    "/api/v1/sites/%00/decision",
    "/api/v1/sites/%00/audit",
    "/api/v1/sites/shop/requests/%00",
    "/api/v1/sites/shop/exports/%00",
    "/api/v1/receipts/%00",
    "/log/%00/checkpoint",
    "/log/shop/tile/%00",
    "/c/%00.json",
    "/r/%00",
    "/p/%00?key=%00",
    "/p/shop?key=%00",
    "/c/shop?language=%00",
)
BODIES = (
    ("erasures", {"visitor": "0" * 32, "level": "full", "reason": "a\0b"}),
    ("marks", {"kind": "hold", "first": "2026-01-01", "last": "2026-02-01", "reason": "a\0b"}),
    ("requests", {"kind": "opt_out_sale", "place": "US-CA", "received": "2026-11-20", "reference": "a\0b"}),
    ("access", {"visitor": "0" * 32, "reason": "a\0b"}),
    ("exports", {"format": "csv", "filters": {"language": "a\0b"}}),
)


SCOPES = ("receipts:read", "log:read", "privacy:erase", "receipts:export", "decide")


@pytest.fixture(scope="module", params=DATABASES)
def any_shop(request, tmp_path_factory):
    """Open one shop for all tests: refused requests leave no trace."""
    with any_shop_in(request, tmp_path_factory.mktemp("shop") / "instance") as opened:
        yield opened


@pytest.fixture(scope="module")
def signed(any_shop):
    """Return an authorization header for each scope, created once for all tests."""
    return {scope: {"Authorization": any_shop.token(scope)} for scope in SCOPES}


@pytest.mark.parametrize("path", PATHS)
def test_a_nul_in_a_url_causes_no_server_error(any_shop, signed, path):
    for headers in signed.values():
        answer = any_shop.get(path, **headers)
        assert answer.status_code < 500, answer.text


@pytest.mark.parametrize(("route", "body"), BODIES)
def test_rejects_a_nul_in_a_body(any_shop, signed, route, body):
    for scope in ("receipts:read", "privacy:erase", "receipts:export"):
        answer = any_shop.client.post(f"/api/v1/sites/shop/{route}", json=body, headers=signed[scope])
        assert answer.status_code in (400, 403), answer.text


def test_accepts_text_that_only_looks_like_a_nul(shop):
    body = {"visitor": "0" * 32, "level": "full", "reason": "a\\u0000b"}
    headers = {"Authorization": shop.token("privacy:erase")}
    answer = shop.client.post("/api/v1/sites/shop/erasures", json=body, headers=headers)
    assert (answer.status_code, answer.json["error"]["code"]) == (404, "unknown_visitor")
