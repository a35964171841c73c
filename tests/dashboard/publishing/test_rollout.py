"""How far the live version has spread, from real fetches."""

import re

from tests.dashboard.client import Dashboard
from tests.dashboard.publishing.publish_page import fetched, publish
from tests.dashboard.sample_data import NOW


def words(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def test_hosts_are_counted_once_a_page_of_theirs_has_the_live_version(dashboard: Dashboard) -> None:
    marketing = dashboard.browser("marketing")
    hosts = dashboard.draft()["hosts"]
    assert f"Version 1 is live on 0 of {len(hosts)} hosts" in words(marketing.get("/sites/demo/live").text)
    fetched(dashboard, "http://elsewhere.example", NOW - 95)
    assert " ago" not in words(marketing.get("/sites/demo/live").text), "what is no host of the site is not counted"
    fetched(dashboard, hosts[0], NOW - 90)
    assert f"live on 1 of {len(hosts)} hosts, 90 s ago" in words(marketing.get("/sites/demo/live").text)
    marketing.post("/sites/demo/tags/demo-ads/enabled", {"enabled": "0"})
    publish(marketing)
    page = words(marketing.get("/sites/demo/versions").text)
    assert f"Version 2 is live on 0 of {len(hosts)} hosts" in page
    assert "last fetched version 1, 90 s ago" in page
    for host in hosts:
        fetched(dashboard, host, NOW - 2)
    assert f"Version 2 is live on {len(hosts)} of {len(hosts)} hosts, 2 s ago" in words(
        marketing.get("/sites/demo/live").text
    )


def test_a_site_without_a_version_has_nothing_to_count(dashboard: Dashboard) -> None:
    assert dashboard.browser("chief").get("/sites/other/live").text.strip() == ""
