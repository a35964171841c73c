"""Debian's nginx and Varnish in front of the service, with the configurations in docs/edge.md."""

import contextlib
import http.client
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from consent.runtime.edge.purges import EdgePurges
from consent.web.compression import decompress
from tests.api.shop import Shop, open_shop
from tests.edge.golden_sites import headers_of, place_of, put_golden_sites, visits
from tests.edge.servers import CACHES, Edge, Missing
from tests.operating.service import free_port
from tests.polling import wait_for
from tests.wsgi_server import serving

HOUR = 3600
SCRIPT = "/b/shop.js"
GERMAN = {"Consent-Country": "DE", "Accept-Language": "de", "Accept-Encoding": "br"}
CHOICE = {"Cookie": "consent_shop=v1.20000.eu_opt_in.0.1aaaaaaaa1bbbbbbbb1cccccccc."}
ALONE: list[dict[str, str]] = [
    CHOICE,
    {"Cookie": "a=b; consent_shop_own=j1"},
    {"Cookie": "consent_preview_shop=1"},
    {"Authorization": "Bearer cst_x"},
    {"Consent-Subject": "token"},
    {"Consent-App": "com.example.shop"},
]
"""Headers whose response must reach only that visitor."""


@dataclass
class Answer:
    """Status, headers by lower-case name, and the decompressed body, since the service may recompress it."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def encoding(self) -> str:
        """Return the body's content encoding."""
        return self.headers.get("content-encoding", "")

    @property
    def cache(self) -> str:
        """Return the cache status that the cache reports."""
        return self.headers.get("consent-cache", "")


@dataclass
class World:
    """The shop, its service's port, and the cache in front of it."""

    shop: Shop
    origin: int
    edge: Edge
    purges: EdgePurges
    asked: list[tuple[str, str]] = field(default_factory=list)
    """The path and cookie of each request that reached the service."""

    def get(self, path: str, headers: dict[str, str]) -> Answer:
        """Send a request to the cache, whose trusted place headers have other names than the service's."""
        return ask(self.edge.port, path, {self._named(name): value for name, value in headers.items()})

    def direct(self, path: str, headers: dict[str, str]) -> Answer:
        return ask(self.origin, path, headers)

    def purge(self, key: str = "consent") -> None:
        answer = ask(
            int(self.edge.purge.rpartition(":")[2].partition("/")[0]), "/purge", {"Surrogate-Key": key}, "POST"
        )
        assert answer.status == 204

    def _named(self, name: str) -> str:
        return {"Consent-Country": self.edge.country, "Consent-Subdivision": self.edge.subdivision}.get(name, name)


def ask(port: int, path: str, headers: dict[str, str], method: str = "GET") -> Answer:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    with contextlib.closing(connection):
        connection.request(method, path, headers={"Host": "consent.example.com", **headers})
        response = connection.getresponse()
        named = {name.lower(): value for name, value in response.getheaders()}
        body, encoding = response.read(), named.get("content-encoding")
        return Answer(response.status, named, decompress(body, encoding) if body and encoding else body)


@pytest.fixture(scope="module", params=["nginx", pytest.param("varnish", marks=pytest.mark.long)])
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Open a shop with the golden cases' sites, behind a cache that may store scripts for an hour."""
    folder, port = tmp_path_factory.mktemp("edge"), free_port()
    settings: dict[str, Any] = {"edge": "own", "edge_cache": HOUR, "edge_purge": (f"http://127.0.0.1:{port}/purge",)}
    shop = open_shop(folder / "instance", trusted_proxies=("127.0.0.1/32",), **settings)
    asked: list[tuple[str, str]] = []

    def door(environ: dict[str, Any], start_response: Any) -> Any:
        asked.append((environ["PATH_INFO"], environ.get("HTTP_COOKIE", "")))
        return shop.service.wsgi_app(environ, start_response)

    with contextlib.ExitStack() as stack:
        stack.callback(shop.service.close)
        put_golden_sites(shop)
        origin = stack.enter_context(serving(door))
        try:
            edge = stack.enter_context(CACHES[request.param](folder / request.param, origin, port))
        except Missing as missing:
            pytest.fail(str(missing), pytrace=False)
        # The purges that the service sends at startup would otherwise arrive during the first tests.
        purges = next(part for part in shop.service.parts if isinstance(part, EdgePurges))
        wait_for(lambda: not purges.waiting)
        yield World(shop, origin, edge, purges, asked)


