"""Every page of the dashboard in both themes, wide and narrow: axe finds nothing, and nothing is cut off."""

from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.axe import AXE, page_problems
from tests.dashboard.client import Dashboard
from tests.dashboard.page_details import record_problems
from tests.dashboard.routes import FILES, FRAMES, PARTS, dashboard_routes
from tests.dashboard.strict_page import strict_page

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
def test_no_page_has_a_fault(browser: Browser, dashboard: Dashboard, served: str, scheme: Any, width: int) -> None:
    if not AXE.is_file():
        pytest.fail("axe-core is missing: npm ci", pytrace=False)
    pages = [
        route.path
        for route in dashboard_routes(dashboard.app)
        if route.method == "GET" and route.endpoint not in (*FILES, *FRAMES, *PARTS)
    ]
    found: dict[str, list[str]] = {}
    # The page's own policy would block what the test injects; test_walks keeps the policy.
    options = {"color_scheme": scheme, "viewport": {"width": width, "height": 900}, "bypass_csp": True}
    with strict_page(browser, served, **options) as view:
        page = view.open("/login")
        found["/login"] = page_problems(page)
        view.sign_in("chief")
        for path in [*pages, *MORE]:
            view.open(path)
            record_problems(view, path, found)
        view.expected = ("400", "404")
    assert {path: faults for path, faults in found.items() if faults} == {}


@pytest.mark.long
def test_a_switch_shows_its_state_in_forced_colors(browser: Browser, dashboard: Dashboard, served: str) -> None:
    dashboard.browser("admin").post("/sites/demo/tags/demo-ads/enabled", {"enabled": "0"})
    with strict_page(browser, served, forced_colors="active") as view:
        view.sign_in("marketing")
        page = view.open("/sites/demo/tags")
        off, on = (page.locator(f"#on-{tag}") for tag in ("demo-ads", "demo-chat"))
        color = "one => getComputedStyle(one).backgroundColor"
        assert off.evaluate(color) != on.evaluate(color)
