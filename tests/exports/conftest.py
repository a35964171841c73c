"""A shop whose visitors have chosen in every possible way, and its exports."""

import json

import pytest

from tests.api.shop import open_shop
from tests.exports.choices import EXPORT, choose_in_every_way


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """Open the shop with its choices and their ids."""
    opened = open_shop(tmp_path_factory.mktemp("shop"))
    opened.ids = choose_in_every_way(opened)
    yield opened
    opened.service.close()


@pytest.fixture(scope="module")
def export(shop):
    """Return a function that exports with a query and returns the bytes."""
    token = shop.token("receipts:export")

    def ask(query):
        answer = shop.get(f"{EXPORT}?{query}", Authorization=token)
        assert answer.status_code == 200, answer.data
        return answer.data

    return ask


@pytest.fixture(scope="module")
def keys(shop, tmp_path_factory):
    """Write the keys that an auditor needs, and return their paths."""
    folder = tmp_path_factory.mktemp("keys")
    (folder / "vkey").write_bytes(shop.get("/log/shop/vkey", Authorization=shop.token("log:read")).data)
    (folder / "jwks").write_text(json.dumps(shop.service.context.keys.jwks))
    return [folder / "vkey", folder / "jwks"]