@pytest.fixture(autouse=True)
def _emptied(world: World) -> None:
    world.purge()
    world.asked.clear()


def test_a_cached_script_is_that_of_the_service_in_all_golden_cases(world: World) -> None:
    context, day, seen = world.shop.service.context, 0, set()
    for case in visits():
        if case["day"] != day:
            day = case["day"]
            context.clock = lambda day=day: day * 86400.0 + HOUR
            world.purge()
            seen.clear()
        place = place_of(case, "Consent-Country", "Consent-Subdivision")
        headers = {**headers_of(case), **place, "Accept-Encoding": "gzip"}
        path = f"/b/{case['site']}.js"
        answers = [world.get(path, headers) for _ in range(2)]
        wanted = world.direct(path, headers)
        assert wanted.status == 200
        assert {answer.body for answer in answers} == {wanted.body}, case["name"]
        assert {answer.headers["etag"] for answer in answers} == {wanted.headers["etag"]}
        assert {answer.headers["cache-control"] for answer in answers} == {"private, no-cache"}
        is_shared = bool(place) and "Cookie" not in headers
        assert ("s-maxage" in wanted.headers["cache-control"]) == is_shared, case["name"]
        assert (answers[1].cache == "HIT") == is_shared, case["name"]
        seen.add((path, *headers.items()))
    context.clock = time.time
    assert seen


def test_no_choice_is_in_the_cache_after_all_golden_cases(world: World) -> None:
    choices = {case["choice"] for case in visits() if case["choice"]}
    for case in visits():
        world.get(
            f"/b/{case['site']}.js", {**headers_of(case), **place_of(case, "Consent-Country", "Consent-Subdivision")}
        )
    cookies = {cookie for _, cookie in world.asked if cookie}
    assert {cookie.partition("=")[2] for cookie in cookies} == choices
    files = [path for path in (world.edge.folder / "cache").rglob("*") if path.is_file()]
    assert [path for path in files if any(choice.encode() in path.read_bytes() for choice in choices)] == []


@pytest.mark.parametrize("alone", ALONE, ids=lambda headers: next(iter(headers.items()))[1][:20])
def test_a_visitor_with_private_state_bypasses_the_cache_and_leaves_nothing_in_it(
    world: World, alone: dict[str, str]
) -> None:
    world.get(SCRIPT, GERMAN | alone)
    assert world.get(SCRIPT, GERMAN).cache == "MISS"
    assert world.get(SCRIPT, GERMAN).cache == "HIT"
    before = len(world.asked)
    answer = world.get(SCRIPT, GERMAN | alone)
    assert len(world.asked) == before + 1
    assert answer.cache != "HIT"
    assert answer.headers["cache-control"] in ("private, no-cache", "no-store")
    assert world.asked[-1][1] == alone.get("Cookie", "")


def test_cookies_that_are_not_of_the_service_neither_matter_nor_reach_it(world: World) -> None:
    assert world.get(SCRIPT, GERMAN | {"Cookie": "session=abc; _ga=1"}).cache == "MISS"
    assert world.get(SCRIPT, GERMAN | {"Cookie": "session=other"}).cache == "HIT"
    assert world.asked == [(SCRIPT, "")]


