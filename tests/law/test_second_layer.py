"""The second layer and the way back: assertions 8, 9, 12, 15, 16, 30 and 34."""

from typing import Any

import pytest
import requests
from playwright.sync_api import Locator, Page, expect

from consent.classifier.catalog import VENDORS, load_catalog
from consent.classifier.purposes import purpose_groups
from consent.core.groups import OPTIONAL
from tests.law.visits import Arrive
from tests.story.demo import Demo

pytestmark = [pytest.mark.server, pytest.mark.extended]

# Targets less than 24 pixels wide or high, except inline links (WCAG 2.2, 2.5.8).
TARGETS = """() => { const found = []
  const look = root => { for (const node of root.querySelectorAll("button, input, summary, a[href]")) {
    const { width, height } = node.getBoundingClientRect()
    if (width && !node.ariaHidden && !node.matches("p a, span a") && (width < 24 || height < 24))
      found.push([node.outerHTML, width, height]) } }
  for (const host of document.querySelectorAll("*")) if (host.shadowRoot) { look(host); look(host.shadowRoot) }
  return found }"""
# Running animations in the page and in each shadow root, which the document's own list leaves out.
MOVES = """() => [document, ...[...document.querySelectorAll("*")].map(node => node.shadowRoot)]
  .flatMap(root => root ? root.getAnimations() : []).length"""
# Makes the shop say that the visitor is a child, as its script line would.
AGE = """new MutationObserver(() => { const line = document.querySelector("script[src*='/b/demo.js']")
  if (line) line.dataset.ageBand = "under13" }).observe(document, { childList: true, subtree: true })"""


def open_settings(page: Page) -> Locator:
    page.get_by_role("button", name="Settings", exact=True).click()
    dialog = page.get_by_role("dialog", name="Your privacy choices")
    expect(dialog).to_be_visible()
    return dialog


@pytest.mark.parametrize("place", ["DE", "BR"])
def test_assertion_08_every_switch_is_off_by_default(arrive: Arrive, place: str) -> None:
    dialog = open_settings(arrive(place).page)
    switches = dialog.locator("input[role=switch]")
    assert switches.count() >= len(OPTIONAL)
    assert dialog.locator("input[role=switch]:checked").count() == 0


def test_assertion_09_closing_grants_nothing(arrive: Arrive) -> None:
    visitor = arrive("IT")
    page = visitor.page
    for way in ("Escape", "cross", "beside"):
        dialog = open_settings(page)
        dialog.get_by_role("switch", name="Analytics", exact=True).check()
        if way == "cross":
            dialog.get_by_role("button", name="Close without saving").click()
        elif way == "beside":
            page.mouse.click(3, 3)
        page.keyboard.press("Escape")
        expect(dialog).to_have_count(0)
        assert not any(page.evaluate(f"consent.get().groups.{group}.granted") for group in OPTIONAL)
        expect(page.get_by_role("button", name="Reject all", exact=True)).to_be_visible()
    visitor.settle()
    assert visitor.demo.hits() == {}
    assert "consent_demo" not in visitor.cookies()


@pytest.mark.parametrize("place", ["DE", "US-CA"])
def test_assertion_12_every_page_leads_back_to_the_choice_by_two_acts_of_the_keyboard(
    arrive: Arrive, place: str
) -> None:
    visitor = arrive(place)
    visitor.press("Reject all" if place == "DE" else "Opt out")
    for path in ("/plants/monstera", "/privacy", "/checkout"):
        page = visitor.visit(path)
        back = page.get_by_role("button", name="Privacy choices")
        expect(back.first).to_be_visible()
        page.evaluate("document.activeElement.blur()")
        page.keyboard.press("Tab")
        expect(back.and_(page.locator(":focus"))).to_have_count(1)
        page.keyboard.press("Enter")
        expect(page.get_by_role("dialog")).to_be_visible()


def test_assertion_15_everything_that_can_load_is_listed_with_what_it_keeps(arrive: Arrive, demo: Demo) -> None:
    page = arrive("DE").page
    dialog = open_settings(page)
    for summary in dialog.locator("summary").all():
        summary.click()
    facts: list[dict[str, Any]] = requests.get(f"{demo.url}/api/v1/sites/demo/vendors?language=en", timeout=10).json()[
        "vendors"
    ]
    expect(dialog).to_contain_text("demo_ads")
    tags = page.evaluate("consent.get().tags.map(tag => tag.vendor)")
    assert dialog.locator("li").count() == len(tags)
    for vendor in facts:
        row = dialog.locator("li", has_text=vendor["name"])
        for purpose in vendor["purposes"]:
            expect(row).to_contain_text(purpose["text"])
        for cookie in vendor["cookies"]:
            for part in ("name", "purpose", "lifetime"):
                expect(row.filter(has_text=cookie["name"])).to_contain_text(cookie[part])
        if vendor["id"] != "demo-session":
            expect(row.get_by_role("link", name=f"Privacy policy of {vendor['name']}")).to_be_visible()
    assert {vendor["id"] for vendor in facts} == set(tags)


def test_assertion_16_the_essential_group_holds_only_tags_with_a_purpose_that_is_necessary(arrive: Arrive) -> None:
    essential = arrive("DE").page.evaluate("consent.get().tags.filter(tag => tag.group === 'essential')")
    assert [tag["vendor"] for tag in essential] == ["demo-session"]
    for vendor in load_catalog(VENDORS).vendors:
        for tag in vendor.tags:
            if tag.group == "essential":
                assert {purpose_groups()[code] for code in tag.purposes} == {"essential"}, vendor.id


def test_assertion_30_under_the_age_bar_no_way_switches_advertising_on(arrive: Arrive) -> None:
    visitor = arrive("US-CA")
    visitor.leave()
    visitor.context.add_init_script(AGE)
    visitor.visit("/plants/monstera")
    page = visitor.page
    page.get_by_role("button", name="Privacy choices").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("switch", name="Advertising", exact=True)).to_be_disabled()
    expect(dialog).to_contain_text("Stays off at your age.")
    dialog.get_by_role("button", name="Accept all").click()
    page.evaluate("consent.set({functional: true, analytics: true, advertising: true})")
    page.evaluate("consent.set({}, {'demo-ads': true})")
    visitor.settle()
    assert "ads" not in visitor.demo.hits()
    assert page.evaluate("consent.get().groups.advertising.reason") == "minor"


def test_assertion_34_both_layers_have_role_name_and_keys_and_fit_a_zoomed_phone(arrive: Arrive) -> None:
    # 320 CSS pixels are also what 1280 device pixels give at a zoom of 400% (WCAG 2.2, 1.4.10).
    for size in ({"width": 320, "height": 568}, {"width": 640, "height": 400}):
        page = arrive("DE", viewport=size, reduced_motion="reduce").page
        layer = page.get_by_role("region", name="Cookies and privacy")
        expect(layer).to_be_visible()
        assert page.evaluate("document.activeElement === document.body")
        assert page.evaluate(TARGETS) == []
        assert page.evaluate(MOVES) == 0
        for name in ("Accept all", "Reject all", "Settings"):
            expect(layer.get_by_role("button", name=name, exact=True)).to_be_in_viewport(ratio=1)
        dialog = open_settings(page)
        assert dialog.evaluate("node => node.matches(':modal')")
        assert page.evaluate(TARGETS) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
        assert page.evaluate(MOVES) == 0
        page.keyboard.press("Escape")
        expect(dialog).to_have_count(0)
        expect(page.get_by_role("button", name="Settings", exact=True)).to_be_focused()
