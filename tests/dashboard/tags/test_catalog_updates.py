"""Differences between the catalog and a site's vendors, shown on three pages and adopted with one button."""

import re

import pytest
from playwright.sync_api import Browser, expect

from tests.dashboard.audit_entries import audit_entries
from tests.dashboard.client import Dashboard
from tests.dashboard.outdated_vendor import AMPLITUDE, OLDER_WORDS, give_older_amplitude
from tests.dashboard.strict_page import strict_page

pytestmark = pytest.mark.extended

TAKE = "/sites/demo/catalog/amplitude/newer"
NOTED_ON = ("/sites/demo/", "/sites/demo/publish")


def test_an_up_to_date_site_gets_no_notice(dashboard: Dashboard) -> None:
    marketing = dashboard.browser("marketing")
    for path in ("/sites/demo/tags", *NOTED_ON):
        assert "catalog updates" not in marketing.get(path).text.lower()
    before = dashboard.draft()
    assert marketing.post(TAKE).status_code == 404
    marketing.post("/sites/demo/tags/new/amplitude/amplitude", AMPLITUDE)
    assert dashboard.draft() != before
    assert "catalog updates" not in marketing.get("/sites/demo/tags").text.lower()
    entries = len(audit_entries(dashboard))
    assert marketing.post(TAKE).status_code == 302
    assert len(audit_entries(dashboard)) == entries, "nothing was changed"


def test_one_line_says_what_is_newer_and_one_button_takes_it_into_the_draft(dashboard: Dashboard) -> None:
    give_older_amplitude(dashboard)
    marketing = dashboard.browser("marketing")
    marketing.post("/sites/demo/tags/amplitude/enabled", {"enabled": "0"})
    page = marketing.get("/sites/demo/tags").text
    assert f"Amplitude</a>: {OLDER_WORDS}." in page
    assert "asked again" not in page
    for path in NOTED_ON:
        assert re.search("Catalog updates(</a>)? (are )?available for Amplitude", marketing.get(path).text), path
    before = dashboard.draft()
    assert marketing.post(TAKE).headers["Location"] == "/sites/demo/tags"
    page = marketing.get("/sites/demo/tags").text
    assert "The catalog updates for Amplitude are in the draft." in page
    assert OLDER_WORDS not in page
    after = dashboard.draft()
    kept = {c["name"]: c["domain"] for c in after["cookies"] if c["vendor"] == "amplitude"}
    assert kept["AMP_*"] is None
    assert {c["kind"] for c in after["cookies"] if c["vendor"] == "amplitude"} == {"cookie", "local", "session"}
    assert after["tags"] == before["tags"]
    assert after["texts"] == before["texts"]
    _, _, claims = audit_entries(dashboard)[-1]
    assert claims["action"] == "draft.changed"
    assert claims["after"]["vendors amplitude"]["revoke"]
    assert "cookies AMP_* local amplitude" in claims["after"]


def test_the_notice_says_which_visitors_are_asked_again(dashboard: Dashboard) -> None:
    give_older_amplitude(dashboard, group="functional")
    page = dashboard.browser("marketing").get("/sites/demo/tags").text
    assert "Amplitude moves to analytics." in page
    assert "Visitors who accepted analytics are asked again." in page


def test_a_user_without_edit_permission_sees_the_notice_but_no_button(dashboard: Dashboard) -> None:
    give_older_amplitude(dashboard)
    for name in ("viewer", "compliance"):
        browser = dashboard.browser(name)
        page = browser.get("/sites/demo/tags").text
        assert (OLDER_WORDS in page, "Update from catalog" in page) == (True, False)
        assert browser.post(TAKE).status_code == 403
    assert dashboard.browser("marketing").post(TAKE, token="none").status_code == 400


@pytest.mark.parametrize("width", [1280, 390])
def test_the_button_is_pressed_in_a_browser(browser: Browser, dashboard: Dashboard, served: str, width: int) -> None:
    give_older_amplitude(dashboard)
    with strict_page(browser, served, viewport={"width": width, "height": 800}) as view:
        view.sign_in("marketing")
        page = view.open("/sites/demo/")
        page.get_by_role("link", name="Catalog updates").click()
        section = page.locator("#newer")
        expect(section).to_be_in_viewport()
        expect(section).to_contain_text(OLDER_WORDS)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.get_by_role("button", name="Update from catalog for Amplitude").click()
        expect(page.get_by_text("The catalog updates for Amplitude are in the draft.")).to_be_visible()
        expect(section).to_have_count(0)
