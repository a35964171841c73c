"""A tag's trigger: the form, the list, the preview, the difference before a publish, and a file."""

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.dashboard.client import Dashboard
from tests.dashboard.strict_page import strict_page

ADS = "/sites/demo/tags/demo-ads"
CLICK = {"part": "trigger", "trigger.on": "click", "trigger.selector": " #buy  b "}
BOUND = r"[\s\S]{0,400}"


def trigger(dashboard: Dashboard) -> dict[str, Any] | None:
    return next(tag for tag in dashboard.draft()["tags"] if tag["id"] == "demo-ads").get("trigger")


def test_a_trigger_is_saved_shown_everywhere_and_taken_back(dashboard: Dashboard) -> None:
    marketing = dashboard.browser("marketing")
    before = dashboard.draft()
    assert marketing.post(ADS, {"part": "trigger", "trigger.on": ""}).location == ADS
    assert dashboard.draft() == before, "no trigger is no field"
    marketing.post(ADS, CLICK | {"trigger.repeat": "1", "trigger.before_choice": "drop", "trigger.seconds": "x"})
    assert trigger(dashboard) == {"on": "click", "selector": "#buy b", "repeat": True, "before_choice": "drop"}
    words = "a click on #buy b, each time, only after the choice"
    assert f"waits for {words}" in marketing.get("/sites/demo/tags").text
    difference = marketing.get("/sites/demo/publish").text
    assert re.search(f"Waits for{BOUND}the page view{BOUND}{words}", difference)
    granted = marketing.get("/sites/demo/preview?place=DE&choice=all").text
    assert re.search(f"Allowed: [^<]*, waits for {words}", granted)
    refused = marketing.get("/sites/demo/preview?place=DE&choice=nothing").text
    assert "waits for" not in refused, "what is blocked waits for nothing"
    marketing.post(ADS, {"part": "trigger", "trigger.on": ""})
    assert dashboard.draft() == before


def test_the_trigger_and_limits_of_a_new_tag_are_shown_before_the_publish(dashboard: Dashboard) -> None:
    marketing = dashboard.browser("marketing")
    marketing.post(f"{ADS}/copy")
    (copied,) = (tag["id"] for tag in dashboard.draft()["tags"] if tag["id"].startswith("demo-ads-"))
    marketing.post(f"/sites/demo/tags/{copied}", CLICK)
    difference = marketing.get("/sites/demo/publish").text
    assert re.search(f"Waits for{BOUND}a click on #buy b", difference)
    assert "the page view" not in difference


@pytest.mark.parametrize(
    ("facts", "field", "sentence"),
    [
        ({"trigger.on": "click"}, "selector", "Enter a CSS selector, such as #buy."),
        ({"trigger.on": "click", "trigger.selector": "#buy{}"}, "selector", "This CSS selector is not valid"),
        ({"trigger.on": "submit", "trigger.selector": "alert(1)"}, "selector", "This CSS selector is not valid"),
        (
            {"trigger.on": "click", "trigger.selector": "a:contains('Buy')"},
            "selector",
            "This CSS selector is not valid",
        ),
        ({"trigger.on": "scroll", "trigger.percent": "0"}, "percent", "Enter a whole number from 1 to 100."),
        ({"trigger.on": "time", "trigger.seconds": "3e3"}, "seconds", "Enter a whole number from 1 to 3600."),
        ({"trigger.on": "event", "trigger.name": " "}, "name", "Enter the name of the event, such as signup."),
        ({"trigger.on": "hover"}, "on", "Choose what the tag waits for."),
    ],
)
def test_an_invalid_field_has_its_message_beside_it_and_saves_nothing(
    dashboard: Dashboard, facts: dict[str, str], field: str, sentence: str
) -> None:
    before = dashboard.draft()
    answer = dashboard.browser("marketing").post(ADS, {"part": "trigger", **facts})
    assert answer.status_code == 422
    assert re.search(f'id="fault-trigger.{field}">{re.escape(sentence)}', answer.text)
    assert dashboard.draft() == before


def test_only_the_fields_of_the_chosen_kind_are_shown_and_one_save_keeps_them(
    dashboard: Dashboard, browser: Browser, served: str
) -> None:
    with strict_page(browser, served) as view:
        page = view.sign_in("marketing")
        view.open(ADS)
        kind = page.get_by_label("Runs on")
        selector, percent = page.get_by_label("CSS selector"), page.get_by_label("Percent")
        expect(selector).to_be_hidden()
        kind.select_option("Element visibility")
        expect(percent).to_have_value("50")
        selector.fill("#prices")
        kind.select_option("Scroll depth")
        expect(selector).to_be_hidden()
        expect(page.get_by_label("Each time")).to_be_hidden()
        kind.select_option("Element visibility")
        page.get_by_label("If it happens before").select_option("Drop it")
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.get_by_text("Saved to the draft.")).to_be_visible()
        expect(selector).to_have_value("#prices")
    assert trigger(dashboard) == {"on": "visible", "selector": "#prices", "percent": 50, "before_choice": "drop"}
