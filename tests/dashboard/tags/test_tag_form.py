"""The form on a tag's page: all parts saved at once, a copy, and two users editing the same tag."""

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.dashboard.client import Dashboard
from tests.dashboard.strict_page import strict_page

pytestmark = pytest.mark.extended

ADS = "/sites/demo/tags/demo-ads"
SETTINGS = {"part": "settings", "tag-name": "Demo Ads", "tag-on": "1"}


def _tag(dashboard: Dashboard, tag_id: str = "demo-ads") -> dict[str, Any]:
    return next(tag for tag in dashboard.draft()["tags"] if tag["id"] == tag_id)


@pytest.mark.parametrize("role", ["admin", "marketing"])
def test_a_save_without_a_change_changes_nothing(
    dashboard: Dashboard, browser: Browser, served: str, role: str
) -> None:
    before = dashboard.draft()
    with strict_page(browser, served) as view:
        page = view.sign_in(role)
        for tag in before["tags"]:
            view.open(f"/sites/demo/tags/{tag['id']}")
            page.get_by_role("button", name="Save", exact=True).click()
            expect(page.get_by_text("Saved to the draft.")).to_be_visible()
    assert dashboard.draft() == before


def test_name_switch_labels_and_note_are_saved_and_shown(dashboard: Dashboard) -> None:
    marketing = dashboard.browser("marketing")
    form = {
        "part": "settings",
        "tag-name": "  Spring  campaign ",
        "tag-note": "Asked for by Eve\r\nuntil May ",
        "tag-labels": "Agency, q2,Q2 ,",
    }
    assert marketing.post(ADS, form).location == ADS
    tag = _tag(dashboard)
    assert (tag["name"], tag["enabled"], tag["labels"]) == ("Spring campaign", False, ["Agency", "Q2"])
    assert tag["note"] == "Asked for by Eve\nuntil May"
    page = marketing.get("/sites/demo/tags").text
    assert "Spring campaign</a>" in page
    assert '<a class="badge" href="/sites/demo/tags?label=Agency">Agency</a>' in page
    assert "Spring campaign</a>" in marketing.get("/sites/demo/tags?label=Agency").text
    assert "Spring campaign</a>" not in marketing.get("/sites/demo/tags?label=Other").text
    assert "Asked for by Eve" in marketing.get("/sites/demo/publish").text
    marketing.post(ADS, SETTINGS)
    assert (_tag(dashboard)["labels"], _tag(dashboard)["note"]) == ([], "")


def test_one_invalid_field_saves_nothing_and_keeps_the_input(dashboard: Dashboard) -> None:
    before = dashboard.draft()
    form = {
        "part": ["settings", "limits", "mounts"],
        "tag-name": "",
        "tag-labels": "New label",
        "tag-note": "Why",
        "pages.only": "/ok",
        "mounts": "metrics",
    }
    answer = dashboard.browser("marketing").post(ADS, form)
    assert answer.status_code == 422
    assert "Enter a name." in answer.text
    assert 'value="New label"' in answer.text
    assert ">Why</textarea>" in answer.text
    assert "/ok</textarea>" in answer.text
    assert 'name="tag-on" value="1" aria' not in answer.text, "a switch that was turned off stays off"
    assert dashboard.draft() == before


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("tag-name", "a\u202eb"),
        ("tag-labels", ",".join(map(str, range(11)))),
        ("tag-labels", "x" * 41),
        ("tag-note", "x" * 2001),
    ],
)
def test_an_invalid_value_is_rejected_beside_its_field(dashboard: Dashboard, field: str, typed: str) -> None:
    before = dashboard.draft()
    answer = dashboard.browser("marketing").post(ADS, SETTINGS | {field: typed})
    assert answer.status_code == 422
    assert f'id="fault-{field.removeprefix("tag-")}"' in answer.text
    assert dashboard.draft() == before


