"""The opt-in rate walk: two clicks to the answer, table and CSV one key away, in both themes and widths."""

from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.axe import page_problems
from tests.dashboard.client import Dashboard
from tests.dashboard.strict_page import strict_page
from tests.walks import Walk

pytestmark = pytest.mark.extended


@pytest.mark.walk("M11")
@pytest.mark.parametrize(
    ("width", "scheme"),
    [
        (1280, "light"),
        pytest.param(390, "dark", marks=pytest.mark.long),
        pytest.param(1280, "dark", marks=pytest.mark.long),
        pytest.param(390, "light", marks=pytest.mark.long),
    ],
)
def test_the_rate_of_a_device_is_two_clicks_away(
    browser: Browser, dashboard: Dashboard, served: str, scheme: Any, width: int
) -> None:
    with dashboard.database() as connection:  # a rate is shown from 30 answers on
        connection.execute("UPDATE choice_count SET count = 40 * count")
    options = {"color_scheme": scheme, "viewport": {"width": width, "height": 900}, "bypass_csp": True}
    with strict_page(browser, served, **options) as view:
        page = view.sign_in("viewer")
        page.goto(f"{served}/sites/demo/")
        walk = Walk(page)
        walk.click(page.get_by_role("link", name="Filters"))
        chart = page.get_by_role("img", name="Granted when asked")
        chart.scroll_into_view_if_needed()  # it is drawn when it is seen
        expect(chart.locator("canvas")).to_have_count(1)
        walk.choose(page.get_by_role("combobox", name="Country"), "DE")
        expect(page).to_have_url(f"{served}/sites/demo/statistics?country=DE&bots=exclude")
        chart.scroll_into_view_if_needed()  # it is drawn when it is seen
        expect(chart.locator("canvas")).to_have_count(1)
        walk.done("M11")
        page.locator("h1").click()
        page.keyboard.press("t")
        expect(page.get_by_role("region", name="Numbers of the chart")).to_be_visible()
        with page.expect_download() as download:
            page.keyboard.press("c")
        assert download.value.suggested_filename.startswith("demo-day-")
        assert page_problems(page) == []
