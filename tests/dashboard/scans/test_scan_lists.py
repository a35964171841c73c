"""Long lists on the scans page: the first rows are open, the rest is a key press, a search or a printout away."""

from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from consent.dashboard.scans.scan import OPEN_ROWS
from consent.storage.scans import scans
from tests.axe import page_problems
from tests.dashboard.client import Dashboard
from tests.dashboard.sample_data import NOW
from tests.dashboard.scan_findings import found, kept
from tests.dashboard.strict_page import strict_page

pytestmark = pytest.mark.extended

COOKIES, HOSTS = 86, 30
PATH = "/sites/demo/scan"


def messy(dashboard: Dashboard) -> None:
    """Add more findings to the site than anyone reads at once, including one leak."""
    cookies = [kept(f"cookie_{number:02}", is_leak=number == COOKIES - 1) for number in range(COOKIES)]
    names = [f"host{number:02}.vendor.example" for number in range(HOSTS)]
    hosts = [kept(name, kind="host", host=name, third_party=True, group="analytics", vendor="hotjar") for name in names]
    facts = {"host": "", "told": "", "group": "analytics", "is_leak": False, "situations": "none", "page": ""}
    diff = [{"change": "new", "kind": "cookie", "name": one.name} | facts for one in cookies]
    with dashboard.engine.begin() as connection:
        number = scans.request(connection, 1, "http://www.shop.localhost:8001/", NOW - 50)
        scans.save_findings(connection, 1, [*cookies, *hosts], NOW - 40)
        scans.finish(connection, number, NOW - 40, state=scans.DONE, pages=3, problems=[], diff=diff)


def card(page: Page, heading: str) -> Locator:
    return page.locator("section", has=page.get_by_role("heading", name=heading))


def test_a_short_list_folds_nothing(dashboard: Dashboard) -> None:
    found(dashboard, *(kept(f"cookie_{number:02}") for number in range(OPEN_ROWS)))
    assert 'class="more"' not in dashboard.browser("viewer").get(PATH).text


@pytest.mark.browser
@pytest.mark.parametrize(("width", "scheme"), [pytest.param(1280, "light", marks=pytest.mark.long), (390, "dark")])
def test_the_first_of_a_kind_are_open_and_the_rest_unfolds(
    browser: Browser, dashboard: Dashboard, served: str, width: int, scheme: Any
) -> None:
    found(dashboard)
    messy(dashboard)
    options = {"color_scheme": scheme, "viewport": {"width": width, "height": 900}, "bypass_csp": True}
    with strict_page(browser, served, **options) as view:
        page = view.sign_in("viewer")
        view.open(PATH)
        expect(page.locator("#leaks")).to_contain_text(f"cookie_{COOKIES - 1}")
        expect(page.get_by_text("cookie_40").first).to_be_visible()  # among the changes, which stay open
        cookies = card(page, "Cookies")
        rows = cookies.locator("tbody tr")
        expect(rows).to_have_count(COOKIES)
        expect(rows.first).to_contain_text(f"cookie_{COOKIES - 1}")
        expect(rows.locator("visible=true")).to_have_count(OPEN_ROWS)
        assert page_problems(page) == []
        summary = cookies.locator("summary")
        expect(summary).to_have_text(f"{COOKIES - OPEN_ROWS} more, Cookies")
        summary.focus()
        page.keyboard.press("Enter")
        expect(rows.locator("visible=true")).to_have_count(COOKIES)
        starts = [table.locator("th,td").nth(1).bounding_box() for table in cookies.locator("table").all()]
        assert len({box and box["x"] for box in starts}) == 1, "both tables have the same columns"
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page_problems(page) == []


@pytest.mark.browser
def test_a_first_scan_lists_each_finding_once(browser: Browser, dashboard: Dashboard, served: str) -> None:
    messy(dashboard)
    with strict_page(browser, served, viewport={"width": 390, "height": 900}) as view:
        page = view.sign_in("viewer")
        view.open(PATH)
        changes = card(page, "The first scan found")
        expect(changes.locator("li")).to_have_count(COOKIES)
        expect(changes.locator("li").locator("visible=true")).to_have_count(OPEN_ROWS)


@pytest.mark.browser
def test_the_browsers_search_and_an_anchor_arrive(browser: Browser, dashboard: Dashboard, served: str) -> None:
    found(dashboard)
    messy(dashboard)
    with strict_page(browser, served, viewport={"width": 1280, "height": 900}) as view:
        page = view.sign_in("viewer")
        view.open(f"{PATH}#:~:text=host29.vendor.example")
        expect(card(page, "Hosts").locator("details")).to_have_attribute("open", "")
        expect(card(page, "Hosts").get_by_text("host29.vendor.example").first).to_be_in_viewport()
        expect(card(page, "Cookies").locator("details")).not_to_have_attribute("open", "")
        view.open("/sites/demo/")
        view.open(f"{PATH}#leaks")
        expect(page.locator("#leaks")).to_be_in_viewport()


@pytest.mark.browser
def test_on_paper_nothing_is_folded(browser: Browser, dashboard: Dashboard, served: str) -> None:
    found(dashboard)
    messy(dashboard)
    with strict_page(browser, served, viewport={"width": 680, "height": 1000}) as view:
        page = view.sign_in("viewer")
        view.open(PATH)
        page.emulate_media(media="print")
        rows = card(page, "Cookies").locator("tbody tr")
        expect(rows.locator("visible=true")).to_have_count(COOKIES)
        expect(page.locator(".more > summary").locator("visible=true")).to_have_count(0)
        expect(card(page, "Since the previous scan")).to_have_css("break-inside", "auto")
        ends = "every => every.map(one => one.getBoundingClientRect().bottom)"
        last, end = max(rows.evaluate_all(ends)), max(card(page, "Cookies").evaluate_all(ends))
        assert last <= end, "the rest takes its room"


@pytest.mark.browser
def test_unfolded_rows_stay_open_while_a_scan_runs(browser: Browser, dashboard: Dashboard, served: str) -> None:
    found(dashboard)
    messy(dashboard)
    with dashboard.engine.begin() as connection:
        number = scans.request(connection, 1, "http://www.shop.localhost:8001/", NOW)
        scans.set_progress(connection, number, "Visit 1 of 5", NOW)
    with strict_page(browser, served, viewport={"width": 1280, "height": 900}) as view:
        page = view.sign_in("viewer")
        view.open(PATH)
        card(page, "Cookies").locator("summary").click()
        with dashboard.engine.begin() as connection:
            scans.set_progress(connection, number, "Visit 2 of 5", NOW)
        expect(page.locator("#progress")).to_have_text("Visit 2 of 5")
        expect(card(page, "Cookies").locator("details")).to_have_attribute("open", "")
        with dashboard.engine.begin() as connection:
            scans.finish(connection, number, NOW, state=scans.DONE, pages=7, problems=[], diff=[])
        expect(page.locator("#state")).to_contain_text("7 pages")
        expect(page.get_by_text("Nothing was added, removed or changed.")).to_be_visible()
        expect(page.locator("#progress")).to_have_count(0)
