"""The main walks of marketing and compliance, in a real browser."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.dashboard.client import Dashboard
from tests.dashboard.hostile_texts import plant
from tests.dashboard.sample_data import RECEIPT, VISITOR
from tests.dashboard.strict_page import StrictPage, strict_page


@pytest.fixture
def view(browser: Browser, served: str) -> Iterator[StrictPage]:
    """Open a browser on the dashboard."""
    with strict_page(browser, served) as view:
        yield view


def test_marketing_adds_a_product_with_five_clicks(view: StrictPage, dashboard: Dashboard) -> None:
    page = view.sign_in_by_keyboard("marketing")
    page.get_by_role("link", name="Tags").click()  # 1
    page.get_by_role("button", name="Add a tag").click()  # 2
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("ga")  # 3, a field
    page.get_by_role("link", name="Google Analytics 4").click()  # 4
    expect(page.get_by_label("Measurement ID")).to_be_focused()
    page.keyboard.type("UA-1")
    page.keyboard.press("Tab")
    expect(page.get_by_text("Enter a value like G-ABC1234567")).to_be_visible()
    expect(page.get_by_label("Measurement ID")).to_have_attribute("aria-invalid", "true")
    page.get_by_label("Measurement ID").fill("G-ABC1234567")
    page.keyboard.press("Tab")
    expect(page.get_by_text("not of the form")).to_have_count(0)
    page.get_by_role("button", name="Save as draft").click()  # 5
    expect(page.get_by_role("row", name="Google Analytics 4")).to_contain_text("not published yet")
    assert dashboard.draft()["tags"][-1]["id"] == "ga4"


def test_a_switch_is_taken_back_by_a_key(view: StrictPage, dashboard: Dashboard) -> None:
    page = view.sign_in("marketing")
    view.open("/sites/demo/tags")
    page.get_by_role("switch", name="Demo Ads is on").focus()
    page.keyboard.press("Space")
    expect(page.get_by_text("Demo Ads is off in the draft.")).to_be_visible()
    expect(page.locator("#pending")).to_contain_text("1")
    assert page.evaluate("document.activeElement.id") == "on-demo-ads"
    page.keyboard.press("u")
    expect(page.get_by_text("Demo Ads is on in the draft.")).to_be_visible()
    expect(page.locator("#pending")).to_be_empty()
    expect(page.get_by_role("switch", name="Demo Ads is on")).to_be_checked()
    assert all(tag["enabled"] for tag in dashboard.draft()["tags"])


def test_a_removed_tag_is_taken_back_from_the_toast(view: StrictPage, dashboard: Dashboard) -> None:
    page = view.sign_in("marketing")
    view.open("/sites/demo/tags/demo-chat")
    page.get_by_role("button", name="Remove from the draft").click()
    page.wait_for_url("**/sites/demo/tags")
    expect(page.get_by_role("row", name="Demo Chat")).to_have_count(0)
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(page.get_by_role("row", name="Demo Chat")).to_be_visible()
    assert "demo-chat" in {tag["id"] for tag in dashboard.draft()["tags"]}


def test_marketing_publishes_with_two_clicks_and_rolls_back_once_the_difference_was_shown(view: StrictPage) -> None:
    page = view.sign_in("marketing")
    view.open("/sites/demo/tags")
    page.get_by_role("switch", name="Demo Ads is on").click()
    page.get_by_role("button", name="Publish 1 change").click()
    expect(page.get_by_text("on → off")).to_be_visible()
    page.get_by_label("Note").fill("No ads in winter")
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_text("Version 2 is live.")).to_be_visible()
    page.get_by_role("link", name="Versions").click()
    page.get_by_role("button", name="Restore…").click()
    expect(page.get_by_text("off → on")).to_be_visible()
    page.get_by_role("button", name="Restore as a new version").click()
    expect(page.get_by_text("Version 3 is live.")).to_be_visible()
    expect(page.get_by_role("row", name="Version 3")).to_contain_text("Content of version 1 restored")


def test_compliance_finds_a_record_with_the_keyboard(view: StrictPage) -> None:
    page = view.sign_in_by_keyboard("compliance")
    page.keyboard.press("/")
    page.keyboard.type(RECEIPT)
    page.keyboard.press("Enter")
    expect(page.get_by_text("The signature is valid.")).to_be_visible()
    expect(page.locator(".timeline li")).to_have_count(3)
    page.wait_for_load_state("load")
    page.locator("body").press("/")
    page.keyboard.type(f"visitor={VISITOR}")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="3 receipts")).to_be_visible()
    page.wait_for_load_state("load")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/{RECEIPT}")


def test_a_place_with_a_long_name_leaves_the_list_within_its_card(view: StrictPage) -> None:
    page = view.sign_in("compliance")
    view.open("/sites/demo/receipts")
    place = page.locator("#results tbody td:nth-child(4)").first
    place.evaluate("one => { one.firstChild.data = 'United States, District of Columbia' }")
    inside, around = page.locator("#results table").bounding_box(), page.locator("#results .card").bounding_box()
    assert inside
    assert around
    assert inside["x"] + inside["width"] <= around["x"] + around["width"]


def test_filters_change_the_list_at_once_and_live_in_the_address(view: StrictPage) -> None:
    page = view.sign_in("compliance")
    view.open("/sites/demo/receipts")
    page.get_by_text("Filters", exact=True).click()
    page.get_by_label("Country").select_option("DE")
    expect(page.get_by_role("heading", name="15 receipts")).to_be_visible()
    page.locator('[name="group.analytics"]').select_option("granted")
    expect(page.get_by_role("heading", name="10 receipts")).to_be_visible()
    assert page.url.endswith("/sites/demo/receipts?country=DE&group.analytics=granted")
    page.reload()
    expect(page.get_by_role("heading", name="10 receipts")).to_be_visible()
    page.get_by_role("link", name="Remove filter: Germany").click()
    expect(page.get_by_role("heading", name="40 receipts")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", name="10 receipts")).to_be_visible()


def test_times_are_local_with_utc_beside_them(view: StrictPage) -> None:
    page = view.sign_in("compliance")
    view.open(f"/sites/demo/receipts/{RECEIPT}")
    time = page.locator("main time").first
    assert time.get_attribute("title") == "24 Nov 2026, 23:59 UTC"
    assert re.search(r"25 Nov 2026, 0?8:59", time.inner_text())


def test_an_id_is_copied_by_its_button(view: StrictPage) -> None:
    page = view.sign_in("compliance")
    view.open(f"/sites/demo/receipts/{RECEIPT}")
    page.get_by_role("button", name="Copy the receipt ID").click()
    expect(page.get_by_text("Copied.")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == RECEIPT


def test_a_switch_in_an_ended_session_leads_to_the_log_in(view: StrictPage) -> None:
    page = view.sign_in("marketing")
    view.open("/sites/demo/tags")
    page.context.clear_cookies()
    page.get_by_role("switch", name="Demo Ads is on").click()
    page.wait_for_url("**/login")
    view.expected = ("401",)


def test_hostile_names_do_not_run(view: StrictPage, dashboard: Dashboard) -> None:
    page = view.sign_in("chief")
    plant(dashboard)
    for path in ("", "tags", "tags/demo-ads", "publish", "versions", "settings", "receipts", f"receipts/{RECEIPT}"):
        view.open(f"/sites/demo/{path}")
    view.open("/sites/demo/tags")
    page.get_by_role("switch").first.click()
    expect(page.get_by_text("That did not work.")).to_be_visible()
    view.expected = ("422",)
