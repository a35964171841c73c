"""The OpenAPI document is made when it is first asked for."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from tests.api.conftest import Shop


def test_all_who_ask_first_at_once_get_the_whole_document(shop: Shop) -> None:
    together = Barrier(4)

    def ask(path: str) -> bytes:
        together.wait(60)
        return shop.get(path).data

    with ThreadPoolExecutor(4) as threads:
        one, two, page, other = threads.map(ask, ["/api/openapi.json"] * 2 + ["/api/docs"] * 2)
    assert one == two == shop.get("/api/openapi.json").data
    assert page == other == shop.get("/api/docs").data
    # The first of its routes and the last one.
    assert b'"/api/v1/sites/{site}/decision"' in one
    assert b'"/metrics"' in one
