"""The shop's own path to the service."""

import json
from typing import Any

import pytest
from flask.testing import FlaskClient

Service = tuple[str, list[dict[str, Any]]]


def asked(shop: FlaskClient, path: str = "/consent/b/demo.js", **more: Any) -> Any:
    return json.loads(shop.get(path, **more).data)


def test_a_visitor_without_a_pretended_location_is_located_by_address(shop: FlaskClient) -> None:
    seen = asked(shop, environ_base={"REMOTE_ADDR": "203.0.113.7"})
    assert seen["path"] == "/b/demo.js"
    assert seen["query"] == {}
    assert seen["headers"]["X-Visitor-Address"] == "203.0.113.7"
    assert seen["headers"]["Authorization"] == "Bearer secret-token"


def test_a_pretended_location_replaces_the_address(shop: FlaskClient) -> None:
    shop.set_cookie("visit_as", "US-CA.gpc.de")
    seen = asked(shop)
    assert seen["query"] == {"country": "US", "subdivision": "CA", "gpc": "1", "language": "de"}
    assert seen["headers"]["Sec-Gpc"] == "1"
    assert "X-Visitor-Address" not in seen["headers"]


def test_an_unknown_location_forwards_neither_location_nor_address(shop: FlaskClient) -> None:
    shop.set_cookie("visit_as", "unknown")
    seen = asked(shop)
    assert seen["query"] == {}
    assert "X-Visitor-Address" not in seen["headers"]
    assert seen["headers"]["Authorization"] == "Bearer secret-token"


def test_the_page_for_requests_begins_with_the_pretended_location(shop: FlaskClient) -> None:
    shop.set_cookie("visit_as", "US-CA")
    assert asked(shop, "/consent/rights/demo?language=en")["query"] == {"language": "en", "place": "US-CA"}
    assert asked(shop, "/consent/rights/demo?place=DE")["query"] == {"place": "DE"}
    shop.set_cookie("visit_as", "unknown")
    assert asked(shop, "/consent/rights/demo")["query"] == {}


def test_a_visitor_cannot_use_the_shops_token_for_words_of_his_own(shop: FlaskClient) -> None:
    shop.set_cookie("visit_as", "DE")
    path = "/consent/b/demo.js?country=US&subdivision=TX&gpc=0&dnt=0&choice=x&age_band=adult&view=banner"
    seen = asked(
        shop,
        path,
        headers={"X-Visitor-Address": "8.8.8.8", "X-Forwarded-For": "8.8.8.8"},
    )
    assert seen["query"] == {"country": "DE", "view": "banner"}
    assert seen["headers"]["Authorization"] == "Bearer secret-token"
    assert not {"X-Visitor-Address", "X-Forwarded-For"} & seen["headers"].keys()


def test_a_caller_with_a_token_uses_only_that_token(shop: FlaskClient) -> None:
    shop.set_cookie("visit_as", "DE")
    path = "/consent/b/demo.js?country=US&subdivision=TX"
    seen = asked(shop, path, headers={"X-Visitor-Address": "8.8.8.8", "Authorization": "Bearer mine"})
    assert seen["query"] == {"country": "US", "subdivision": "TX"}
    assert seen["headers"]["Authorization"] == "Bearer mine"
    assert "X-Visitor-Address" not in seen["headers"]


def test_forwards_the_signals_of_the_browser(shop: FlaskClient) -> None:
    seen = asked(shop, headers={"Sec-GPC": "1", "DNT": "1"})
    assert seen["query"] == {"gpc": "1", "dnt": "1"}
    assert seen["headers"]["Sec-Gpc"] == seen["headers"]["Dnt"] == "1"


def test_forwards_the_request_facts_that_the_service_needs(shop: FlaskClient) -> None:
    shop.set_cookie("consent_demo", "v1.old")
    sent = {
        "Origin": "http://www.shop.localhost:8001",
        "Sec-Fetch-Site": "same-origin",
        "Accept-Language": "de, en;q=0.5",
        "Accept-Encoding": "br, gzip",
        "Referer": "http://www.shop.localhost:8001/plants",
        "User-Agent": "Firefox",
        "Consent-Check": "1",
    }
    seen = asked(shop, "/consent/api/v1/sites/demo/texts/de", headers=sent)
    assert {name: seen["headers"][name] for name in sent} == sent
    assert seen["headers"]["Cookie"] == "consent_demo=v1.old"
    assert "Authorization" not in seen["headers"]


def test_forwards_a_choice_and_its_response_unchanged(shop: FlaskClient) -> None:
    body = '{"key": "' + "é" * 3500 + '"}'
    answer = shop.post("/consent/api/v1/sites/demo/receipts", data=body, content_type="text/plain; charset=utf-8")
    assert answer.status_code == 201
    seen = json.loads(answer.data)
    assert (seen["method"], seen["body"]) == ("POST", body)
    assert seen["headers"]["Content-Type"] == "text/plain; charset=utf-8"
    assert [cookie.partition("=")[0] for cookie in answer.headers.getlist("Set-Cookie")] == [
        "consent_demo",
        "consent_demo_id",
    ]


def test_an_unchanged_script_is_not_sent_again(shop: FlaskClient) -> None:
    first = shop.get("/consent/b/demo.js")
    again = shop.get("/consent/b/demo.js", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    assert again.headers["Vary"] == "Accept-Encoding, Sec-GPC"
    assert again.headers["Cache-Control"] == "private, no-cache"


def test_a_link_to_the_draft_is_opened_below_the_shops_own_path(shop: FlaskClient) -> None:
    shop.set_cookie("consent_preview_demo", "1.0.x")
    seen = asked(shop, "/consent/p/demo?key=1.0.x")
    assert (seen["path"], seen["query"]) == ("/p/demo", {"key": "1.0.x"})
    assert "consent_preview_demo=1.0.x" in asked(shop)["headers"]["Cookie"]


@pytest.mark.parametrize(
    "path",
    [
        "",
        "login",
        "api/v1/sites/other/decision",
        "b/other.js",
        "b/../login",
        "metrics",
        "api/v1/sites/demo/receipts/export/x/y",
    ],
)
def test_the_shop_exposes_nothing_else_of_the_service(shop: FlaskClient, path: str) -> None:
    assert shop.get(f"/consent/{path}").status_code == 404


def test_a_service_that_is_away_is_a_502_in_the_one_shape(lonely_shop: FlaskClient) -> None:
    answer = lonely_shop.get("/consent/b/demo.js")
    assert answer.status_code == 502
    assert json.loads(answer.data)["error"]["code"] == "service_away"
    assert lonely_shop.get("/").status_code == 200
