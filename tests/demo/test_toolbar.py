"""The toolbar that only the demo has."""

from itertools import product

import pytest
from flask.testing import FlaskClient

from consent.demo.visit import LANGUAGES, PLACES, Visit, make_visit, read_visit, write_visit


def test_every_visit_survives_its_cookie() -> None:
    for place, language, gpc in product(PLACES, LANGUAGES, (False, True)):
        visit = Visit(place, gpc, language)
        assert read_visit(write_visit(visit)) == visit


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("de", "DE"),
        ("us-ca", "US-CA"),
        ("California", "US-CA"),
        ("ES", "ES"),
        ("unknown", "unknown"),
        ("<b>", "here"),
        ("", "here"),
    ],
)
def test_a_place_is_understood_by_code_and_by_name(text: str, place: str) -> None:
    assert make_visit(text).place == place


def test_the_switch_works_without_a_script_and_goes_back(shop: FlaskClient) -> None:
    answer = shop.post("/demo/visit-as", data={"place": "US-CA", "gpc": "1", "language": "de", "back": "/plants/aloe"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/plants/aloe")
    assert answer.headers["Set-Cookie"].startswith("visit_as=US-CA.gpc.de;")
    page = shop.get("/").text
    assert '<option value="US-CA" selected>' in page
    assert 'name="gpc" value="1" checked' in page


def test_an_address_can_ask_for_a_visit(shop: FlaskClient) -> None:
    answer = shop.get("/?visit=DE")
    assert '<option value="DE" selected>' in answer.text
    assert any(cookie.startswith("visit_as=DE;") for cookie in answer.headers.getlist("Set-Cookie"))
    assert '<option value="DE" selected>' in shop.get("/cart").text
    assert '<option value="ES" selected>ES' in shop.get("/?visit=ES&gpc=1").text


@pytest.mark.parametrize(
    "back", ["https://evil.example/", "//evil.example/", "/\\evil.example", "evil", "javascript:alert(1)"]
)
def test_the_return_link_leads_to_no_other_host(shop: FlaskClient, back: str) -> None:
    assert shop.post("/demo/visit-as", data={"place": "DE", "back": back}).headers["Location"] == "/"


def test_forgetting_clears_what_the_shop_and_its_vendors_set_and_nothing_else(shop: FlaskClient) -> None:
    names = ["consent_demo", "consent_demo_id", "demo_chat", "demo_visitor", "demo_ads", "shop_session", "cart"]
    for name in [*names, "visit_as", "dashboard_session"]:
        shop.set_cookie(name, "x", domain="www.shop.localhost")
    answer = shop.post("/demo/forget", base_url="http://www.shop.localhost:8001")
    cleared = {cookie.partition("=")[0] for cookie in answer.headers.getlist("Set-Cookie") if "Max-Age=0" in cookie}
    assert cleared == set(names)
    assert any("demo_visitor=" in c and "Domain=shop.localhost" in c for c in answer.headers.getlist("Set-Cookie"))
    assert answer.headers["Clear-Site-Data"] == '"storage"'


def test_the_hits_are_json_for_the_script_and_a_page_for_people(shop: FlaskClient) -> None:
    shop.post("/demo/hits/reset")
    assert shop.get("/demo/hits").json == {"total": 0, "hosts": {}, "cookies": {}}
    assert "0 requests by all browsers" in shop.get("/demo/hits", headers={"Accept": "text/html,*/*;q=0.8"}).text
