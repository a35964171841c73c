"""Marketing's walks through banner and languages, with clicks counted: each press and each field filled in is one."""

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.axe import AXE, RUN
from tests.dashboard.client import Dashboard
from tests.dashboard.strict_page import strict_page
from tests.walks import Walk

pytestmark = pytest.mark.long
WAYS = [(1280, "light", False), (1280, "dark", True), (390, "light", True), (390, "dark", False)]


def check_axe(page: Page) -> None:
    page.add_script_tag(path=AXE)
    assert page.evaluate(RUN.replace("axe.run(document, {", "axe.run(document, {iframes: false, ")) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.walk("M9")
@pytest.mark.parametrize(("width", "scheme", "by_keys"), WAYS)
def test_a_banner_is_edited_with_a_live_preview(
    browser: Browser, dashboard: Dashboard, served: str, width: int, scheme: Any, by_keys: bool
) -> None:
    options: dict[str, Any] = {"viewport": {"width": width, "height": 900}, "color_scheme": scheme, "bypass_csp": True}
    with strict_page(browser, served, **options) as view:
        page = view.sign_in("marketing")
        view.open("/sites/demo/banner")
        frame = page.frame_locator("#stage iframe:last-child")
        expect(frame.get_by_role("button", name="Reject all").last).to_be_visible()
        walk = Walk(page, by_keys)
        walk.fill(page.locator("[name=accent]"), "#7a1f5c")
        walk.fill(page.locator('[name="text.title"]'), "Before you look around")
        walk.click(page.get_by_role("group", name="Layout").get_by_label("Corner"), "Space")
        expect(frame.get_by_role("heading", name="Before you look around")).to_be_visible()
        button = frame.get_by_role("button", name="Accept all")
        expect(button).to_have_css("background-color", "rgb(122, 31, 92)")
        expect(frame.get_by_role("region")).to_have_attribute("data-position", "corner")
        walk.click(page.get_by_role("button", name="Save as draft"))
        expect(page.get_by_text("Saved to the draft.")).to_be_visible()
        walk.done("M9")
        draft = dashboard.draft()
        assert (draft["look"]["accent"], draft["look"]["position"]) == ("#7a1f5c", "corner")
        assert draft["texts"]["languages"]["en"]["title"] == "Before you look around"
        check_axe(page)
        # A template is selected with the arrow keys, and named again when its values are typed.
        templates = page.get_by_role("group", name="Start from")
        expect(templates.get_by_role("radio", name="Corner")).to_be_checked()
        templates.get_by_role("radio", name="Corner").press("ArrowRight")
        expect(frame.get_by_role("region")).to_have_attribute("data-position", "center")
        page.get_by_label("Corner radius").fill("3")
        expect(templates.get_by_role("radio", name="Center")).not_to_be_checked()
        # On a phone, the preview stays in view below the words, and can be folded.
        page.locator('[name="text.title"]').scroll_into_view_if_needed()
        expect(page.locator("#stage")).to_be_in_viewport()
        if width == 390:
            page.get_by_role("button", name="Preview", exact=True).click()
            expect(page.locator("#stage")).to_be_hidden()
            page.get_by_role("button", name="Preview", exact=True).click()
        # Both widths are drawn, and an unfair banner is reported and can't be published.
        page.get_by_text("Desktop").click()
        expect(page.locator("#stage iframe").last).to_have_css("width", "1280px")
        page.get_by_role("combobox", name="Reject").select_option("link")
        expect(page.get_by_text("Cannot be published: Reject is smaller than Accept")).to_be_visible()
        page.locator("[name=own_light]").check()
        page.locator("[name=text]").fill("#bbbbbb")
        expect(page.get_by_text("The text has a contrast of 1.9 in the light scheme")).to_be_visible()
        check_axe(page)
        page.get_by_role("button", name="Save as draft").click()
        expect(page.get_by_text("Saved to the draft.")).to_be_visible()
        view.open("/sites/demo/publish")
        expect(page.get_by_role("alert")).to_contain_text("Reject is smaller than Accept")
        expect(page.get_by_role("button", name="Publish")).to_be_disabled()


@pytest.mark.walk("M10")
@pytest.mark.parametrize(("width", "scheme", "by_keys"), WAYS)
def test_french_is_added(
    browser: Browser, dashboard: Dashboard, served: str, width: int, scheme: Any, by_keys: bool
) -> None:
    admin = dashboard.browser("admin")
    admin.post("/sites/demo/languages", {"languages": ["en"], "default_language": "en"})
    look = {"accent": "#2f6b45", "radius": "12", "position": "bottom", "font": "system"}
    admin.post("/sites/demo/banner", look | {"text.title": "Crumbs?"})
    options: dict[str, Any] = {"viewport": {"width": width, "height": 900}, "color_scheme": scheme, "bypass_csp": True}
    with strict_page(browser, served, **options) as view:
        page = view.sign_in("marketing")
        view.open("/sites/demo/languages")
        walk = Walk(page, by_keys)
        walk.fill(page.get_by_label("Add a language"), "French")
        walk.click(page.get_by_role("button", name="Add", exact=True))
        row = page.get_by_role("row").filter(has=page.get_by_role("link", name="French", exact=True))
        expect(row).to_contain_text("texts")
        walk.done("M10")
        # All of English's texts exist; a text that the site has its own words for counts as missing.
        have, _, whole = row.locator("small", has_text=" of ").inner_text().partition(" of ")
        assert have == whole.split()[0]
        expect(row).to_contain_text("1 missing")
        check_axe(page)
        view.open("/sites/demo/banner?language=fr")
        frame = page.frame_locator("#stage iframe:last-child")
        expect(frame.get_by_role("heading", name="Votre choix")).to_be_visible()
        assert "Crumbs" not in frame.locator("html").inner_text()
        view.open("/sites/demo/languages/fr")
        expect(page.get_by_text("13 mois")).to_be_visible()
