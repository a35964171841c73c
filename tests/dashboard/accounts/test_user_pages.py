"""The pages for users and sign-in when they have content: axe at both widths."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.dashboard.client import Dashboard
from tests.dashboard.forms import FORMS
from tests.dashboard.page_details import record_problems
from tests.dashboard.strict_page import StrictPage, strict_page

pytestmark = [pytest.mark.long, pytest.mark.timeout(300)]
SIZES = [(1280, "light"), (390, "dark")]
PATHS = (
    *("/users", "/users/6", "/users/groups", "/tokens", "/account", "/account/sessions", "/sites/demo/versions"),
    *("/sites/demo/versions/1", "/sites/demo/settings/publishing", "/sites/demo/origins", "/sites/demo/payment-pages"),
)


def fill(dashboard: Dashboard) -> None:
    """Add a group, a token, an invited user, other sessions and two versions."""
    chief = dashboard.browser("chief")
    for endpoint in ("dashboard.save_group", "dashboard.create_token", "dashboard.invite", "dashboard.add_rule"):
        assert chief.post(*FORMS[endpoint]).status_code in (200, 302), endpoint
    chief.post("/users/4/roles", {"role": "marketing", "group": "Shops"})
    chief.post("/sites/demo/stop")
    chief.post("/sites/demo/payment-pages", {"payment_paths": ""})


@pytest.mark.parametrize(("width", "scheme"), SIZES)
def test_no_page_about_users_has_a_fault(
    browser: Browser, dashboard: Dashboard, served: str, width: int, scheme: Any
) -> None:
    fill(dashboard)
    found: dict[str, list[str]] = {}
    options = {"color_scheme": scheme, "viewport": {"width": width, "height": 900}, "bypass_csp": True}
    with strict_page(browser, served, **options) as view:
        page = view.open("/login")
        record_problems(view, "log-in", found)
        page.get_by_label("Email").fill("nobody@example.com")
        page.get_by_label("Password").fill("not the password")
        page.keyboard.press("Enter")
        expect(page.get_by_text("is incorrect")).to_be_visible()
        record_problems(view, "log-in, refused", found)
        view.sign_in("chief")
        for path in PATHS:
            view.open(path)
            record_problems(view, path, found)
        for name, act in ACTS.items():
            act(view)
            record_problems(view, name, found)
        view.expected = ("401", "422", "400")
    assert found == {}


def _fault_of_an_invitation(view: StrictPage) -> None:
    page = view.open("/users")
    page.get_by_label("Email").last.fill("no address")
    page.get_by_label("Email").last.press("Enter")
    expect(page.locator("[aria-invalid=true]").first).to_be_visible()


def _new_token(view: StrictPage) -> None:
    page = view.open("/tokens")
    page.get_by_label("Name").last.fill("Another shop")
    page.locator("[name=scope]").first.check()
    page.locator("[name=every]").first.check()
    page.get_by_label("Name").last.press("Enter")
    expect(page.get_by_role("button", name="Copy").first).to_be_visible()


def _second_factor(view: StrictPage) -> None:
    page = view.open("/account/second-factor")
    button = page.get_by_role("button", name="Set up")
    if button.count():
        button.first.click()


def _a_link(view: StrictPage) -> None:
    page = view.open("/users/6")
    page.get_by_role("button", name="link").first.click()
    expect(page.get_by_role("button", name="Copy").first).to_be_visible()


ACTS: dict[str, Callable[[StrictPage], None]] = {
    "invitation with a fault": _fault_of_an_invitation,
    "a token, shown once": _new_token,
    "second factor": _second_factor,
    "a link, shown once": _a_link,
}
