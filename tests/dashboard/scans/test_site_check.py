"""*Check my site* in the dashboard: what it passes to the check."""

import json

from consent.sites.health_report import BrandColor, Health
from tests.dashboard.client import Dashboard
from tests.dashboard.site_check import WELL


def test_a_group_that_the_owner_asks_for_can_be_accepted(dashboard: Dashboard) -> None:
    draft = dashboard.draft("other") | {"tags": [], "vendors": []}
    draft["overrides"]["asked_groups"] = ["advertising"]
    with dashboard.database() as connection:
        connection.execute("UPDATE site SET draft = ? WHERE key = 'other'", (json.dumps(draft),))
    asked: list[frozenset[str]] = []
    dashboard.set_scans(check_site=lambda subject, url: asked.append(subject.asks) or Health(url, WELL, []))
    url = draft["hosts"][0] + "/"
    assert dashboard.browser("chief").post("/sites/other/check", {"url": url}).status_code == 200
    assert asked == [frozenset({"advertising"})]


def test_a_color_of_the_page_is_offered_and_only_a_save_takes_it(dashboard: Dashboard) -> None:
    colors = [BrandColor("#7a1f5c", "theme-color"), BrandColor("#0a5d3b", "buttons")]
    dashboard.set_scans(check_site=lambda subject, url: Health(url, WELL, [], colors))
    chief, before = dashboard.browser("chief"), dashboard.draft()
    page = chief.post("/sites/demo/check", {"url": before["hosts"][0] + "/"}).text
    assert 'fill="#7a1f5c"' in page
    assert "/sites/demo/banner?accent=0a5d3b" in page
    editor = chief.get("/sites/demo/banner?accent=0a5d3b").text
    assert 'name="accent" value="#0a5d3b"' in editor
    assert "Save it to keep it" in editor
    assert dashboard.draft() == before
    plain = chief.get("/sites/demo/banner?accent=red;x").text
    assert f'name="accent" value="{before["look"]["accent"]}"' in plain
    assert "Save it to keep it" not in plain
