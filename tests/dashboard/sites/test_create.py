"""The form for a new site in a browser."""

import json

import pytest
from playwright.sync_api import Browser, expect

from consent.dashboard.sites.settings import typed_origin
from tests.dashboard.client import Dashboard
from tests.dashboard.strict_page import strict_page


@pytest.mark.parametrize("width", [390, 1280])
def test_the_time_zone_of_a_new_site_is_the_browsers(browser: Browser, served: str, width: int) -> None:
    with strict_page(browser, served, viewport={"width": width, "height": 900}) as view:
        page = view.sign_in("chief")
        view.open("/sites/new")
        expect(page.get_by_label("Time zone")).to_have_value("Asia/Tokyo")
        expect(page.get_by_label("Language of the banner")).to_have_value("en")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize(
    ("language", "period"),
    [
        ("en", "36 months after expiry or withdrawal"),
        ("pl", "36 miesięcy po wygaśnięciu lub wycofaniu"),
        ("fr-CA", "36 mois après expiration ou retrait"),
    ],
)
def test_the_default_facts_are_in_the_language_of_the_site(dashboard: Dashboard, language: str, period: str) -> None:
    form = {"name": "Sklep", "host": "www.sklep.example", "language": language}
    assert dashboard.browser("chief").post("/sites/new", form).status_code == 302
    with dashboard.database() as connection:
        draft = json.loads(connection.execute("SELECT draft FROM site WHERE key = 'sklep'").fetchone()[0])
    assert draft["controller"]["retention"] == period
    unknown = dashboard.browser("chief").post("/sites/new", form | {"name": "Other", "language": "xx"})
    assert unknown.status_code == 422


@pytest.mark.parametrize(
    ("typed", "origin"),
    [
        ("127.0.0.1:8390/x", "http://127.0.0.1:8390"),
        ("localhost:8390", "http://localhost:8390"),
        ("shop.localhost", "http://shop.localhost"),
        ("[::1]:8390/", "http://[::1]:8390"),
        ("https://localhost:8390/", "https://localhost:8390"),
        ("www.shop.example/page", "https://www.shop.example"),
        ("localhost.example", "https://localhost.example"),
        ("[nonsense", "https://[nonsense"),
    ],
)
def test_an_address_of_this_machine_without_a_scheme_is_http(typed: str, origin: str) -> None:
    assert typed_origin(typed) == origin
