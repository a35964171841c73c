"""Marketing's walks from preview to rollback, with clicks counted and steps timed.

The tests assert nothing about speed; `pytest -s` prints the times.
"""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.dashboard.client import Dashboard
from tests.dashboard.publishing.publish_page import fetched
from tests.dashboard.strict_page import strict_page
from tests.dashboard.timed_walk import SIZES, Walk

pytestmark = pytest.mark.long


@pytest.fixture(params=SIZES, ids=str)
def walk(request: pytest.FixtureRequest, browser: Browser, served: str) -> Iterator[Walk]:
    """Sign marketing in with a window size and a theme."""
    width, scheme = request.param
    with strict_page(browser, served, viewport={"width": width, "height": 900}, color_scheme=scheme) as view:
        yield Walk(view, view.sign_in_by_keyboard("marketing"))


@pytest.mark.walk("M3")
def test_a_draft_is_previewed_published_seen_live_and_rolled_back(walk: Walk, dashboard: Dashboard) -> None:
    page, hosts = walk.page, dashboard.draft()["hosts"]
    walk.view.open("/sites/demo/preview")
    with walk.step("M3 another place"):
        walk.choose(page.locator("#v-place"), "US-CA")
        expect(page.get_by_role("row", name="Demo Ads")).to_contain_text("no objection")
    with walk.step("M3 a signal"):
        walk.click(page.get_by_label("Global Privacy Control"), "Space")
        expect(page.get_by_role("row", name="Demo Ads")).to_contain_text(
            "Blocked: advertising, California rule, Global"
        )
    walk.done("M3")
    walk.view.open("/sites/demo/tags")
    page.get_by_role("switch", name="Demo Ads is on").click()
    with walk.step("M4 the differences"):
        walk.click(page.get_by_role("button", name="Publish 1 change"))
        expect(page.get_by_text("on → off")).to_be_visible()
        expect(page.get_by_text("No visitor is asked again.")).to_contain_text("60 answers still count")
    walk.fill(page.get_by_label("Note"), "No ads in winter")
    with walk.step("M4 live on all hosts"):
        walk.click(page.get_by_role("button", name="Publish", exact=True))
        expect(page.get_by_role("heading", name=f"Version 2 is live on 0 of {len(hosts)} hosts")).to_be_visible()
        for host in hosts:
            fetched(dashboard, host, dashboard.app.extensions["consent_dashboard"].now - 2)
        walk.view.open("/sites/demo/versions")
        expect(page.get_by_role("heading", name=f"live on {len(hosts)} of {len(hosts)} hosts, 2 s ago")).to_be_visible()
    assert walk.clicks == 3, "a note is one more"
    walk.view.open("/sites/demo/tags")
    with walk.step("M5 rolled back"):
        page.get_by_role("link", name="Versions").first.click()
        page.get_by_role("button", name="Restore…").click()
        page.get_by_role("button", name="Restore as a new version").click()
        expect(page.get_by_text("Version 3 is live.")).to_be_visible()
    expect(page.get_by_role("row", name="Version 3")).to_contain_text("Content of version 1 restored")
