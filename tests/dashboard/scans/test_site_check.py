"""*Check my site* in the dashboard: what it passes to the check."""

import json

from consent.sites.health_report import ERROR, NOTE, BrandColor, Finding, Health
from tests.dashboard.client import Dashboard
from tests.dashboard.scan_findings import found, kept
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


def test_the_last_check_is_shown_on_a_later_visit(dashboard: Dashboard) -> None:
    findings = [Finding("order", NOTE, "The lines stand too low.", "<script src=x></script>")]
    colors = [BrandColor("#7a1f5c", "theme-color")]
    dashboard.set_scans(check_site=lambda subject, url: Health(url, findings, [], colors))
    chief, url = dashboard.browser("chief"), dashboard.draft()["hosts"][0] + "/"
    assert chief.post("/sites/demo/check", {"url": url}).status_code == 200
    for text in ("The lines stand too low.", "&lt;script src=x&gt;", 'fill="#7a1f5c"', f"On {url}, "):
        assert text in chief.get("/sites/demo/check").text
    for check, title in (("order", "Nothing to fix, 1 note"), ("browser", "Not fully checked")):
        note = [Finding(check, NOTE, "The page could not be seen whole.")]
        dashboard.set_scans(check_site=lambda subject, url, note=note: Health(url, note, []))
        assert title in chief.post("/sites/demo/check", {"url": url}).text
    dashboard.set_scans(check_site=lambda subject, url: Health(url, findings, [], colors))
    assert chief.post("/sites/demo/check", {"url": url}).status_code == 200
    unread = [Finding("page", ERROR, "No answer.")]
    dashboard.set_scans(check_site=lambda subject, url: Health(url, unread, []))
    failed = chief.post("/sites/demo/check", {"url": url}).text
    assert "No answer." in failed
    assert "too low" not in failed
    assert "The lines stand too low." in chief.get("/sites/demo/check").text


def test_leaks_of_the_last_scan_do_not_contradict_the_check(dashboard: Dashboard) -> None:
    found(dashboard, kept("www.youtube.com", kind="host", is_leak=True, leaks='[["none", "", "https://x.example/"]]'))
    scans = {"check_site": lambda subject, url: Health(url, WELL, []), "start_scan": lambda site, number: None}
    dashboard.set_scans(**scans)
    url = dashboard.draft()["hosts"][0] + "/"
    page = dashboard.browser("chief").post("/sites/demo/check", {"url": url}).text
    assert "The last scan found 1 leak: <code>www.youtube.com</code>. That a host was contacted does not mean" in page
