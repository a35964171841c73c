"""What runs and what is stored, before a choice and after a refusal: assertions 1, 2, 10, 11, 17, 35, 37 and 38."""

import pytest
from playwright.sync_api import Browser, expect

from tests.law.visits import Arrive
from tests.story.demo import Demo, Visitor

pytestmark = pytest.mark.server

OWN = {"visit_as", "shop_session", "cart", "consent_demo"}
"""What the shop needs, and the choice itself."""
KEPT = "async () => [Object.keys({...localStorage, ...sessionStorage}), await indexedDB.databases()]"


def nothing_is_kept(visitor: Visitor) -> None:
    """Fail if a vendor received a request, or if anything nonessential is stored."""
    visitor.settle()
    assert visitor.demo.hits() == {}
    assert set(visitor.cookies()) <= OWN
    assert visitor.page.evaluate(KEPT) == [[], []]


@pytest.mark.parametrize("place", ["DE", "GB", "CA-QC"])
def test_assertion_01_before_any_click_nothing_is_asked_for_or_kept(arrive: Arrive, place: str) -> None:
    visitor = arrive(place, "/plants/monstera")
    expect(visitor.page.get_by_role("button", name="Reject all", exact=True)).to_be_visible()
    nothing_is_kept(visitor)


def test_assertion_01_before_any_click_no_advertising_loads_in_switzerland(arrive: Arrive) -> None:
    visitor = arrive("CH")
    visitor.settle()
    assert "ads" not in visitor.demo.hits()
    assert not {"demo_ads", "ads_visitor"} & set(visitor.cookies())


def test_assertion_02_half_a_minute_scrolling_clicking_and_an_inner_link_are_no_consent(
    arrive: Arrive, demo: Demo
) -> None:
    visitor = arrive("DE")
    page = visitor.page
    visitor.context.clock.install()
    visitor.visit()
    visitor.context.clock.run_for(30_000)
    page.mouse.wheel(0, 900)
    page.get_by_role("heading", level=1).click()
    page.get_by_role("link", name="Privacy", exact=True).click()
    page.wait_for_function("() => location.pathname === '/privacy' && window.consent?.get()")
    visitor.context.clock.run_for(30_000)
    visitor.context.clock.resume()
    nothing_is_kept(visitor)


def test_assertion_10_after_a_refusal_nothing_is_on_under_another_name(arrive: Arrive) -> None:
    visitor = arrive("DE")
    visitor.press("Reject all")
    decision = visitor.page.evaluate("consent.get()")
    assert {name: group["granted"] for name, group in decision["groups"].items()} == {
        "essential": True,
        "functional": False,
        "analytics": False,
        "advertising": False,
    }
    assert (decision["allowed_tags"], decision["limited_tags"]) == (["demo-session"], [])
    visitor.page.get_by_role("button", name="Privacy choices").first.click()
    dialog = visitor.page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    assert dialog.locator("input[role=switch]:checked").count() == 0


@pytest.mark.parametrize("place", ["DE", "US-CA"])
def test_assertion_11_a_refusal_holds_through_three_loads_and_deletes_what_was_kept(arrive: Arrive, place: str) -> None:
    visitor = arrive(place)
    visitor.page.evaluate("document.cookie = 'demo_ads=old; path=/'; document.cookie = 'demo_visitor=old; path=/'")
    visitor.press("Reject all" if place == "DE" else "Opt out")
    visitor.leave()
    for path in ("/", "/plants/monstera", "/privacy"):
        visitor.visit(path)
    visitor.settle()
    assert "ads" not in visitor.demo.hits()
    assert not {"demo_ads", "demo_visitor"} & set(visitor.cookies())


def test_assertion_17_the_page_can_be_used_without_a_choice(arrive: Arrive) -> None:
    page = arrive("IT").page
    expect(page.get_by_role("button", name="Reject all", exact=True)).to_be_visible()
    top = page.evaluate("document.elementFromPoint(innerWidth / 2, innerHeight / 4).closest('section[role=region]')")
    assert top is None
    page.mouse.wheel(0, 600)
    page.wait_for_function("() => scrollY > 0")
    page.evaluate("scrollTo(0, 0)")
    page.get_by_role("link", name="Cart").click()
    page.wait_for_url("**/cart")


def test_assertion_35_without_javascript_nothing_loads_and_the_page_is_there(demo: Demo, browser: Browser) -> None:
    demo.forget_hits()
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{demo.shop}/plants/monstera?visit=DE")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert demo.hits() == {}
    assert {cookie["name"] for cookie in context.cookies()} <= OWN
    context.close()


@pytest.mark.parametrize("is_silent", [False, True], ids=["refuses", "never answers"])
def test_assertion_35_without_the_service_nothing_loads_and_the_page_is_there(
    demo: Demo, browser: Browser, is_silent: bool
) -> None:
    demo.forget_hits()
    context = browser.new_context()
    page = context.new_page()
    page.route("**/consent/**", lambda route: None if is_silent else route.abort())
    page.goto(f"{demo.shop}/plants/monstera?visit=DE", wait_until="domcontentloaded")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.get_by_role("link", name="Cart").click()
    page.wait_for_url("**/cart", wait_until="domcontentloaded")
    assert demo.hits() == {}
    assert {cookie["name"] for cookie in context.cookies()} <= OWN
    context.close()


def test_assertion_37_a_refusal_reaches_what_tags_would_have_brought_along(arrive: Arrive) -> None:
    """The advertising script loads a pixel from another path of its host: neither is requested, nor another host."""
    visitor = arrive("DE", "/plants/monstera")
    hosts: set[str] = set()
    visitor.page.on("request", lambda request: hosts.add(request.url.split("/")[2]))
    visitor.press("Reject all")
    visitor.visit("/plants/monstera")
    visitor.settle()
    assert hosts == {visitor.demo.shop.split("/")[2]}


def test_assertion_38_an_unknown_place_gets_the_strictest_rule(arrive: Arrive) -> None:
    visitor = arrive("unknown")
    assert visitor.page.evaluate("consent.get().regime") == "fallback"
    expect(visitor.page.get_by_role("button", name="Reject all", exact=True)).to_be_visible()
    nothing_is_kept(visitor)
