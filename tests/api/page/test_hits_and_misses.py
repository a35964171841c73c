"""A response shared by several visitors is byte for byte what each would get alone."""

import hashlib
import time
from collections.abc import Iterator
from typing import Any

import pytest

from bench.visitors import Visitor, pool
from consent.api.http.caches import Caches
from consent.web.compression import decompress
from tests.api.shop import ORIGIN, Shop, open_shop

VISITORS = 10_000
MISSES = {"decision": VISITORS, "script": 2500}
"""How many are rendered again without the cache. Rendering each script would take long and prove no more."""
PATHS = {"decision": "/api/v1/sites/shop/decision", "banner": "/api/v1/sites/shop/decision?view=banner"}
PATHS |= {"script": "/b/shop.js"}
NOON = time.time() // 86400 * 86400 + 43200
"""Noon today, so that the day doesn't change during the test."""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """Open the shop with its clock at noon."""
    opened = open_shop(tmp_path_factory.mktemp("shared"))
    opened.service.context.clock = lambda: NOON
    yield opened
    opened.service.close()


@pytest.fixture(scope="module")
def visitors(shop: Shop) -> list[Visitor]:
    """Return the same visitors in each run, from everywhere."""
    config = shop.service.context.configs.live.get("shop")
    assert config
    return pool("world", config, VISITORS)


def answer(shop: Shop, visitor: Visitor, path: str) -> tuple[str, list[tuple[str, str]], bytes]:
    """Return the status, headers and decompressed body that `visitor` gets."""
    path, _, query = path.partition("?")
    sent = {"Origin": ORIGIN, **{name: text for name, text in visitor.headers.items() if name != "X-Forwarded-For"}}
    environ: dict[str, Any] = {"REQUEST_METHOD": "GET", "PATH_INFO": path, "QUERY_STRING": query}
    environ |= {"REMOTE_ADDR": visitor.address}
    environ |= {f"HTTP_{name.upper().replace('-', '_')}": text for name, text in sent.items()}
    started: list[Any] = []
    body = b"".join(shop.service.wsgi_app(environ, lambda status, headers: started.extend((status, headers))))
    status, headers = started
    fields = dict(headers)
    # The background thread recompresses scripts, so only the decompressed bodies stay the same.
    return (
        status,
        [one for one in headers if one[0] != "Content-Length"],
        decompress(body, fields.get("Content-Encoding", "")),
    )


def digest(shop: Shop, visitor: Visitor, path: str) -> bytes:
    return hashlib.sha256(repr(answer(shop, visitor, path)).encode()).digest()


def forget(shop: Shop) -> None:
    """Empty all caches that responses are built from."""
    caches, fresh = shop.service.context.caches, Caches()
    caches.scripts, caches.answers, caches.decisions = fresh.scripts, fresh.answers, fresh.decisions


@pytest.mark.long
@pytest.mark.parametrize("kind", PATHS)
def test_ten_thousand_visitors_share_cached_responses_and_only_get_their_own_data(
    shop: Shop, visitors: list[Visitor], kind: str
) -> None:
    path = PATHS[kind]
    forget(shop)
    first = [digest(shop, visitor, path) for visitor in visitors]
    caches = shop.service.context.caches
    shared = caches.scripts if kind == "script" else caches.answers
    before = shared.usage()
    assert before.hits > VISITORS / 4 or kind == "banner"
    again = [digest(shop, visitor, path) for visitor in reversed(visitors)]
    assert again[::-1] == first
    for number, visitor in enumerate(visitors[: MISSES.get(kind, 2500)]):
        forget(shop)
        assert digest(shop, visitor, path) == first[number], visitor
