"""Pages about people and sign-in in the states that they have once something is there: axe at both widths."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.dashboard.cast import Desk
from tests.dashboard.changes import FORMS
from tests.dashboard.test_accessibility import _faults
from tests.dashboard.watched import Watched, watched

pytestmark = [pytest.mark.long, pytest.mark.timeout(300)]
SIZES = [(1280, "light"), (390, "dark")]
PATHS = (
    *("/people", "/people/6", "/people/groups", "/tokens", "/account", "/account/sessions", "/sites/demo/versions"),
    *("/sites/demo/versions/1", "/sites/demo/settings/publishing", "/sites/demo/origins", "/sites/demo/payment-pages"),
)


def fill(desk: Desk) -> None:
    """Have a group, a token, a person who waits to be invited, other sessions, and two versions."""
    chief = desk.browser("chief")
    for endpoint in ("dashboard.save_group", "dashboard.make_token", "dashboard.invite", "dashboard.add_rule"):
        assert chief.post(*FORMS[endpoint]).status_code in (200, 302), endpoint
    chief.post("/people/4/roles", {"role": "marketing", "group": "Shops"})
    chief.post("/sites/demo/stop")
    chief.post("/sites/demo/payment-pages", {"payment_paths": ""})


def looked_at(view: Watched, name: str, found: dict[str, list[str]]) -> None:
    """Keep the faults of the page that is open."""
    for details in view.page.locator("main details").all():
        details.evaluate("one => one.open = true")
    if faults := _faults(view.page):
        found[name] = faults


@pytest.mark.parametrize(("width", "scheme"), SIZES)
def test_no_page_about_people_has_a_fault(browser: Browser, desk: Desk, served: str, width: int, scheme: Any) -> None:
    fill(desk)
    found: dict[str, list[str]] = {}
    options = {"color_scheme": scheme, "viewport": {"width": width, "height": 900}, "bypass_csp": True}
    with watched(browser, served, **options) as view:
        page = view.open("/login")
        looked_at(view, "log-in", found)
        page.get_by_label("Mail address").fill("nobody@example.com")
        page.get_by_label("Password").fill("not the password")
        page.keyboard.press("Enter")
        expect(page.get_by_text("is not right")).to_be_visible()
        looked_at(view, "log-in, refused", found)
        view.sign_in("chief")
        for path in PATHS:
            view.open(path)
            looked_at(view, path, found)
        for name, act in ACTS.items():
            act(view)
            looked_at(view, name, found)
        view.expected = ("401", "422", "400")
    assert found == {}


def _fault_of_an_invitation(view: Watched) -> None:
    page = view.open("/people")
    page.get_by_label("Mail address").last.fill("no address")
    page.get_by_label("Mail address").last.press("Enter")
    expect(page.locator("[aria-invalid=true]").first).to_be_visible()


def _new_token(view: Watched) -> None:
    page = view.open("/tokens")
    page.get_by_label("Name").last.fill("Another shop")
    page.locator("[name=scope]").first.check()
    page.locator("[name=every]").first.check()
    page.get_by_label("Name").last.press("Enter")
    expect(page.get_by_role("button", name="Copy").first).to_be_visible()


def _second_factor(view: Watched) -> None:
    page = view.open("/account/second-factor")
    button = page.get_by_role("button", name="Set it up")
    if button.count():
        button.first.click()


def _a_link(view: Watched) -> None:
    page = view.open("/people/6")
    page.get_by_role("button", name="link").first.click()
    expect(page.get_by_role("button", name="Copy").first).to_be_visible()


ACTS: dict[str, Callable[[Watched], None]] = {
    "invitation with a fault": _fault_of_an_invitation,
    "a token, shown once": _new_token,
    "second factor": _second_factor,
    "a link, shown once": _a_link,
}
