"""The worker in docs/edge.md, in Debian's nginx: decides without the service, by configs that `consent edge` wrote."""

import contextlib
import http.client
import json
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from consent.core.choice import parse_choice
from consent.runtime.edge.edge_configs import edge_configs
from consent.sites.shipped_rules import load_rules
from tests.api.shop import ORIGIN, Shop, open_shop
from tests.edge.golden_sites import put_golden_sites, visits
from tests.edge.servers import EXAMPLES, PLACE, Missing, changed, running_nginx
from tests.golden import FILE, TCF_FILE
from tests.operating.service import ROOT, free_port
from tests.wsgi_server import serving

pytestmark = pytest.mark.long
WORKER = ROOT / "static"
NJS = Path(__file__).with_name("worker_cases.js")
DAY = 86_400
CASES = visits(FILE, TCF_FILE)
SITES = ("shop", "golden-shop", "golden-mobile", "golden-clinic", "golden-held", "tcf-shop", "tcf-everywhere")
SECOND = [case["tcf"] for case in CASES if "tcf" in case]
"""The values of the second cookie in the cases with TCF."""
UNKEYED = {"token"}
ADDRESSES = ("X-Test-Country", "X-Test-Subdivision")


@dataclass
class World:
    """The shop, its service's port, and nginx with the worker, in front of a service that is gone."""

    shop: Shop
    origin: int
    port: int

    def edge(self, path: str, headers: dict[str, str], method: str = "GET", body: str = "") -> tuple[int, Any, Any]:
        named = {"Consent-Country": ADDRESSES[0], "Consent-Subdivision": ADDRESSES[1]}
        return ask(self.port, path, {named.get(name, name): text for name, text in headers.items()}, method, body)

    def service(self, path: str, headers: dict[str, str]) -> tuple[int, Any, Any]:
        return ask(self.origin, path, headers)


