"""The Enforcement page: what browsers reported, by day and state, and its explanation of what this proves."""

from consent.storage.statistics.enforcement import Asked, View, Views, add_views
from tests.dashboard.client import Dashboard
from tests.dashboard.sample_data import NOW

HOUR = NOW // 3600


def test_a_site_without_sampling_is_told_how_to_enable_it(dashboard: Dashboard) -> None:
    page = dashboard.browser("viewer").get("/sites/demo/enforcement").text
    assert "Browsers report nothing" in page
    assert "What it does not prove" in page


def test_a_vendor_that_may_not_run_is_named_with_its_pages(dashboard: Dashboard) -> None:
    with dashboard.engine.begin() as connection:
        views = {View(1, HOUR, "refused"): Views(1000, 40), View(1, HOUR, "granted"): Views(7, 0)}
        asked = {
            Asked(1, HOUR, "demo-ads", "refused", True, "/shoes/…"): 15,
            Asked(1, HOUR, "demo-ads", "refused", True, "/<b>"): 25,
        }
        add_views(connection, views, asked)
    page = dashboard.browser("viewer").get("/sites/demo/enforcement").text
    assert "1 now" in page
    assert "on the site's own host" in page
    assert "<code>/&lt;b&gt;</code> <code>/shoes/…</code>" in page
    assert "of 1,000" in page
    # Fewer than 20 page views aren't shown as a number.
    assert "under 20</span></small>" in page
