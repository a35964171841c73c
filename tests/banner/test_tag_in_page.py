"""A tag placed in the page: its own snippet waits and runs once; without the switch it would run twice."""

import pytest
from playwright.sync_api import Page, expect

from consent.sites.custom.code import load_of
from tests.banner.blocker import blocker
from tests.banner.service import LINE, Service


@pytest.mark.parametrize(("in_page", "runs"), [(True, 1), (False, 2)])
def test_the_pages_own_snippet_runs_once_where_the_service_loads_nothing(
    page: Page, service: Service, in_page: bool, runs: int
) -> None:
    assert service.payload
    acts = service.payload["acts"]
    acts["vendors"]["stats"]["hosts"] = ["vendors.localhost"]
    acts["tags"] = {"stats": load_of({"load": acts["tags"]["stats"], "in_page": in_page})}
    snippet = f"<script>const s = document.createElement('script'); s.src = '{service.vendors}/vendor/stats.js';"
    page.goto(
        service.page(head=blocker(hold="vendors.localhost") + LINE + f"{snippet} document.head.append(s)</script>")
    )
    expect(page.get_by_role("button", name="Reject all")).to_be_visible()
    assert page.evaluate("window.ran || []") == []
    page.get_by_role("button", name="Accept all").click()
    page.wait_for_function("(window.ran || []).length === number".replace("number", str(runs)))
    page.wait_for_load_state("networkidle")
    assert page.evaluate("ran") == ["stats"] * runs