def ask(port: int, path: str, headers: dict[str, str], method: str = "GET", body: str = "") -> tuple[int, Any, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    with contextlib.closing(connection):
        connection.request(method, path, body or None, {"Host": "consent.example.com", **headers})
        response = connection.getresponse()
        text = response.read()
        return response.status, response.headers, json.loads(text) if text else None


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("worker")
    shop = open_shop(folder / "instance", edge="own", trusted_proxies=("127.0.0.1/32",))
    with contextlib.ExitStack() as stack:
        stack.callback(shop.service.close)
        put_golden_sites(shop)
        origin, port = stack.enter_context(serving(shop.service.wsgi_app)), free_port()
        context = shop.service.context
        (folder / "consent_sites.json").write_bytes(configs_of(shop, context.clock(), SITES))
        write_days(shop, folder / "golden_sites.json")
        try:
            stack.enter_context(running_nginx(folder / "nginx", site_lines(folder, port), port))
        except Missing as missing:
            pytest.fail(str(missing), pytrace=False)
        yield World(shop, origin, port)


def configs_of(shop: Shop, now: float, sites: Iterable[str]) -> bytes:
    """Return the configs that the edge decides by for an hour from `now`."""
    live = shop.service.context.configs.live
    return edge_configs([config for site in sites if (config := live.get(site))], load_rules(), now, 1)


def write_days(shop: Shop, path: Path) -> None:
    """Write the configs for each day in the golden cases, by day: at noon UTC, when it is that day everywhere."""
    sites = {day: {case["site"] for case in CASES if case["day"] == day} for day in {case["day"] for case in CASES}}
    found = {str(day): json.loads(configs_of(shop, day * DAY + DAY // 2, sorted(keys))) for day, keys in sites.items()}
    path.write_text(json.dumps(found))


def site_lines(folder: Path, port: int) -> str:
    """Return the docs' lines, in front of a service that is gone, and a location that decides for any day."""
    lines = (EXAMPLES / "nginx-edge-worker.conf").read_text("utf-8")
    main = [line.removeprefix("#").strip() for line in lines.splitlines() if line.startswith("#   js_")]
    assert len(main) == 3
    files = {"/etc/nginx/njs/consent_sites.json": f"{folder}/consent_sites.json", "/etc/nginx/njs;": f"{WORKER};"}
    cases = [
        f"js_path {NJS.parent};",
        f"js_import cases from {NJS.name};",
        f"js_preload_object golden_days from {folder}/golden_sites.json;",
    ]
    server = [
        f"listen 127.0.0.1:{port};",
        "client_body_buffer_size 8m;",
        "client_max_body_size 8m;",
        "location = /cases { js_content cases.decide; }",
        lines,
    ]
    upstream = f"upstream consent {{ server 127.0.0.1:{free_port()}; }}"
    return "\n".join([changed("\n".join(main), files), *cases, PLACE, upstream, "server {", *server, "}"])


def test_the_worker_decides_every_golden_case_as_the_service_does(world: World) -> None:
    sent = [
        {
            "site": case["site"],
            "day": case["day"],
            "country": case["place"].partition("-")[0],
            "subdivision": case["place"].partition("-")[2],
            "language": case.get("language", "en"),
            "signals": case["signals"],
            "choice": case["choice"],
            "path": case["path"],
            "tcf": case.get("tcf"),
        }
        for case in CASES
    ]
    status, _, found = world.edge("/cases", {}, "POST", json.dumps(sent))
    assert status == 200
    wrong = {
        case["name"]: {name: one[name] for name in case["full"] if one[name] != case["full"][name]}
        for case, one in zip(CASES, found, strict=True)
        if any(one[name] != case["full"][name] for name in case["full"])
    }
    assert wrong == {}


def some_request(draw: random.Random, keys: list[str], choices: list[str]) -> tuple[str, dict[str, str]]:
    place = draw.choice(
        [
            "",
            "DE",
            "DE-BY",
            "FR",
            "US",
            "US-CA",
            "US-TX",
            "US-ZZ",
            "CA-QC",
            "GB",
            "BR",
            "CN-HK",
            "JP",
            "XX",
            "QQ",
            "de",
            "PR",
        ]
    )
    country, _, part = place.partition("-")
    headers = {"Consent-Country": country, "Consent-Subdivision": part}
    languages = (
        "de-AT,de;q=0.8",
        "fr-CA",
        "nn",
        "zh-TW;q=0.5,en;q=0.4",
        "*",
        "x",
        "en;q=0,*",
        "no",
        "pt,en;q=0.9",
        "iw",
    )
    site = draw.choice(keys)
    headers |= {"Accept-Language": draw.choice(languages)} if draw.random() < 0.9 else {}
    headers |= {"Sec-GPC": draw.choice(("1", "0", "1,0", "1, 0"))} if draw.random() < 0.4 else {}
    headers |= {"DNT": draw.choice("10")} if draw.random() < 0.3 else {}
    headers |= (
        {"Origin": draw.choice((ORIGIN, "https://consent.example.com", "https://evil.example"))}
        if draw.random() < 0.3
        else {}
    )
    if draw.random() < 0.7:
        values = draw.choices([*choices, "v1.rubbish", ""], k=draw.choice((1, 1, 2)))
        second = [f"consent_{site}_tcf={draw.choice(SECOND)}"] if site.startswith("tcf") and draw.random() < 0.8 else []
        headers["Cookie"] = "; ".join(["a=b", *(f"consent_{site}={value}" for value in values), *second])
    queries = ("", "", "?path=/checkout", "?path=%2Fhealth%2Fb&language=de", "?path=/blog/%C3%A4+b", "?language=fr")
    wrong = ("?path=x", "?foo=1", "?country=DE", "?path=/&path=/", "?path=%ff", "?view=other")
    query = draw.choice(wrong if draw.random() < 0.1 else queries)
    return f"/api/v1/sites/{site}/decision{query}", {name: text for name, text in headers.items() if text}


def test_the_worker_answers_requests_as_the_service_does(world: World) -> None:
    draw = random.Random(27)
    keys = [*SITES, "nobody"]
    choices = [case["choice"] for case in CASES if case["choice"] and parse_choice(case["choice"])]
    statuses = set()
    for _ in range(600):
        path, headers = some_request(draw, keys, choices)
        wanted_status, wanted_headers, wanted = world.service(path, headers)
        status, got, found = world.edge(path, headers)
        wanted = {name: value for name, value in wanted.items() if name not in UNKEYED}
        assert (status, found) == (wanted_status, wanted), (path, headers)
        for name in (
            "Content-Type",
            "Cache-Control",
            "Access-Control-Allow-Origin",
            "Access-Control-Allow-Credentials",
        ):
            assert got[name] == wanted_headers[name], (name, path, headers)
        statuses.add(status)
    assert statuses == {200, 400, 403, 404}


def test_the_answer_has_no_write_token_and_the_files_of_the_edge_no_key(world: World) -> None:
    _, _, found = world.edge("/api/v1/sites/shop/decision", {"Consent-Country": "DE"})
    assert "token" not in found
    assert found["allowed_tags"] == ["session"]
    keys = world.shop.service.context.keys
    text = configs_of(world.shop, world.shop.service.context.clock(), ["shop"]).decode()
    assert keys.secret.hex() not in text
    assert "token" not in text


@pytest.mark.parametrize(
    ("query", "headers"),
    [("", {"Authorization": "Bearer x"}), ("", {"Consent-Subject": "x"}), ("?view=banner", {}), ("?view=csp", {})],
)
def test_requests_that_only_the_service_can_answer_get_a_503(world: World, query: str, headers: dict[str, str]) -> None:
    status, got, found = world.edge(f"/api/v1/sites/shop/decision{query}", headers)
    assert (status, found["error"]["code"], got["Retry-After"]) == (503, "unavailable", "5")


def test_a_page_of_the_site_may_read_the_answer(world: World) -> None:
    _, got, _ = world.edge("/api/v1/sites/shop/decision", {"Origin": ORIGIN})
    assert got["Access-Control-Allow-Origin"] == ORIGIN
    status, got, found = world.edge("/api/v1/sites/shop/decision", {"Origin": "https://evil.example"})
    assert (status, found["error"]["code"], got["Access-Control-Allow-Origin"]) == (403, "origin_not_allowed", None)
