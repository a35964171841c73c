"""Pages that never let go: their process hangs, and the scan goes on beside it."""

import pytest

from tests.scan.conftest import ScanSite
from tests.scan.sites import Sites


@pytest.mark.long
def test_a_page_that_runs_for_ever_is_left_behind(scan_site: ScanSite, sites: Sites) -> None:
    sites.page("/", '<a href="/spin">spin</a> <a href="/bomb">bomb</a> <a href="/last">last</a>')
    sites.page("/spin", "<script>for (;;);</script>")
    sites.page("/bomb", f"<script>setTimeout(() => /^(a+)+$/.test('{'a' * 60}!'))</script>")
    sites.page("/last", "<script>localStorage.setItem('reached', '1')</script>")
    result = scan_site(sites.url(), states=("none",), pages=4, page_s=3.0)
    pages = {page["url"].rpartition("/")[2]: page for page in result["visits"][0]["pages"]}
    for name in ("spin", "bomb"):
        assert pages[name]["problem"] == "It hung, and was left.", pages[name]
    assert [write["name"] for write in pages["last"]["writes"]] == ["reached"]


@pytest.mark.long
def test_a_site_that_takes_for_ever_ends_with_the_time_of_the_scan(scan_site: ScanSite, sites: Sites) -> None:
    for number in range(20):
        sites.acts[f"/{number}"] = lambda _handler: sites.stopped.wait(60)
    sites.page("/", "".join(f'<a href="/{number}">{number}</a>' for number in range(20)))
    result = scan_site(sites.url(), states=("none", "accept"), pages=21, page_s=3.0, total_s=10.0)
    assert not result["is_complete"]
    assert result["visits"][0]["problem"] == "The time was up before all pages were seen."
    assert result["seconds"] < 60
