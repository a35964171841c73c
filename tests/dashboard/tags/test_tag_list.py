"""The list of tags and the page of a single tag."""

import json
import re
from typing import Any

from tests.dashboard.client import Dashboard


def test_each_tag_says_its_group_why_and_how_it_stands(dashboard: Dashboard) -> None:
    page = dashboard.browser("viewer").get("/sites/demo/tags").text
    assert "Demo Ads" in page
    assert "It sets demo_ads, ads_visitor, which are advertising." in page
    assert page.count(">Live<") == 4
    assert '<span class="badge warn">Needs your code<' in page, "nothing has seen the frame of demo-video in a page"
    assert 'role="switch"' not in page


def test_a_switch_changes_the_draft_and_offers_to_undo(dashboard: Dashboard) -> None:
    marketing = dashboard.browser("marketing")
    path = "/sites/demo/tags/demo-ads/enabled"
    answer = marketing.post(
        path, {"enabled": "0"}, HX_Request="true", HX_Current_URL="http://localhost/sites/demo/tags"
    )
    assert not _tag(dashboard, "demo-ads")["enabled"]
    assert "off at the next publish" in answer.text
    assert "Publish 1 change<" in answer.text
    assert "HX-Push-Url" not in answer.headers
    undo = json.loads(answer.headers["HX-Trigger"])["toast"]["undo"]
    marketing.post(undo["url"], undo["values"], HX_Request="true")
    assert _tag(dashboard, "demo-ads")["enabled"]
    assert "Publish 1 change" not in marketing.get("/sites/demo/tags").text


def test_setting_the_same_state_twice_is_idempotent(dashboard: Dashboard) -> None:
    marketing = dashboard.browser("marketing")
    for _ in range(2):
        marketing.post("/sites/demo/tags/demo-ads/enabled", {"enabled": "0"})
    assert not _tag(dashboard, "demo-ads")["enabled"]


def test_the_live_config_is_not_touched_by_a_switch(dashboard: Dashboard) -> None:
    from consent.storage.sites import configs, sites

    dashboard.browser("marketing").post("/sites/demo/tags/demo-ads/enabled", {"enabled": "0"})
    with dashboard.engine.connect() as connection:
        site = sites.by_key(connection, "demo")
        assert site
        assert site.live_config
        body = configs.get_config(connection, site.live_config)
    assert body
    assert all(tag["enabled"] for tag in json.loads(body)["tags"])


def test_a_removed_tag_comes_back_whole_in_its_place(dashboard: Dashboard) -> None:
    marketing = dashboard.browser("marketing")
    before = dashboard.draft()
    answer = marketing.post("/sites/demo/tags/demo-chat/removal", HX_Request="true")
    assert answer.headers["HX-Push-Url"] == "/sites/demo/tags"
    assert "Removed at the next publish: Demo Chat" in answer.text
    assert "demo-chat" not in {vendor["id"] for vendor in dashboard.draft()["vendors"]}
    undo = json.loads(answer.headers["HX-Trigger"])["toast"]["undo"]
    marketing.post(undo["url"], undo["values"], HX_Request="true")
    assert dashboard.draft()["tags"] == before["tags"]
    assert _names(dashboard.draft(), "cookies") == _names(before, "cookies")
    assert _names(dashboard.draft(), "vendors") == _names(before, "vendors")


def test_only_what_was_removed_here_can_be_restored(dashboard: Dashboard) -> None:
    stranger, marketing = dashboard.browser("stranger"), dashboard.browser("marketing")
    stranger.post("/sites/other/tags/new/google-analytics/ga4", {"measurement_id": "G-ABC1234567"})
    answer = stranger.post("/sites/other/tags/ga4/removal", HX_Request="true")
    parts = json.loads(answer.headers["HX-Trigger"])["toast"]["undo"]["values"]["parts"]
    assert marketing.post("/sites/demo/tags/restored", {"parts": parts}).status_code == 400
    assert marketing.post("/sites/demo/tags/restored", {"parts": "forged"}).status_code == 400


