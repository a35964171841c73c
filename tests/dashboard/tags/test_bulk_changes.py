"""Changing several tags in the list at once, and the filters by vendor and label."""

import json
import re
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from consent.classifier.catalog import VENDORS, load_catalog
from consent.classifier.vendor_search import POPULAR
from tests.dashboard.client import Dashboard
from tests.dashboard.site_check import GA4, checked
from tests.dashboard.strict_page import strict_page
from tests.dashboard.tags.pasted_code import CODE

pytestmark = pytest.mark.extended

TAGS = "/sites/demo/tags"


def _enabled(dashboard: Dashboard) -> dict[str, bool]:
    return {tag["id"]: tag["enabled"] for tag in dashboard.draft()["tags"]}


def test_several_tags_are_switched_and_back(dashboard: Dashboard) -> None:
    marketing = dashboard.browser("marketing")
    marketing.post(f"{TAGS}/demo-chat/enabled", {"enabled": "0"})
    before = _enabled(dashboard)
    form: dict[str, Any] = {"tag": ["demo-chat", "demo-ads", "demo-video", "unheard"], "enabled": "0"}
    answer = marketing.post(f"{TAGS}/switched", form, HX_Request="true")
    assert [tag for tag, is_on in _enabled(dashboard).items() if not is_on] == ["demo-chat", "demo-ads", "demo-video"]
    toast = json.loads(answer.headers["HX-Trigger"])["toast"]
    assert toast["text"] == "2 tags are off in the draft."
    marketing.post(toast["undo"]["url"], toast["undo"]["values"])
    assert _enabled(dashboard) == before, "what was off before stays off"


def test_unapproved_code_stays_off(dashboard: Dashboard) -> None:
    marketing = dashboard.browser("marketing")
    marketing.post(f"{TAGS}/new/custom", {"code": CODE, "purpose": "visitor_statistics"})
    custom = dashboard.draft()["tags"][-1]["id"]
    marketing.post(f"{TAGS}/demo-chat/enabled", {"enabled": "0"})
    answer = marketing.post(f"{TAGS}/switched", {"tag": [custom, "demo-chat"], "enabled": "1"}, HX_Request="true")
    assert "1 wait for an admin" in json.loads(answer.headers["HX-Trigger"])["toast"]["text"]
    assert (_enabled(dashboard)[custom], _enabled(dashboard)["demo-chat"]) == (False, True)


def test_labels_are_added_and_removed_and_filter_the_list(dashboard: Dashboard) -> None:
    marketing = dashboard.browser("marketing")
    marketing.post(f"{TAGS}/labeled", {"tag": ["demo-ads", "demo-chat"], "label": "Agency"})
    page = marketing.get(f"{TAGS}?label=Agency").text
    assert re.findall(r'data-tag="([^"]+)"', page) == ["demo-chat", "demo-ads"]
    assert re.findall(r'data-tag="([^"]+)"', marketing.get(f"{TAGS}?vendor=demo-chat").text) == ["demo-chat"]
    assert re.findall(r'data-tag="([^"]+)"', marketing.get(f"{TAGS}?q=agency+chat").text) == ["demo-chat"]
    marketing.post(f"{TAGS}/labeled", {"tag": ["demo-ads"], "label": "AGENCY", "remove": "1"})
    assert re.findall(r'data-tag="([^"]+)"', marketing.get(f"{TAGS}?label=Agency").text) == ["demo-chat"]


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"label": "x"}, "Select one or more tags."),
        ({"tag": "demo-ads", "label": " "}, "Enter a label."),
        ({"tag": "demo-ads", "label": "x" * 41}, "Enter labels of at most 40 characters"),
    ],
)
def test_an_invalid_label_gets_a_reason(dashboard: Dashboard, form: dict[str, str], words: str) -> None:
    before, marketing = dashboard.draft(), dashboard.browser("marketing")
    assert marketing.post(f"{TAGS}/labeled", form).status_code == 302
    assert words in marketing.get(TAGS).text
    assert dashboard.draft() == before


@pytest.mark.parametrize(("width", "has_script"), [(1280, True), (390, True), (1280, False)])
def test_tags_are_selected_and_switched_in_a_browser(
    dashboard: Dashboard, browser: Browser, served: str, width: int, has_script: bool
) -> None:
    with strict_page(browser, served, viewport={"width": width, "height": 900}, java_script_enabled=has_script) as view:
        page = view.sign_in("marketing")
        view.open(TAGS)
        button = page.get_by_role("button", name="Switch off", exact=True)
        if has_script:
            expect(button).to_be_hidden()
            page.get_by_label("Select all").check()
        for tag in ("Demo Ads", "Demo Chat", "Demo Video"):
            page.get_by_label(f"Select {tag}").set_checked(not has_script)
        button.click()
        expect(page.locator("#toasts")).to_contain_text("off in the draft.")
        off = {tag for tag, is_on in _enabled(dashboard).items() if not is_on}
        ads = {"demo-ads", "demo-chat", "demo-video"}
        assert off == (set(_enabled(dashboard)) - ads if has_script else ads)


def test_what_the_site_has_and_what_most_use_come_first(dashboard: Dashboard) -> None:
    known = {vendor.id: vendor for vendor in load_catalog(VENDORS).vendors}
    assert [vendor for vendor in POPULAR if not known[vendor].tags or not known[vendor].is_checked] == []
    marketing = dashboard.browser("marketing")
    first = re.findall(r"/tags/new/([a-z-]+)/", marketing.get(f"{TAGS}/new").text)
    assert first[0] == POPULAR[0]
    checked(dashboard, GA4._replace(vendor="hotjar", template="hotjar", name="Hotjar", parameters={}))
    page = marketing.get(f"{TAGS}/new").text
    assert re.findall(r"/tags/new/([a-z-]+)/", page)[0] == "hotjar"
    assert "Seen on your site" in page


def test_filters_are_folded_with_their_number(dashboard: Dashboard) -> None:
    admin = dashboard.browser("admin")
    assert re.search(
        r'<details class="folded">\s*<summary id="filter-count">Filters<', admin.get("/sites/demo/tags").text
    )
    page = admin.get("/sites/demo/tags?group=functional&state=live", HX_Trigger="by-group").text
    assert re.search(r'<details class="folded" open>\s*<summary id="filter-count">Filters \(2\)<', page)
    receipts = admin.get("/sites/demo/receipts?country=DE").text
    assert re.search(r'<details class="card filters" data-wide>\s*<summary id="filter-count">Filters \(1\)<', receipts)
