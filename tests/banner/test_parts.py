"""The part of the script that comes after the first layer, where it is fetched and not appended."""

import pytest
from playwright.sync_api import Page, expect

from tests.banner.payload import CAST, choice, make_payload
from tests.banner.service import LATER, Service

QUIET = [one for one in CAST if one["group"] != "essential"]
"""Tags of which none may run before a choice."""


@pytest.fixture
def service(service: Service) -> Service:
    """Leave the part to be fetched."""
    service.payload = make_payload(service.vendors, tags=QUIET)
    service.apart = True
    return service


def asked(service: Service) -> list[str]:
    """Return what the script asked for, without the page, itself and the browser's icon."""
    return [path for path in service.requests if path not in ("/", "/b/demo.js", "/favicon.ico")]


def accept(page: Page) -> None:
    page.get_by_role("button", name="Accept all").click()


def test_nothing_but_the_script_is_asked_for_before_something_is_opened_or_chosen(page: Page, service: Service) -> None:
    page.goto(
        service.page('<p>Words</p><script type="text/plain" data-consent="analytics" src="/vendor/late.js"></script>')
    )
    expect(page.get_by_role("button", name="Reject all")).to_be_visible()
    service.wait_for(lambda: bool(service.events))
    page.mouse.wheel(0, 500)
    page.locator("body").click(position={"x": 5, "y": 5})
    page.evaluate("consent.get()")
    assert asked(service) == []


def test_a_choice_fetches_it_and_acts(page: Page, service: Service) -> None:
    page.goto(service.page('<script type="text/plain" data-consent="analytics" src="/vendor/late.js"></script>'))
    accept(page)
    page.wait_for_function("(window.ran || []).length === 4")
    assert sorted(page.evaluate("ran")) == ["ads", "chat", "late", "stats"]
    assert service.one_receipt()["action"] == "accept_all"
    assert service.asked_for(LATER) == 1
    expect(page.get_by_role("button", name="Privacy choices")).to_be_visible()


def test_opening_the_second_layer_fetches_it(page: Page, service: Service) -> None:
    page.goto(service.page())
    page.get_by_role("button", name="Settings").click()
    dialog = page.get_by_role("dialog", name="Your privacy choices")
    dialog.get_by_role("switch", name="Analytics", exact=True).check()
    dialog.get_by_role("button", name="Save my choice").click()
    assert service.one_receipt()["choices"] == {"functional": False, "analytics": True, "advertising": False}


@pytest.mark.parametrize(
    "held",
    [
        '<iframe data-consent="functional" data-vendor="video" data-src="/film" width="300" height="200"></iframe>',
        '<script type="text/plain" data-consent="essential" src="/vendor/late.js"></script>',
    ],
)
def test_a_page_that_holds_a_frame_or_something_essential_fetches_it(page: Page, service: Service, held: str) -> None:
    page.goto(service.page(held))
    if "iframe" in held:
        expect(page.get_by_role("button", name="Load once")).to_be_visible()
    else:
        page.wait_for_function("(window.ran || []).includes('late')")
    assert service.asked_for(LATER) == 1


def test_a_returning_visitor_gets_it_and_nothing_is_painted_but_the_way_back(page: Page, service: Service) -> None:
    service.visit_with(page, choice("010"))
    page.goto(service.page())
    page.wait_for_function("(window.ran || []).includes('stats')")
    expect(page.get_by_role("button", name="Privacy choices")).to_be_visible()
    expect(page.get_by_role("button", name="Reject all")).to_have_count(0)
    assert page.evaluate("ran") == ["stats"]


def test_a_choice_is_kept_while_it_cannot_be_fetched_and_acts_at_the_next_page(page: Page, service: Service) -> None:
    page.goto(service.page())
    expect(page.get_by_role("button", name="Accept all")).to_be_visible()
    page.route("**" + LATER, lambda route: route.abort())
    accept(page)
    expect(page.get_by_role("button", name="Accept all")).to_have_count(0)
    assert page.evaluate("consent.get().groups.analytics.granted") is True
    assert page.evaluate("window.ran || []") == []
    page.unroute("**" + LATER)
    page.reload()
    page.wait_for_function("(window.ran || []).length === 3")
    assert service.one_receipt()["action"] == "accept_all"


def test_what_the_page_asks_for_by_the_api_waits_for_it(page: Page, service: Service) -> None:
    page.goto(service.page())
    page.wait_for_function("window.consent")
    page.evaluate("consent.set({analytics: true})")
    assert service.one_receipt()["method"] == "api"
    page.evaluate("consent.withdraw()")
    service.wait_for(lambda: len(service.receipts) == 2)
    assert service.receipts[1]["action"] == "withdraw"
    assert page.evaluate("consent.get().groups.analytics.reason") == "refused"
