"""Every page of the dashboard in both themes, wide and narrow: no fault that axe finds, nothing cut off."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.dashboard.cast import Desk
from tests.dashboard.routes import FILES, FRAMES, PARTS, dashboard_routes
from tests.dashboard.watched import watched

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
RUN = """() => axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]})
  .then(found => found.violations.map(v => v.id + ": " + v.nodes.map(n => n.html.slice(0, 200)).join(" | ")))"""
MORE = [
    "/sites/demo/receipts?country=DE",
    "/sites/demo/receipts?country=Germany",
    "/sites/demo/receipts/find?q=x",
    "/sites/demo/tags/new?q=zzz",
    "/sites/other/",
]
MORE += ["/sites/other/tags", "/sites/other/receipts", "/sites/nope/", "/account"]


@pytest.mark.long
@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_has_a_fault(browser: Browser, desk: Desk, served: str, scheme: Any, width: int) -> None:
    if not AXE.is_file():
        pytest.fail("axe-core is missing: npm ci", pytrace=False)
    pages = [
        route.path
        for route in dashboard_routes(desk.app)
        if route.method == "GET" and route.endpoint not in (*FILES, *FRAMES, *PARTS)
    ]
    found: dict[str, list[str]] = {}
    # The page's own policy forbids what a test puts into it; test_walks keeps the policy.
    options = {"color_scheme": scheme, "viewport": {"width": width, "height": 900}, "bypass_csp": True}
    with watched(browser, served, **options) as view:
        page = view.open("/login")
        found["/login"] = _faults(page)
        view.sign_in("chief")
        for path in [*pages, *MORE]:
            view.open(path)
            for details in page.locator("main details").all():
                details.evaluate("one => one.open = true")
            if faults := _faults(page):
                found[path] = faults
        view.expected = ("400", "404")
    assert {path: faults for path, faults in found.items() if faults} == {}


def _faults(page: Page) -> list[str]:
    page.add_script_tag(path=AXE)
    faults: list[str] = page.evaluate(RUN)
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        faults.append("wider than the window")
    return faults


@pytest.mark.long
def test_a_switch_shows_its_state_in_forced_colours(browser: Browser, desk: Desk, served: str) -> None:
    desk.browser("admin").post("/sites/demo/tags/demo-ads/enabled", {"enabled": "0"})
    with watched(browser, served, forced_colors="active") as view:
        view.sign_in("marketing")
        page = view.open("/sites/demo/tags")
        off, on = (page.locator(f"#on-{tag}") for tag in ("demo-ads", "demo-chat"))
        colour = "one => getComputedStyle(one).backgroundColor"
        assert off.evaluate(colour) != on.evaluate(colour)
