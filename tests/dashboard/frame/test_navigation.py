"""The frame around the pages: who sees which link, and how a phone reaches all of them."""

import re
from pathlib import Path

from playwright.sync_api import Browser, expect

from consent.dashboard.frame.navigation import INSTANCE_PAGES, SITE_PAGES
from consent.dashboard.frame.permissions import ACTIONS
from tests.dashboard.client import Dashboard
from tests.dashboard.strict_page import strict_page

DOCS = Path(__file__).parents[3] / "docs"
PAGES = [page for pages in SITE_PAGES.values() for page in pages]


def test_each_user_is_led_to_what_the_role_may_see(dashboard: Dashboard) -> None:
    for role in ("admin", "marketing", "compliance", "viewer"):
        text = dashboard.browser(role).get("/sites/demo/tags").text
        shown = re.search(r'<nav aria-label="Site".*?</nav>', text, re.DOTALL)
        assert shown
        found = re.findall(r"<span>(.*?)</span>", shown[0])
        assert found == [page.label for page in PAGES if role in ACTIONS[page.action]], role


def test_each_page_leads_to_a_chapter_of_the_documentation() -> None:
    for page in (*PAGES, *INSTANCE_PAGES):
        name, _, anchor = page.docs.partition("#")
        text = (DOCS / name.replace(".html", ".md")).read_text("utf-8")
        headings = {re.sub(r"\W+", "-", one.lower()).strip("-") for one in re.findall(r"^#+ (.+)$", text, re.MULTILINE)}
        assert not anchor or anchor in headings, page.section


def test_the_instance_is_shown_to_its_admins_alone(dashboard: Dashboard) -> None:
    labels = {page.label for page in INSTANCE_PAGES}
    for user, expected in (("chief", labels), ("viewer", set())):
        text = dashboard.browser(user).get("/sites/demo/tags").text
        assert {label for label in labels if f"<span>{label}</span>" in text} == expected


def test_a_phone_has_the_main_pages_at_the_thumb_and_all_in_a_menu(browser: Browser, served: str) -> None:
    with strict_page(browser, served, viewport={"width": 390, "height": 844}) as view:
        page = view.open("/login")
        view.sign_in("chief")
        view.open("/sites/demo/tags")
        thumb = page.get_by_role("navigation", name="Main pages of the site")
        expect(thumb.get_by_role("link")).to_have_count(sum(page.at_thumb for page in PAGES))
        every = page.get_by_role("navigation", name="Site", exact=True)
        expect(every).to_be_hidden()
        thumb.get_by_role("button", name="All pages").click()
        expect(every.get_by_role("link")).to_have_count(len(PAGES))
        every.get_by_role("link", name="Scan").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("Scan")


def test_a_long_name_of_a_site_pushes_nothing_off_a_phone(browser: Browser, dashboard: Dashboard, served: str) -> None:
    with dashboard.database() as connection:
        connection.execute("UPDATE site SET name = 'Donaudampfschifffahrtsgesellschaftskapitän' WHERE key = 'demo'")
    with strict_page(browser, served, viewport={"width": 390, "height": 844}) as view:
        page = view.open("/login")
        view.sign_in("chief")
        view.open("/sites/demo/tags")
        button = page.get_by_role("button", name="Sign out").bounding_box()
        assert button
        assert button["x"] + button["width"] <= 390


def test_an_admin_sees_every_page_of_the_frame_on_a_low_screen(browser: Browser, served: str) -> None:
    with strict_page(browser, served, viewport={"width": 1280, "height": 800}) as view:
        page = view.open("/login")
        view.sign_in("chief")
        view.open("/sites/demo/tags")
        bottom = page.get_by_role("button", name="Sign out").bounding_box()
        assert bottom
        assert bottom["y"] + bottom["height"] <= 800
        assert page.evaluate("document.querySelector('aside').scrollHeight <= innerHeight")
        heights = page.locator("aside nav a:visible").evaluate_all("all => all.map(one => one.offsetHeight)")
        assert min(heights) >= 24, "as large as WCAG 2.2 wants a target to be"
