"""How far the live version has come, from real fetches."""

import re

from consent.storage.seen import Seen, keep_seen
from tests.dashboard.cast import NOW, Desk
from tests.dashboard.test_publishing import publish


def fetched(desk: Desk, origin: str, at: int) -> None:
    """Note that a page of `origin` got what is live."""
    with desk.engine.begin() as connection:
        site_id, live = connection.exec_driver_sql("SELECT id, live_config FROM site WHERE key = 'demo'").one()
        keep_seen(connection, [Seen(site_id, origin, live, at, at)])


def words(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def test_hosts_are_counted_once_a_page_of_theirs_has_the_live_version(desk: Desk) -> None:
    marketing = desk.browser("marketing")
    hosts = desk.draft()["hosts"]
    assert f"Version 1 is live on 0 of {len(hosts)} hosts" in words(marketing.get("/sites/demo/live").text)
    fetched(desk, "http://elsewhere.example", NOW - 95)
    assert " ago" not in words(marketing.get("/sites/demo/live").text), "what is no host of the site is not counted"
    fetched(desk, hosts[0], NOW - 90)
    assert f"live on 1 of {len(hosts)} hosts, 90 s ago" in words(marketing.get("/sites/demo/live").text)
    marketing.post("/sites/demo/tags/demo-ads/enabled", {"enabled": "0"})
    publish(marketing)
    page = words(marketing.get("/sites/demo/versions").text)
    assert f"Version 2 is live on 0 of {len(hosts)} hosts" in page
    assert "last fetched version 1, 90 s ago" in page
    for host in hosts:
        fetched(desk, host, NOW - 2)
    assert f"Version 2 is live on {len(hosts)} of {len(hosts)} hosts, 2 s ago" in words(
        marketing.get("/sites/demo/live").text
    )


def test_a_site_without_a_version_has_nothing_to_count(desk: Desk) -> None:
    assert desk.browser("chief").get("/sites/other/live").text.strip() == ""
