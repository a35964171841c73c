"""Toasts disappear after a while, whether the server or a script added them to the page."""

import pytest
from playwright.sync_api import Browser, expect

from tests.dashboard.client import Dashboard
from tests.dashboard.strict_page import strict_page

pytestmark = pytest.mark.extended

UNDO_MS = 10_000


@pytest.mark.parametrize("who", ["the server", "a script"])
def test_a_toast_disappears_but_never_while_focused_or_hovered(
    browser: Browser, dashboard: Dashboard, served: str, who: str
) -> None:
    with strict_page(browser, served) as view:
        view.sign_in("marketing")
        view.page.clock.install()
        page = view.open("/sites/demo/tags/demo-chat" if who == "the server" else "/sites/demo/tags")
        if who == "the server":
            page.get_by_role("button", name="Remove from the draft").click()
        else:
            page.locator("#on-demo-chat").click()
        toast = page.locator(".toast")
        expect(toast.get_by_role("button", name="Undo", exact=True)).to_be_visible()
        page.mouse.move(0, 0)
        toast.get_by_role("button", name="Undo", exact=True).focus()
        page.clock.run_for(2 * UNDO_MS)
        expect(toast).to_have_count(1)
        page.locator("#find").focus()
        page.clock.run_for(UNDO_MS)
        expect(toast).to_have_count(0)
        assert len(dashboard.draft()["tags"]) == (4 if who == "the server" else 5)
