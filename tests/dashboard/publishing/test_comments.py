"""Comments on a draft, who else is editing it, and the comparison of versions."""

import pytest
from playwright.sync_api import Browser, expect

from tests.dashboard.client import Dashboard
from tests.dashboard.strict_page import strict_page

pytestmark = pytest.mark.extended

PUBLISH = "/sites/demo/publish"


def _publish(dashboard: Dashboard, change: str) -> None:
    admin = dashboard.browser("admin")
    admin.post(f"/sites/demo/tags/{change}/enabled", {"enabled": "0"})
    revision = admin.get(PUBLISH).text.split('name="revision" value="')[1].split('"')[0]
    assert admin.post(PUBLISH, {"revision": revision}).status_code == 302


def test_a_comment_is_read_by_the_other_and_stays_with_the_version(dashboard: Dashboard) -> None:
    marketing, admin = dashboard.browser("marketing"), dashboard.browser("admin")
    marketing.post("/sites/demo/tags/demo-ads/enabled", {"enabled": "0"})
    marketing.post(f"{PUBLISH}/comments", {"text": " <b>Why?</b>\r\nBudget ended "})
    page = admin.get(PUBLISH).text
    assert "&lt;b&gt;Why?&lt;/b&gt;\nBudget ended</p>" in page
    assert "on an earlier draft" not in page
    admin.post("/sites/demo/tags/demo-chat/enabled", {"enabled": "0"})
    assert "on an earlier draft" in admin.get(PUBLISH).text
    _publish(dashboard, "demo-video")
    assert "Budget ended" in admin.get("/sites/demo/versions/2").text
    admin.post("/sites/demo/tags/demo-chat/enabled", {"enabled": "1"})
    assert "Budget ended" not in admin.get(PUBLISH).text


@pytest.mark.parametrize("text", ["", "  ", "x" * 2001])
def test_rejects_an_empty_or_overlong_comment(dashboard: Dashboard, text: str) -> None:
    marketing = dashboard.browser("marketing")
    marketing.post(f"{PUBLISH}/comments", {"text": text})
    page = marketing.get(PUBLISH).text
    assert "Enter a comment of at most 2,000 characters." in page
    assert 'class="text"' not in page


def test_other_open_drafts_are_shown_to_editors_and_only_for_minutes(dashboard: Dashboard) -> None:
    marketing, admin = dashboard.browser("marketing"), dashboard.browser("admin")
    assert "editing this draft" not in admin.get("/sites/demo/tags").text
    answer = marketing.post("/sites/demo/editors", {"page": "banner"})
    assert "editing" not in answer.text, "nobody is told of themselves"
    assert "Marketing (Banner) is editing this draft, too" in " ".join(admin.get("/sites/demo/tags").text.split())
    assert "Marketing (Banner)" in admin.post("/sites/demo/editors", {"page": "tags"}).text
    assert marketing.post("/sites/demo/editors", {"page": "unheard"}).status_code == 400
    with dashboard.database() as connection:
        connection.execute("UPDATE draft_editor SET time = time - 181")
    assert "editing this draft" not in admin.get("/sites/demo/tags").text


def test_a_browser_reports_that_the_page_is_open(dashboard: Dashboard, browser: Browser, served: str) -> None:
    admin = dashboard.browser("admin")
    with strict_page(browser, served) as view:
        view.sign_in("marketing")
        page = view.open("/sites/demo/settings")
        with page.expect_response("**/editors"):
            pass
        assert "Marketing (Settings)" in admin.get("/sites/demo/tags").text


def test_any_two_versions_are_compared_and_a_version_with_the_draft(dashboard: Dashboard) -> None:
    for tag in ("demo-ads", "demo-chat"):
        _publish(dashboard, tag)
    viewer, compare = dashboard.browser("viewer"), "/sites/demo/versions/compare"
    page = viewer.get(f"{compare}?before=1&after=3").text
    assert "Demo Ads" in page
    assert "Demo Chat" in page
    page = viewer.get(f"{compare}?before=3&after=2").text
    assert "Demo Ads" not in page
    assert "<del>off</del> → <ins>on</ins>" in page
    assert viewer.get(compare).text.count("Demo Chat") == 1, "at first the last two"
    assert "No differences." in viewer.get(f"{compare}?before=2&after=2").text
    assert "No differences." in viewer.get(f"{compare}?before=3&after=draft").text
    dashboard.browser("admin").post("/sites/demo/tags/demo-video/enabled", {"enabled": "0"})
    assert "Demo Video" in viewer.get(f"{compare}?before=3&after=draft").text
    assert [viewer.get(f"{compare}?before={one}").status_code for one in ("9", "x", "draft")] == [404] * 3


def test_typing_in_the_banner_editor_and_the_settings_is_not_lost(
    dashboard: Dashboard, browser: Browser, served: str
) -> None:
    with strict_page(browser, served) as view:
        page = view.sign_in("admin")
        view.open("/sites/demo/settings")
        page.locator("[name=storage_location]").fill("A cellar in Bonn")
        view.open("/sites/demo/banner")
        page.locator('[name="text.title"]').fill("Half a title")
        view.open("/sites/demo/settings")
        page.get_by_role("button", name="Restore them").click()
        expect(page.locator("[name=storage_location]")).to_have_value("A cellar in Bonn")
        view.open("/sites/demo/banner?language=de")
        expect(page.get_by_role("button", name="Restore them")).to_have_count(0)
        view.open("/sites/demo/banner")
        page.get_by_role("button", name="Restore them").click()
        expect(page.locator('[name="text.title"]')).to_have_value("Half a title")
