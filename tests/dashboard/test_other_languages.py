"""Every page of the dashboard in each translation: longer words fit, and axe finds nothing."""

from typing import Any

import pytest
from playwright.sync_api import Browser

from consent.presentation.dashboard_texts import TRANSLATED
from tests.axe import page_problems
from tests.dashboard.client import Dashboard
from tests.dashboard.misfits import misfits
from tests.dashboard.routes import FILES, FRAMES, PARTS, dashboard_routes
from tests.dashboard.strict_page import strict_page


@pytest.mark.long
@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("language", TRANSLATED)
def test_no_page_has_a_fault_in_another_language(
    browser: Browser, dashboard: Dashboard, served: str, language: str, width: int
) -> None:
    dashboard.browser("chief").post("/account/language", {"language": language})
    paths = [
        route.path
        for route in dashboard_routes(dashboard.app)
        if route.method == "GET" and route.endpoint not in (*FILES, *FRAMES, *PARTS)
    ]
    found: dict[str, list[str]] = {}
    options: dict[str, Any] = {"viewport": {"width": width, "height": 900}, "bypass_csp": True}
    with strict_page(browser, served, **options) as view:
        view.sign_in("chief")
        for path in paths:
            page = view.open(path)
            for details in page.locator("main details").all():
                details.evaluate("one => one.open = true")
            if faults := [*misfits(page), *page_problems(page)]:
                found[path] = faults
        view.expected = ("400", "404")
    assert found == {}
