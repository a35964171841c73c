"""The dashboard behind a proxy that serves it below a path of the website's own host and strips that path."""

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from tests.api.shop import open_shop
from tests.dashboard.client import Dashboard
from tests.dashboard.sample_data import PASSWORD, RECEIPT

ADDRESS = re.compile(r'(?:href|src|action|hx-get|hx-post|data-checks)="(/[^"]*)"')
PAGES = (
    *("/sites/demo/", "/sites/demo/tags", "/sites/demo/publish", "/sites/demo/banner", "/sites/demo/scan"),
    *(f"/sites/demo/receipts/{RECEIPT}", "/users", "/account", "/account/recovery-codes", "/nowhere"),
)


@pytest.fixture
def below(dashboard: Dashboard) -> Dashboard:
    """Serve the dashboard below `/consent`, as the service does."""
    served: Callable[..., Iterable[bytes]] = dashboard.app.wsgi_app

    def mounted(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        return served({**environ, "SCRIPT_NAME": "/consent"}, start_response)

    dashboard.app.wsgi_app = mounted  # type: ignore[method-assign]
    return dashboard


def test_the_service_knows_the_path_by_its_own_address(tmp_path: Path) -> None:
    shop = open_shop(tmp_path, base_url="https://www.example.com/consent")
    assert shop.get("/sites/shop/").headers["Location"] == "/consent/login?next=/consent/sites/shop/"
    assert 'href="/consent/static/dashboard/app.css' in shop.get("/login").text
    assert 'href="../static/api.css"' in shop.get("/api/docs").text
    shop.service.close()


@pytest.mark.parametrize("page", PAGES)
def test_each_address_of_a_page_is_below_the_path(below: Dashboard, page: str) -> None:
    addresses = ADDRESS.findall(below.browser("chief").get(page).text)
    assert addresses
    assert [address for address in addresses if not address.startswith("/consent/")] == []


def test_users_return_to_their_page_after_the_sign_in(below: Dashboard) -> None:
    browser = below.browser()
    assert browser.sign_in("chief").headers["Location"] == "/consent/"
    browser = below.browser()
    wanted = browser.get("/sites/demo/receipts?country=DE").headers["Location"]
    assert wanted == "/consent/login?next=/consent/sites/demo/receipts?country%3DDE"
    going_on = browser.sign_in("chief", next="/consent/sites/demo/receipts?country=DE")
    assert going_on.headers["Location"] == "/consent/sites/demo/receipts?country=DE"


def test_a_changed_password_redirects_to_the_account(below: Dashboard) -> None:
    new = "seven loud red foxes"
    fields = {"password": PASSWORD, "new_password": new, "new_password_confirm": new}
    assert below.browser("chief").post("/account", fields).headers["Location"] == "/consent/account"
