"""The order of the list of tags, and its filters."""

import json

import pytest

from tests.dashboard.client import Dashboard

TAGS = "/sites/demo/tags"
ORDER = ["demo-session", "demo-chat", "demo-analytics", "demo-ads", "demo-video"]


def _ids(dashboard: Dashboard) -> list[str]:
    return [tag["id"] for tag in dashboard.draft()["tags"]]


def test_a_tag_is_moved_and_moved_back_by_the_toast(dashboard: Dashboard) -> None:
    marketing = dashboard.browser("marketing")
    answer = marketing.post(f"{TAGS}/demo-ads/place", {"before": "demo-chat"}, HX_Request="true")
    assert _ids(dashboard) == ["demo-session", "demo-ads", "demo-chat", "demo-analytics", "demo-video"]
    toast = json.loads(answer.headers["HX-Trigger"])["toast"]
    assert toast["text"] == "Demo Ads is loaded before Demo Chat."
    assert "Publish 1 change<" in answer.text
    marketing.post(toast["undo"]["url"], toast["undo"]["values"], HX_Request="true")
    assert _ids(dashboard) == ORDER
    assert "Publish 1 change" not in marketing.get(TAGS).text


def test_the_first_tag_goes_back_to_the_top(dashboard: Dashboard) -> None:
    marketing = dashboard.browser("marketing")
    answer = marketing.post(f"{TAGS}/demo-session/place", {"after": "demo-video"}, HX_Request="true")
    assert _ids(dashboard)[-1] == "demo-session"
    undo = json.loads(answer.headers["HX-Trigger"])["toast"]["undo"]
    marketing.post(undo["url"], undo["values"])
    assert _ids(dashboard) == ORDER


def test_a_new_order_is_a_change_that_a_publish_tells(dashboard: Dashboard) -> None:
    marketing = dashboard.browser("marketing")
    marketing.post(f"{TAGS}/demo-ads/place", {"before": "demo-chat"})
    page = marketing.get("/sites/demo/publish").text
    assert "Order of the tags" in page
    assert "Little Grove itself, Demo Ads, Demo Chat, Demo Analytics, Demo Video" in page


@pytest.mark.parametrize(
    ("fields", "status"),
    [({}, 400), ({"before": "demo-ads"}, 400), ({"before": "a", "after": "b"}, 400), ({"after": "never"}, 404)],
)
def test_rejects_an_invalid_position(dashboard: Dashboard, fields: dict[str, str], status: int) -> None:
    assert dashboard.browser("marketing").post(f"{TAGS}/demo-ads/place", fields).status_code == status
    assert _ids(dashboard) == ORDER


def test_a_viewer_sees_no_buttons_and_moves_nothing(dashboard: Dashboard) -> None:
    viewer = dashboard.browser("viewer")
    assert "data-move" not in viewer.get(TAGS).text
    assert viewer.post(f"{TAGS}/demo-ads/place", {"before": "demo-chat"}).status_code == 403


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("q=ads", {"demo-ads"}),
        ("q=DEMO+video", {"demo-video"}),
        ("group=functional", {"demo-chat", "demo-video"}),
        ("group=functional&q=chat", {"demo-chat"}),
        ("state=live", set(ORDER) - {"demo-video"}),
        ("state=code", {"demo-video"}),
        ("state=off", set()),
        ("state=nonsense&group=%3Cb%3E", set(ORDER)),
    ],
)
def test_the_address_narrows_the_list(dashboard: Dashboard, query: str, shown: set[str]) -> None:
    page = dashboard.browser("viewer").get(f"{TAGS}?{query}").text
    assert {tag for tag in ORDER if f'data-tag="{tag}"' in page} == shown
    assert (f"{len(shown)} of 5 tags" if len(shown) < 5 else ">5 tags") in page


def test_a_list_without_a_hit_leads_on(dashboard: Dashboard) -> None:
    page = dashboard.browser("marketing").get(f"{TAGS}?q=hotjar").text
    assert "Show all 5" in page
    assert "/sites/demo/tags/new?q=hotjar" in page


def test_a_change_keeps_the_list_as_narrow_as_it_was(dashboard: Dashboard) -> None:
    address = f"http://localhost{TAGS}?group=functional"
    marketing = dashboard.browser("marketing")
    answer = marketing.post(f"{TAGS}/demo-chat/enabled", {"enabled": "0"}, HX_Request="true", HX_Current_URL=address)
    assert "2 of 5 tags" in answer.text
    assert "HX-Push-Url" not in answer.headers
