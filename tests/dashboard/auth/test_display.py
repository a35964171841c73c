"""The dashboard's theme and time zone, as set under Account."""

from playwright.sync_api import Browser

from tests.dashboard.client import Dashboard
from tests.dashboard.strict_page import strict_page


def test_theme_and_time_zone_are_saved_and_an_invalid_one_changes_nothing(dashboard: Dashboard) -> None:
    viewer = dashboard.browser("viewer")
    assert "data-theme" not in viewer.get("/account").text
    assert viewer.post("/account/display", {"theme": "pink"}).status_code == 400
    viewer.post("/account/display", {"theme": "dark", "time_zone": "Moon/Sea"})
    page = viewer.get("/account").text
    assert "Moon/Sea is not a time zone." in page
    assert "data-theme" not in page
    viewer.post("/account/display", {"theme": "dark", "time_zone": "Asia/Tokyo"})
    page = viewer.get("/sites/demo/versions").text
    assert '<html lang="en" data-theme="dark">' in page
    assert 'data-zone="Asia/Tokyo"' in page
    assert " JST</time>" in page
    viewer.post("/account/display", {"theme": "", "time_zone": ""})
    assert " UTC</time>" in viewer.get("/sites/demo/versions").text


def test_a_browser_shows_the_chosen_zone_and_theme(browser: Browser, dashboard: Dashboard, served: str) -> None:
    dashboard.browser("viewer").post("/account/display", {"theme": "dark", "time_zone": "America/New_York"})
    with strict_page(browser, served, color_scheme="light") as view:
        view.sign_in("viewer")
        page = view.open("/sites/demo/versions")
        time = page.locator("main time").first
        there = time.evaluate(
            "one => new Intl.DateTimeFormat('en-GB', {dateStyle: 'medium', timeStyle: 'short',"
            " timeZone: 'America/New_York'}).format(new Date(one.dateTime))"
        )
        assert time.inner_text() == there
        assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"