@pytest.mark.parametrize(
    "other",
    [
        {"Consent-Country": "US", "Consent-Subdivision": "CA"},
        {"Consent-Country": "US"},
        {"Accept-Language": "en"},
        {"Sec-GPC": "1"},
        {"DNT": "1"},
        {"Accept-Encoding": "gzip"},
        {"Accept-Encoding": "identity"},
    ],
    ids=str,
)
def test_what_an_answer_depends_on_is_in_the_key(world: World, other: dict[str, str]) -> None:
    first = world.get(SCRIPT, GERMAN)
    assert world.get(SCRIPT, GERMAN).cache == "HIT"
    answer = world.get(SCRIPT, GERMAN | other)
    assert answer.cache == "MISS"
    direct = world.direct(SCRIPT, GERMAN | other)
    assert (answer.body, answer.encoding) == (direct.body, direct.encoding)
    # The shop has only one language.
    assert (answer.body == first.body) == (not other.keys().isdisjoint({"Accept-Language", "Accept-Encoding"}))
    assert (answer.encoding == first.encoding) == ("Accept-Encoding" not in other)
    assert world.get(SCRIPT, GERMAN).body == first.body


def test_a_visitor_whose_place_the_edge_does_not_know_gets_a_private_answer(world: World) -> None:
    without = {name: value for name, value in GERMAN.items() if name != "Consent-Country"}
    assert [world.get(SCRIPT, without).cache for _ in range(2)] != ["MISS", "HIT"]
    assert len(world.asked) == 2


@pytest.mark.parametrize("query", ["?x=1", "?language=de&x=1", "?path=/", "?language=" + "x" * 30])
def test_invented_parameters_fill_no_cache(world: World, query: str) -> None:
    answers = [world.get(SCRIPT + query, GERMAN) for _ in range(2)]
    assert "HIT" not in {answer.cache for answer in answers}


def test_a_page_in_a_language_of_its_own_gets_that_from_the_cache(world: World) -> None:
    answers = [world.get(f"{SCRIPT}?language=fr", GERMAN) for _ in range(2)]
    assert answers[1].cache == "HIT"
    assert {answer.body for answer in answers} == {world.direct(f"{SCRIPT}?language=fr", GERMAN).body}


def test_the_cache_answers_304_to_a_browser_that_has_the_script(world: World) -> None:
    etag = world.get(SCRIPT, GERMAN).headers["etag"]
    answer = world.get(SCRIPT, GERMAN | {"If-None-Match": etag})
    assert (answer.status, answer.body) == (304, b"")
    assert len(world.asked) == 1


def test_a_publish_is_purged(world: World) -> None:
    other = {"Consent-Country": "US", "Consent-Subdivision": "TX"}
    before = [world.get(SCRIPT, GERMAN | place).body for place in ({}, other)]
    unchanged = "/b/golden-shop.js"
    world.get(unchanged, GERMAN)
    switch(world.shop, "ga", is_on=False)
    try:
        wait_for(
            lambda: world.get(SCRIPT, GERMAN).body != before[0] and world.get(SCRIPT, GERMAN | other).body != before[1]
        )
        assert world.get(SCRIPT, GERMAN).body == world.direct(SCRIPT, GERMAN).body
        assert world.get(unchanged, GERMAN).cache == "HIT"
    finally:
        switch(world.shop, "ga", is_on=True)
        wait_for(lambda: not world.purges.waiting)
    assert world.get(SCRIPT, GERMAN).body == world.direct(SCRIPT, GERMAN).body


def switch(shop: Shop, tag: str, *, is_on: bool) -> None:
    def change(draft: dict[str, Any]) -> None:
        next(one for one in draft["tags"] if one["id"] == tag)["enabled"] = is_on

    shop.edit(change)
    shop.publish()


@pytest.mark.parametrize("key", ["", "other", "consent-shop extra", 'consent") && x'])
def test_a_purge_of_anything_else_is_refused(world: World, key: str) -> None:
    port = int(world.edge.purge.rpartition(":")[2].partition("/")[0])
    assert ask(port, "/purge", {"Surrogate-Key": key} if key else {}, "POST").status == 400
    assert ask(port, "/purge", {"Surrogate-Key": "consent"}).status in (400, 403)
