"""Requests that replace the same part of a page: whichever is slower, the page shows what was last done or asked."""

import re

import pytest
from playwright.sync_api import Browser, Page, Route, expect
from sqlalchemy import update

from consent.storage.tables.receipts import Receipt
from tests.dashboard.client import Dashboard
from tests.dashboard.sample_data import DAY
from tests.dashboard.strict_page import strict_page

SWITCHED = ("demo-chat", "demo-analytics", "demo-ads")
PAUSE_MS = 400
"""Longer than the delays after which a page asks while somebody types."""


def held(page: Page, pattern: str) -> list[Route]:
    """Hold all requests whose address matches `pattern`, and return the growing list of them."""
    routes: list[Route] = []
    page.route(re.compile(pattern), lambda route: routes.append(route))
    return routes


def release_one_by_one(page: Page, routes: list[Route]) -> None:
    """Let the requests pass in their order, each after the answer to the previous one."""
    for _ in range(2):
        if routes:
            routes.pop(0).continue_()
        page.wait_for_timeout(PAUSE_MS)


def test_tags_switched_at_once_are_all_saved_and_shown(browser: Browser, dashboard: Dashboard, served: str) -> None:
    with strict_page(browser, served) as view:
        view.sign_in("marketing")
        page = view.open("/sites/demo/tags")
        page.evaluate("ids => ids.forEach((id) => document.getElementById(`on-${id}`).click())", SWITCHED)
        expect(page.locator(".toast")).to_have_count(len(SWITCHED))
        for tag in SWITCHED:
            expect(page.locator(f"#on-{tag}")).not_to_be_checked()
        expect(page.locator("#pending")).to_contain_text("3")
        assert {tag["id"] for tag in dashboard.draft()["tags"] if not tag["enabled"]} == {*SWITCHED}


def test_a_page_is_not_left_while_a_change_waits(browser: Browser, dashboard: Dashboard, served: str) -> None:
    with strict_page(browser, served) as view:
        view.sign_in("marketing")
        view.expected = ("",)  # the browser's question, which it answers by staying
        page = view.open("/sites/demo/tags")
        routes = held(page, "/enabled$")
        for tag in SWITCHED[:2]:
            page.locator(f"label:has(#on-{tag}), #on-{tag}").first.click()
        page.get_by_role("link", name="Versions").first.click()
        page.wait_for_timeout(PAUSE_MS)
        assert page.url.endswith("/sites/demo/tags")
        release_one_by_one(page, routes)
        expect(page.locator("#pending")).to_contain_text("2")
        page.get_by_role("link", name="Versions").first.click()
        expect(page.get_by_role("heading", name="Versions", exact=True)).to_be_visible()


def test_the_months_that_were_typed_last_are_previewed(
    browser: Browser, dashboard: Dashboard, served: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("consent.dashboard.privacy.retention.COUNTED_AT_ONCE", 0)
    with dashboard.engine.begin() as connection:
        connection.execute(update(Receipt).values(expires=None, time=Receipt.time - 900 * DAY))
    with strict_page(browser, served) as view:
        view.expected = ("htmx:sendAbort", "htmx:afterRequest")  # the first count is no longer needed
        page = view.sign_in("compliance")
        routes = held(page, r"count=1")
        view.open("/sites/demo/retention")
        page.get_by_label("Months after expiry").fill("24")
        page.wait_for_timeout(PAUSE_MS)
        release_one_by_one(page, routes)
        expect(page.locator("#preview")).to_contain_text("for 24 months removes")


def test_the_catalog_is_narrowed_by_words_and_group_together(
    browser: Browser, dashboard: Dashboard, served: str
) -> None:
    with strict_page(browser, served) as view:
        view.sign_in("marketing")
        page = view.open("/sites/demo/tags/new")
        routes = held(page, r"[?&]q=goo")
        page.get_by_role("searchbox").last.press_sequentially("goo")
        page.wait_for_timeout(PAUSE_MS)
        page.get_by_label("Group").select_option("functional")
        page.wait_for_timeout(PAUSE_MS)
        release_one_by_one(page, routes)
        expect(page).to_have_url(re.compile("q=goo&.*group=functional"))
        found = page.locator("#found").inner_text()
        page.unroute_all()
        fresh = view.open(page.url.removeprefix(view.base)).locator("#found").inner_text()
        assert found == fresh
