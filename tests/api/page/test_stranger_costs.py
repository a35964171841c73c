"""Invented input costs less than twice as much as a new visitor, measured in function calls rather than time."""

import io
import random
import secrets
import string
import sys
from collections.abc import Callable, Iterator
from statistics import median
from typing import Any

import pytest

from consent.api.http.caches import Caches
from tests.api.shop import Shop, open_shop

DECISION, SCRIPT = "/api/v1/sites/shop/decision", "/b/shop.js"
ADDRESSES = ("5.1.80.1", "128.32.0.1", "91.198.174.192", "200.1.1.1", "41.1.1.1", "1.1.1.1", "80.80.80.80")
LANGUAGES = ("de,en;q=0.5", "fr-CA,fr;q=0.8", "en-US,en;q=0.9")
TRIES = 30
CHROME = {"Accept-Encoding": "gzip, deflate, br, zstd"}
Invented = tuple[str, str, dict[str, str]]
"""Path, query and headers of a request."""


def calls_of(shop: Shop, path: str, query: str, headers: dict[str, str], address: str = "127.0.0.1") -> int:
    """Return how many functions, in Python and in C, one request calls."""
    calls = 0

    def count(_frame: object, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    environ: dict[str, Any] = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "REMOTE_ADDR": address,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "8000",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
    }
    environ |= {f"HTTP_{name.upper().replace('-', '_')}": text for name, text in (CHROME | headers).items()}
    sys.setprofile(count)
    try:
        shop.service.wsgi_app(environ, lambda _status, _headers: None)
    finally:
        sys.setprofile(None)
    return calls


def word(draw: random.Random, letters: int) -> str:
    return "".join(draw.choices(string.ascii_lowercase, k=letters))


def choice(draw: random.Random) -> str:
    """Return a well-formed choice that nobody has made."""
    states = "".join(f"{draw.choice('01')}{draw.randrange(2**32):08x}" for _ in range(3))
    return f"v1.{draw.randrange(20_000, 20_800)}.eu_opt_in.0.{states}.{word(draw, 12)}:1"


def many_choices(draw: random.Random) -> Invented:
    return DECISION, "", {"Cookie": "; ".join(f"consent_shop={choice(draw)}" for _ in range(100))}


def other_cookies(draw: random.Random) -> Invented:
    return SCRIPT, "", {"Cookie": "; ".join(f"{word(draw, 6)}={word(draw, 12)}" for _ in range(300))}


def languages(draw: random.Random) -> Invented:
    return SCRIPT, "", {"Accept-Language": ",".join(f"{word(draw, 6)};q=0.{draw.randrange(1, 10)}" for _ in range(20))}


def long_languages(draw: random.Random) -> Invented:
    return SCRIPT, "", {"Accept-Language": ",".join("-".join(word(draw, 5) for _ in range(5)) for _ in range(20))}


def hundred_kilobytes(text: str) -> str:
    return text * (100_000 // len(text))


INVENTIONS: dict[str, Callable[[random.Random], Invented]] = {
    "a choice": lambda draw: (DECISION, "", {"Cookie": f"consent_shop={choice(draw)}"}),
    "a cookie that is none": lambda draw: (DECISION, "", {"Cookie": f"consent_shop=v1.{word(draw, 60)}"}),
    "a hundred choices": many_choices,
    "three hundred cookies": other_cookies,
    "twenty languages": languages,
    "twenty long languages": long_languages,
    "a language of the page": lambda draw: (SCRIPT, f"language={word(draw, 8)}-{word(draw, 8)}", {}),
    "a path": lambda draw: (DECISION, f"path=/{word(draw, 20)}", {}),
    "a long path": lambda draw: (DECISION, f"path=/{word(draw, 2000)}", {}),
    "parameters": lambda draw: (DECISION, "&".join(f"{word(draw, 5)}=1" for _ in range(38)), {}),
    "a site": lambda draw: (f"/b/{word(draw, 20)}.js", "", {}),
    "a site of decisions": lambda draw: (f"/api/v1/sites/{word(draw, 20)}/decision", "", {}),
    "encodings": lambda draw: (DECISION, "", {"Accept-Encoding": ",".join(word(draw, 6) for _ in range(100))}),
    "cookies without an end": lambda draw: (DECISION, "", {"Cookie": hundred_kilobytes("a;") + "consent_shop"}),
    "encodings without an end": lambda draw: (
        DECISION,
        "",
        {"Accept-Encoding": hundred_kilobytes(f"{word(draw, 2)},")},
    ),
    "ETags without an end": lambda draw: (SCRIPT, "", {"If-None-Match": hundred_kilobytes(f'"{word(draw, 2)}",')}),
    "a page": lambda draw: (SCRIPT, "", {"Referer": f"https://{word(draw, 30)}.example/"}),
    "addresses": lambda draw: (
        DECISION,
        "",
        {"X-Forwarded-For": ",".join(f"{draw.randrange(256)}.1.1.1" for _ in range(40))},
    ),
}


def new_visitors(shop: Shop, path: str) -> float:
    """Return the cost of a visitor with empty caches: the median over some places and languages."""
    costs = []
    for address in ADDRESSES:
        for spoken in LANGUAGES:
            shop.service.context.caches = Caches()
            costs.append(calls_of(shop, path, "", {"Accept-Language": spoken}, address))
    return median(costs)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """Open one shop for all tests: each starts with empty caches, and none changes the shop."""
    opened = open_shop(tmp_path_factory.mktemp("shop"))
    yield opened
    opened.service.close()


@pytest.fixture(scope="module")
def limit(shop: Shop) -> float:
    """Return twice the cost of a new visitor."""
    return 2 * min(new_visitors(shop, path) for path in (DECISION, SCRIPT))


@pytest.mark.parametrize("name", INVENTIONS)
def test_invented_requests_cost_less_than_twice_a_new_visitor(shop: Shop, limit: float, name: str) -> None:
    shop.service.context.caches = Caches()
    draw = random.Random(secrets.randbits(64))
    costs = [calls_of(shop, *INVENTIONS[name](draw)) for _ in range(TRIES)]
    assert max(costs[1:]) < limit


@pytest.mark.parametrize("path", ["/api/docs", "/api/openapi.json"])
def test_a_page_identical_for_everyone_is_rendered_once(shop: Shop, path: str) -> None:
    costs = [calls_of(shop, path, "", {}) for _ in range(2)]
    assert costs[1] < costs[0] / 20
