"""The form for a new site in a browser."""

import pytest
from playwright.sync_api import Browser, expect

from tests.dashboard.strict_page import strict_page


@pytest.mark.parametrize("width", [390, 1280])
def test_the_time_zone_of_a_new_site_is_the_browsers(browser: Browser, served: str, width: int) -> None:
    with strict_page(browser, served, viewport={"width": width, "height": 900}) as view:
        page = view.sign_in("chief")
        view.open("/sites/new")
        expect(page.get_by_label("Time zone")).to_have_value("Asia/Tokyo")
        expect(page.get_by_label("Language of the banner")).to_have_value("en")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
