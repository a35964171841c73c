"""*Check my site* in the dashboard: what it hands to the check."""

import json

from consent.sites.health_report import Health
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
