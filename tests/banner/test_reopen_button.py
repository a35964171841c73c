"""The button that reopens the settings: its position, its look, and pages that have their own."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.banner.payload import choice, look, make_payload
from tests.banner.service import Service

pytestmark = pytest.mark.extended

PHONE = {"width": 390, "height": 844}
BAR = (
    '<div id="bar" style="position: fixed; inset: auto 0 0; height: 64px; background: gold"><button>Buy</button></div>'
)


@pytest.fixture
def returning(page: Page, service: Service) -> Page:
    """Return a page on the phone of a visitor who has refused before."""
    page.set_viewport_size(PHONE)
    service.visit_with(page, choice("000"))
    return page


def button(page: Page) -> Locator:
    return page.get_by_role("button", name="Privacy choices")


def styled(service: Service, **back: object) -> None:
    service.payload["acts"]["back"] = back


def test_moves_away_from_a_bar_that_the_page_fixed_to_the_bottom(returning: Page, service: Service) -> None:
    returning.goto(service.page(BAR))
    _wait_until_clear(returning)
    returning.get_by_role("button", name="Buy").click()
    # A second bar that appears later, stacked on the first.
    more = '<div class="more" style="position: fixed; inset: auto 0 64px; height: 50px; background: teal">Cart</div>'
    returning.evaluate("html => document.body.insertAdjacentHTML('beforeend', html)", more)
    returning.set_viewport_size({"width": 391, "height": 844})
    _wait_until_clear(returning, below=50 + 64)
    returning.evaluate("document.querySelectorAll('#bar, .more').forEach(bar => bar.remove())")
    returning.set_viewport_size(PHONE)
    returning.wait_for_function(f"{BOX}.bottom > innerHeight - 30")


BOX = "document.querySelector('section[aria-label=\"Privacy choices\"]').getBoundingClientRect()"


def _wait_until_clear(page: Page, below: int = 64) -> None:
    expect(button(page)).to_be_visible()
    page.wait_for_function(f"{BOX}.bottom <= innerHeight - {below}")


@pytest.mark.parametrize("position", ["bottom", "bar", "corner"])
def test_the_first_layer_leaves_room_on_phones_for_a_bottom_bar(page: Page, service: Service, position: str) -> None:
    page.set_viewport_size(PHONE)
    service.payload["look"] = look(foot=64, position=position)
    page.goto(service.page(BAR))
    card = page.get_by_role("button", name="Settings").evaluate(BOTTOM_OF_LAYER)
    assert card <= PHONE["height"] - 64
    page.get_by_role("button", name="Buy").click()
    page.set_viewport_size({"width": 1280, "height": 800})
    assert page.get_by_role("button", name="Settings").evaluate(BOTTOM_OF_LAYER) > 800 - 64


BOTTOM_OF_LAYER = "node => node.closest('[data-position]').getBoundingClientRect().bottom"


def test_uses_the_side_distance_and_icon_of_the_site(returning: Page, service: Service) -> None:
    styled(service, side="end", offset=90, icon=True)
    returning.goto(service.page())
    expect(button(returning)).to_be_visible()
    box = button(returning).bounding_box()
    assert box is not None
    assert round(PHONE["height"] - box["y"] - box["height"]) == 90
    assert round(PHONE["width"] - box["x"] - box["width"]) == 12
    assert min(box["width"], box["height"]) >= 40
    expect(button(returning)).to_have_text("")
    button(returning).click()
    expect(returning.get_by_role("dialog")).to_be_visible()


def test_stays_clear_of_the_safe_area_at_the_bottom_of_the_window(returning: Page, service: Service) -> None:
    returning.goto(service.page())
    expect(button(returning)).to_be_visible()
    before = returning.evaluate(f"{BOX}.bottom")
    insets = {"insets": {"bottom": 34, "bottomMax": 34}}
    returning.context.new_cdp_session(returning).send("Emulation.setSafeAreaInsetsOverride", insets)
    returning.wait_for_function(f"Math.round({BOX}.bottom) === {round(before) - 34}")


def test_an_opt_out_is_announced_in_words_when_only_the_icon_is_shown(page: Page, service: Service) -> None:
    service.payload = make_payload(service.vendors, "US-CA")
    service.payload["signals"]["gpc"] = True
    styled(service, icon=True, own_link=True)
    page.goto(service.page("<span data-choices-link></span>"))
    expect(page.get_by_text("Opt-Out Request Honored")).to_be_visible()


def test_is_hidden_while_the_page_has_its_own_link(returning: Page, service: Service) -> None:
    styled(service, own_link=True)
    returning.goto(service.page("<footer><span data-choices-link></span></footer>"))
    link = returning.locator("[data-choices-link]").get_by_role("button").first
    expect(link).to_be_visible()
    expect(returning.locator("section[aria-label='Privacy choices']")).to_be_hidden()
    link.click()
    expect(returning.get_by_role("dialog")).to_be_visible()
    returning.goto(service.page("<p>words</p>"))
    expect(button(returning)).to_be_visible()


def test_without_the_own_link_setting_both_link_and_button_are_shown(returning: Page, service: Service) -> None:
    returning.goto(service.page("<footer><span data-choices-link></span></footer>"))
    expect(returning.locator("[data-choices-link] a").first).to_be_visible()
    expect(returning.locator("section[aria-label='Privacy choices']")).to_be_visible()