def test_parts_of_an_admin_are_refused_from_others_even_beside_own_ones(dashboard: Dashboard) -> None:
    before = dashboard.draft()
    form = SETTINGS | {
        "part": ["settings", "payment"],
        "tag-name": "Other",
        "on_payment_pages": "1",
        "payment_note": "x",
    }
    assert dashboard.browser("marketing").post(ADS, form).status_code == 403
    assert dashboard.browser("marketing").post(ADS, {"part": "unheard"}).status_code == 400
    assert dashboard.draft() == before


def test_a_conflicting_save_asks_before_overwriting(dashboard: Dashboard) -> None:
    marketing, admin = dashboard.browser("marketing"), dashboard.browser("admin")
    seen = _mark(marketing.get(ADS).text)
    admin.post(ADS, SETTINGS | {"tag-name": "Of the admin"})
    answer = marketing.post(ADS, SETTINGS | {"tag-name": "Of marketing", "seen": seen})
    assert answer.status_code == 409
    assert "Someone else saved this tag" in answer.text
    assert 'value="Of marketing"' in answer.text
    assert _tag(dashboard)["name"] == "Of the admin"
    assert marketing.post(ADS, SETTINGS | {"tag-name": "Of marketing", "seen": _mark(answer.text)}).status_code == 302
    assert _tag(dashboard)["name"] == "Of marketing"


def test_a_copy_is_off_and_can_be_told_from_the_first(dashboard: Dashboard) -> None:
    marketing = dashboard.browser("marketing")
    marketing.post("/sites/demo/tags/new/google-analytics/ga4", {"measurement_id": "G-ABC1234567"})
    assert marketing.post("/sites/demo/tags/ga4/copy").location == "/sites/demo/tags/ga4-2"
    copy = _tag(dashboard, "ga4-2")
    assert (copy["name"], copy["enabled"]) == ("Google Analytics 4 (copy)", False)
    form = {
        "part": ["settings", "place"],
        "tag-name": "Google Analytics 4",
        "measurement_id": "G-OTHER12345",
        "tag-on": "1",
    }
    assert marketing.post("/sites/demo/tags/ga4-2", form).status_code == 302
    assert "G-OTHER12345" in _tag(dashboard, "ga4-2")["load"]["src"]
    page = marketing.get("/sites/demo/tags").text
    assert "<code>G-ABC1234567</code>" in page
    assert "<code>G-OTHER12345</code>" in page


def test_a_second_tag_of_a_product_is_named_by_its_id(dashboard: Dashboard) -> None:
    marketing = dashboard.browser("marketing")
    for number in (1, 2):
        marketing.post("/sites/demo/tags/new/google-analytics/ga4", {"measurement_id": f"G-ABC123456{number}"})
    assert [tag["name"] for tag in dashboard.draft()["tags"][-2:]] == [
        "Google Analytics 4",
        "Google Analytics 4 (G-ABC1234562)",
    ]


@pytest.mark.parametrize("width", [1280, 390])
def test_offers_unsaved_input_again(dashboard: Dashboard, browser: Browser, served: str, width: int) -> None:
    with strict_page(browser, served, viewport={"width": width, "height": 900}) as view:
        page = view.sign_in("marketing")
        view.open(ADS)
        page.get_by_label("Notes").fill("Half a thought")
        view.open("/sites/demo/tags")
        view.open(ADS)
        expect(page.get_by_label("Notes")).to_have_value("")
        page.get_by_role("button", name="Restore them").click()
        expect(page.get_by_label("Notes")).to_have_value("Half a thought")
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.get_by_text("Saved to the draft.")).to_be_visible()
        view.open(ADS)
        expect(page.get_by_text("unsaved changes")).to_have_count(0)
        expect(page.get_by_label("Notes")).to_have_value("Half a thought")


def _mark(page: str) -> str:
    found = re.search(r'name="seen" value="([^"]+)"', page)
    assert found
    return found[1]