def test_limits_are_saved_in_the_draft(dashboard: Dashboard) -> None:
    marketing = dashboard.browser("marketing")
    form = {"pages.only": "/blog*\r\n/news", "places.except": "us-ca, fr", "schedule.until": "2027-01-31"}
    assert marketing.post("/sites/demo/tags/demo-ads", {"part": "limits"} | form).status_code == 302
    tag = _tag(dashboard, "demo-ads")
    assert tag["pages"] == {"only": ["/blog*", "/news"], "except": []}
    assert tag["places"] == {"only": [], "except": ["US-CA", "FR"]}
    assert tag["schedule"] == {"from": None, "until": "2027-01-31"}


def test_an_invalid_limit_is_reported_beside_its_field_and_nothing_is_saved(dashboard: Dashboard) -> None:
    before = dashboard.draft()
    form = {"pages.only": "blog", "places.only": "Germany", "schedule.from": "soon"}
    answer = dashboard.browser("marketing").post("/sites/demo/tags/demo-ads", {"part": "limits"} | form)
    assert answer.status_code == 422
    assert {"fault-pages.only", "fault-places.only", "fault-schedule.from"} <= set(
        re.findall(r'id="(fault-[a-z.]+)"', answer.text)
    )
    assert "blog</textarea>" in answer.text
    for sentence in (
        "Enter a path such as /blog*",
        "Enter codes of countries or regions",
        "Enter a date such as 2026-11-24.",
    ):
        assert sentence in answer.text
    assert dashboard.draft() == before


def test_a_tag_out_of_its_days_is_held(dashboard: Dashboard) -> None:
    from datetime import date

    from consent.dashboard.tags.tag_status import tag_rows

    draft = dashboard.draft()
    draft["tags"][-1]["schedule"]["until"] = "2026-11-01"
    live = draft | {"version": 1, "purpose_keys": {}, "rules_sha256": "", "banner_sha256": ""}
    states = {row.tag["id"]: (row.state, row.why) for row in tag_rows(draft, live, date(2026, 11, 25))}
    assert states["demo-video"] == ("held", "ended 2026-11-01")
    assert states["demo-ads"] == ("live", "some pages")


def test_two_users_who_save_concurrently_lose_nothing(dashboard: Dashboard) -> None:
    from threading import Thread

    browsers = [dashboard.browser("marketing") for _ in range(4)]
    for browser in browsers:
        browser.get("/account")
    ids = ("demo-chat", "demo-ads", "demo-video", "demo-analytics")
    threads = [
        Thread(target=browser.post, args=(f"/sites/demo/tags/{tag_id}/enabled", {"enabled": "0"}))
        for browser, tag_id in zip(browsers, ids, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not any(_tag(dashboard, tag_id)["enabled"] for tag_id in ids)


def _tag(dashboard: Dashboard, tag_id: str) -> dict[str, Any]:
    return next(tag for tag in dashboard.draft()["tags"] if tag["id"] == tag_id)


def _rows_of(page: str) -> str:
    return page.partition("<tbody>")[2].partition("</tbody>")[0]


def _names(draft: dict[str, Any], part: str) -> set[str]:
    return {one["name"] for one in draft[part]}


def test_the_filter_for_off_finds_tags_that_are_not_published_yet(dashboard: Dashboard) -> None:
    marketing = dashboard.browser("marketing")
    marketing.post("/sites/demo/tags/new/google-analytics/ga4", {"measurement_id": "G-ABC1234567"})
    off = "/sites/demo/tags?state=off"
    assert "Google Analytics 4" not in _rows_of(marketing.get(off).text)
    for tag in ("ga4", "demo-ads"):
        marketing.post(f"/sites/demo/tags/{tag}/enabled", {"enabled": "0"})
    rows = _rows_of(marketing.get(off).text)
    assert ("Google Analytics 4" in rows, "off, not published yet" in rows) == (True, True)
    assert ("Demo Ads" in rows, "Demo Chat" in rows) == (True, False)
