"""The first layer as a visitor sees it: assertions 3 to 7, 14, 22 and 23."""

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.law.visits import Arrive

pytestmark = pytest.mark.server

LOOK = """node => { const s = getComputedStyle(node), box = node.getBoundingClientRect()
  let opacity = 1  // of all that it stands in, as it is painted
  for (let n = node; n; n = n.assignedSlot || n.parentNode || n.host)
    if (n instanceof Element) opacity *= getComputedStyle(n).opacity
  return { tag: node.tagName, role: node.getAttribute("role"), font: [s.fontFamily, s.fontSize, s.fontWeight],
    color: s.color, background: s.backgroundColor, opacity, disabled: node.disabled,
    area: box.width * box.height, width: box.width, height: box.height, below: innerHeight - box.bottom, above: box.top,
    covers: [[.5, .5], [.1, .2], [.9, .8]].every(([x, y]) =>
      node.contains(document.elementFromPoint(box.x + box.width * x, box.y + box.height * y))) } }"""
CARD = "layer => getComputedStyle(layer.shadowRoot.querySelector('.card')).backgroundColor"
ALLOWED = {"Accept all", "Reject all", "Opt out", "Settings", "Save my choice", "Close", "4 partners"}
PRESSURE = re.compile(r"\bonly \d|\bhurry\b|\blater\b|\bsorry\b|\bmiss out\b|\bbest experience\b|seconds", re.I)
REGIONS = ["DE", "GB", "CA-QC", "US-CA"]


def layer_of(page: Page) -> Locator:
    return page.get_by_role("region", name="Cookies and privacy")


def pair(place: str) -> tuple[str, str]:
    """Return the names of the two buttons; where tags run until refused, the first closes instead of accepting."""
    return ("Close", "Opt out") if place.startswith("US") else ("Accept all", "Reject all")


def looks(page: Page, place: str) -> list[dict[str, Any]]:
    return [layer_of(page).get_by_role("button", name=name, exact=True).evaluate(LOOK) for name in pair(place)]


def luminance(color: str) -> float:
    """Return the relative luminance of `rgb(...)`, or of white painted by `color-scheme` (WCAG 2.2)."""
    parts = [int(part) / 255 for part in re.findall(r"\d+", color)[:3]]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted([luminance(one), luminance(other)])
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize(("place", "refusal"), [("DE", "Reject all"), ("US-CA", "Opt out")])
def test_assertion_04_one_click_refuses_all(arrive: Arrive, place: str, refusal: str) -> None:
    visitor = arrive(place)
    visitor.press(refusal)
    groups = visitor.page.evaluate("consent.get().groups")
    assert [name for name, group in groups.items() if group["granted"]] == ["essential"]


@pytest.mark.parametrize("width", [360, 1280])
def test_assertions_05_06_07_neither_answer_is_favoured(arrive: Arrive, width: int) -> None:
    for place in ("DE", "US-CA"):
        page = arrive(place, viewport={"width": width, "height": 800}).page
        expect(layer_of(page)).to_be_visible()
        onwards, refusal = looks(page, place)
        for same in ("tag", "role", "font"):  # 5
            assert onwards[same] == refusal[same]
        assert refusal["area"] >= 0.95 * onwards["area"]  # 6
        card = layer_of(page).evaluate(CARD)
        stand_out = [contrast(one["background"], card) for one in (onwards, refusal)]
        assert max(stand_out) / min(stand_out) < 1.2
        for one in (onwards, refusal):
            assert contrast(one["color"], one["background"]) >= 4.5
            assert not one["disabled"]
            assert one["opacity"] >= 0.9
            assert one["covers"]
            assert one["above"] >= 0
            assert one["below"] >= 0


@pytest.mark.parametrize("place", ["DE", "US-CA"])
def test_assertion_07_both_come_in_tab_order_within_one_step(arrive: Arrive, place: str) -> None:
    page = arrive(place).page
    expect(layer_of(page)).to_be_visible()
    met = []
    for _ in range(10):
        page.keyboard.press("Tab")
        met.append(page.evaluate("document.activeElement.innerText"))
    onwards, refusal = (met.index(name) for name in pair(place))
    assert abs(onwards - refusal) == 1


@pytest.mark.parametrize("place", REGIONS)
def test_assertions_03_14_22_both_answers_are_plain_and_in_sight_after_who_what_for_and_how_to_withdraw(
    arrive: Arrive, place: str
) -> None:
    page = arrive(place).page
    for width, height in ((360, 640), (1280, 800)):  # 3
        page.set_viewport_size({"width": width, "height": height})
        for name in pair(place):
            button = layer_of(page).get_by_role("button", name=name, exact=True)
            expect(button).to_be_in_viewport(ratio=1)
    names = layer_of(page).get_by_role("button").all_inner_texts()  # 22
    assert set(names) <= ALLOWED
    assert pair(place)[1] in names
    says_before_the_buttons(page, place)  # 14


def says_before_the_buttons(page: Page, place: str) -> None:
    layer = layer_of(page)
    expect(layer).to_contain_text("We (Little Grove) and")
    words = layer.inner_text()
    told = ["Little Grove", "4 partners"]
    if place != "US-CA":
        told += ["Functional: ", "Analytics: ", "Advertising: ", "withdraw your choice"]
    else:
        told += ["opt out at any time"]
    first_answer = min(words.index(name) for name in pair(place))
    for part in told:
        assert -1 < words.find(part) < first_answer, part
    opener = "Settings" if place == "US-CA" else "4 partners"
    layer.get_by_role("button", name=opener, exact=True).click()
    expect(page.get_by_role("dialog")).to_be_visible()


def test_assertion_23_no_countdown_no_pressure_and_never_twice(arrive: Arrive) -> None:
    visitor = arrive("DE")
    page = visitor.page
    expect(layer_of(page)).to_be_visible()
    words = layer_of(page).inner_text()
    assert not PRESSURE.search(words)
    page.context.clock.install()
    visitor.visit()
    expect(layer_of(page)).to_have_count(1)
    page.context.clock.run_for(120_000)
    assert layer_of(page).inner_text() == words
    page.context.clock.resume()
    visitor.press("Reject all")
    expect(layer_of(page)).to_have_count(0)
    for path in ("/plants/monstera", "/cart"):
        visitor.visit(path)
        expect(page.get_by_role("button", name="Privacy choices").first).to_be_visible()
        page.context.clock.run_for(120_000)
        expect(layer_of(page)).to_have_count(0)
