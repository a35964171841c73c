"""Which scripts the service lets an edge cache store, and for how long."""

import datetime
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from werkzeug.test import Client

from tests.api.shop import Shop, open_shop

NOON = datetime.datetime(2026, 12, 1, 12, tzinfo=datetime.UTC).timestamp()
GERMAN = {"Consent_Country": "DE"}


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """Open the shop behind an edge that may cache scripts for a minute."""
    opened = behind_edge(tmp_path, edge_cache=60)
    opened.service.context.clock = lambda: NOON
    yield opened
    opened.service.close()


def behind_edge(folder: Path, **settings: Any) -> Shop:
    """Open the shop with each request coming from the edge."""
    opened = open_shop(folder, edge="own", trusted_proxies=("192.0.2.9/32",), **settings)
    app = opened.service.wsgi_app
    opened.client = Client(lambda environ, start: app({"REMOTE_ADDR": "192.0.2.9"} | environ, start), use_cookies=False)
    return opened


def control(shop: Shop, path: str = "/b/shop.js", **headers: str) -> str:
    return str(shop.get(path, **headers).headers["Cache-Control"])


def test_a_script_for_a_location_of_the_edge_is_cached_under_everything_it_depends_on(shop: Shop) -> None:
    headers = shop.get("/b/shop.js", **GERMAN).headers
    assert headers["Cache-Control"] == "public, max-age=0, s-maxage=60"
    vary = "Accept-Encoding, Accept-Language, Sec-GPC, DNT, Consent-Country, Consent-Subdivision"
    assert headers["Vary"] == vary
    assert headers["Surrogate-Key"] == "consent consent-shop"
    assert headers["Cache-Tag"] == "consent,consent-shop"


@pytest.mark.parametrize(
    "alone",
    [
        {"Cookie": "consent_shop=v1.20000.eu_opt_in.0.1aaaaaaaa1bbbbbbbb1cccccccc."},
        {"Cookie": "a=1; consent_other=1"},
        {"Cookie": "consent_preview_shop=1"},
        {"Authorization": "Bearer cst_x"},
        {"Consent_Subject": "x"},
        {"Consent_App": "com.example"},
    ],
    ids=str,
)
def test_per_visitor_responses_stay_private(shop: Shop, alone: dict[str, str]) -> None:
    assert control(shop, **GERMAN, **alone) == "private, no-cache"


@pytest.mark.parametrize("place", [{}, {"Consent_Country": "XX"}, {"Consent_Country": "nowhere"}], ids=str)
def test_a_script_for_a_location_not_set_by_the_edge_stays_private(shop: Shop, place: dict[str, str]) -> None:
    assert control(shop, **place) == "private, no-cache"


def test_a_location_from_a_client_that_bypasses_the_edge_is_neither_trusted_nor_shared(shop: Shop) -> None:
    answer = shop.client.get("/b/shop.js", headers={"Consent-Country": "US"}, environ_base={"REMOTE_ADDR": "192.0.2.1"})
    assert answer.headers["Cache-Control"] == "private, no-cache"


@pytest.mark.parametrize("query", ["?path=/", "?x=1", "?language=de&language=en"])
def test_a_script_with_an_unusual_request_stays_private(shop: Shop, query: str) -> None:
    assert control(shop, f"/b/shop.js{query}", **GERMAN) == "private, no-cache"


def test_decisions_stay_private(shop: Shop) -> None:
    for query in ("", "?view=banner"):
        assert shop.decision(query, **GERMAN).headers["Cache-Control"] == "private, no-cache"


def test_without_the_setting_nothing_is_shared(tmp_path: Path) -> None:
    opened = behind_edge(tmp_path / "off")
    try:
        headers = opened.get("/b/shop.js", **GERMAN).headers
    finally:
        opened.service.close()
    assert headers["Cache-Control"] == "private, no-cache"
    assert "Surrogate-Key" not in headers


def test_no_script_is_cached_beyond_its_day(shop: Shop) -> None:
    def set_zone(draft: dict[str, dict[str, str]]) -> None:
        draft["overrides"]["time_zone"] = "Asia/Kathmandu"

    shop.edit(set_zone)
    shop.publish()
    midnights = [
        datetime.datetime(2026, 12, 2, tzinfo=datetime.UTC),
        datetime.datetime(2026, 12, 2, tzinfo=ZoneInfo("Asia/Kathmandu")),
    ]
    for midnight in midnights:
        kept = {}
        for left in (61, 60, 59, 17, 16, 1, 0.5, 0):
            shop.service.context.clock = lambda left=left, end=midnight: end.timestamp() - left
            kept[left] = control(shop, **GERMAN).partition("s-maxage=")[2]
        assert kept == {61: "60", 60: "60", 59: "32", 17: "16", 16: "16", 1: "1", 0.5: "", 0: "60"}


def test_a_revalidated_script_sends_the_same_cache_headers(shop: Shop) -> None:
    answer = shop.get("/b/shop.js", **GERMAN)
    again = shop.get("/b/shop.js", If_None_Match=answer.headers["ETag"], **GERMAN)
    assert again.status_code == 304
    assert {again.headers[name] for name in ("Cache-Control", "Vary")} == {
        answer.headers[name] for name in ("Cache-Control", "Vary")
    }


def test_shared_and_private_responses_do_not_replace_each_other(shop: Shop) -> None:
    for _ in range(2):
        assert "s-maxage" in control(shop, **GERMAN)
        assert control(shop, Cookie="consent_shop=x", **GERMAN) == "private, no-cache"
