"""The scans page: run now, progress, changes, known items, the schedule."""

import json
from typing import Any

import pytest

from consent.storage.scans import scans
from consent.storage.scans.scans import SILENT_SECONDS, Schedule, StoredFinding
from tests.dashboard.client import Dashboard
from tests.dashboard.sample_data import NOW

LEAKS = json.dumps([["none", region, "http://www.shop.localhost:8001/cart"] for region in ("DE", "GB")])
PATH = "/sites/demo/scan"
FACTS: dict[str, Any] = {
    "kind": "cookie",
    "host": "www.shop.localhost",
    "third_party": False,
    "lifetime_s": 60,
    "page": "http://www.shop.localhost:8001/",
    "made_by": "http://ads.vendors.localhost:8002/ads.js",
    "purpose": None,
    "vendor": "demo-ads",
    "layer": "config",
    "confidence": 1.0,
    "reason": "The site's own config names it.",
    "suggestion": "advertising",
}


def scanned(dashboard: Dashboard, *found: StoredFinding, **facts: Any) -> None:
    """Add a scan that finished a minute ago."""
    told = {"state": "done", "pages": 3, "problems": [], "diff": []} | facts
    with dashboard.engine.begin() as connection:
        number = scans.request(connection, 1, "http://www.shop.localhost:8001/", NOW - 100)
        scans.save_findings(connection, 1, found, NOW - 60)
        scans.finish(connection, number, NOW - 60, **told)


def kept(name: str, **facts: Any) -> StoredFinding:
    given = {"group": "advertising", "is_leak": False, "situations": "accept"} | facts
    return StoredFinding(**{**FACTS, "name": name, **given})


def test_a_site_that_was_never_scanned_says_what_a_scan_is_for(dashboard: Dashboard) -> None:
    page = dashboard.browser("viewer").get(PATH).text
    assert "Never scanned" in page
    assert "A scan lists every cookie" in page
    assert "Scan now" not in page


@pytest.mark.parametrize("role", ["admin", "marketing", "compliance"])
def test_a_scan_is_started_once(dashboard: Dashboard, role: str) -> None:
    browser = dashboard.browser(role)
    assert "Scan now" in browser.get(PATH).text
    assert browser.post(PATH).status_code == 302
    assert "It is about to start." in browser.get(PATH).text
    assert browser.post(PATH).status_code == 302
    assert dashboard.scans == [("demo", 1)]
    assert "A scan is already running." in browser.get(PATH).text


def test_hosts_that_visitors_reported_are_unknown_vendors(dashboard: Dashboard) -> None:
    facts = FACTS | {
        "kind": "host",
        "host": "px.unheard.example",
        "third_party": True,
        "layer": scans.REPORTED,
        "vendor": "",
    }
    with dashboard.engine.begin() as connection:
        found = StoredFinding(
            **facts, name="px.unheard.example", group="unclassified", is_leak=False, situations=scans.REPORTED
        )
        scans.save_sighting(connection, 1, found, NOW - 60)
    page = dashboard.browser("viewer").get(PATH).text
    assert "1 unknown vendor seen" in page
    assert "by visitors&#39; browsers" in page


def test_an_item_stored_by_the_site_itself_is_not_an_unknown_vendor(dashboard: Dashboard) -> None:
    with dashboard.engine.begin() as connection:
        met = FACTS | {"layer": scans.REPORTED, "vendor": ""}
        found = StoredFinding(**met, name="basket", group="unclassified", is_leak=False, situations=scans.REPORTED)
        scans.save_sighting(connection, 1, found, NOW - 60)
    page = dashboard.browser("viewer").get(PATH).text
    assert "<code>basket</code>" in page
    assert "unknown vendor" not in page


def test_progress_is_shown_until_the_scan_has_ended(dashboard: Dashboard) -> None:
    viewer = dashboard.browser("viewer")
    with dashboard.engine.begin() as connection:
        number = scans.request(connection, 1, "http://www.shop.localhost:8001/", NOW)
        scans.set_progress(connection, number, "Visit 2 of 5 (reject DE), page 1", NOW)
    page = viewer.get(PATH).text
    assert "Visit 2 of 5 (reject DE), page 1" in page
    assert f'hx-get="{PATH}" hx-trigger="every 2s" hx-select="#state"' in page
    with dashboard.engine.begin() as connection:
        scans.finish(connection, number, NOW, state="done", pages=1, problems=[], diff=[])
    page = viewer.get(PATH).text
    assert "hx-trigger" not in page
    assert "Scanned" in page


def test_anyone_who_can_start_a_scan_can_stop_it(dashboard: Dashboard) -> None:
    with dashboard.engine.begin() as connection:
        number = scans.request(connection, 1, "http://www.shop.localhost:8001/", NOW)
    assert ">Stop<" not in dashboard.browser("viewer").get(PATH).text
    assert ">Stop<" in dashboard.browser("marketing").get(PATH).text
    assert dashboard.browser("marketing").post(f"{PATH}/stop", {}).status_code == 302
    page = dashboard.browser("marketing").get(PATH).text
    assert " failed" in page
    assert "It was stopped in the dashboard." in page
    assert ">Stop<" not in page
    assert "Scan now" in page
    with dashboard.engine.connect() as connection:
        assert not scans.is_running(connection, number)
    assert "Stopped a scan" in dashboard.browser("admin").get("/sites/demo/audit").text


def test_a_stalled_scan_is_reported_and_can_be_run_again(dashboard: Dashboard) -> None:
    with dashboard.engine.begin() as connection:
        scans.request(connection, 1, "http://www.shop.localhost:8001/", NOW - SILENT_SECONDS - 1)
    page = dashboard.browser("admin").get(PATH).text
    assert "The last scan stopped without a result: its process was ended, or its machine went down." in page
    assert "Scan now" in page


def test_leaks_and_changes_are_shown_with_why(dashboard: Dashboard) -> None:
    change = {"change": "new", "kind": "cookie", "name": "demo_ads", "host": "www.shop.localhost", "told": ""}
    change |= {"group": "advertising", "is_leak": True, "situations": "none", "page": ""}
    scanned(
        dashboard,
        kept("demo_ads", is_leak=True, situations="none"),
        kept("mystery", group="unclassified"),
        diff=[change],
        problems=["http://www.shop.localhost:8001/x: It did not respond within 30 s."],
    )
    page = dashboard.browser("viewer").get(PATH).text
    assert "The first scan found 1<" in page
    assert "1 leak now" in page
    assert page.count(">Leak<") == 3
    assert "before a choice" in page
    assert "Needs review" in page
    assert "The site&#39;s own config names it." in page
    assert "It did not respond within 30 s." in page
    german = dashboard.browser("viewer").get(PATH, Accept_Language="de").text
    assert "vor einer Entscheidung" in german
    assert "before a choice" not in german


@pytest.mark.parametrize(("confidence", "shown"), [(0.56, "Needs review"), (0.71, "Functional")])
def test_a_weak_guess_needs_review_instead_of_having_a_group(
    dashboard: Dashboard, confidence: float, shown: str
) -> None:
    scanned(dashboard, kept("pref2", group="functional", layer="model", confidence=confidence, suggestion="functional"))
    row = dashboard.browser("marketing").get("/sites/demo/scan").text.partition("<code>pref2</code>")[2]
    cell = row.partition("<td>")[2].partition("<small>")[0]
    assert shown in cell


def test_an_open_leak_is_shown_with_where_it_is_and_how_it_ends(dashboard: Dashboard) -> None:
    scanned(dashboard, kept("demo_ads", is_leak=True, leaks=LEAKS, layer="config"))
    page = dashboard.browser("viewer").get(PATH).text
    assert "1 open leak<" in page
    assert "before a choice in DE, GB" in page
    assert page.count("<code>http://www.shop.localhost:8001/cart</code>") == 1
    assert "by <code>http://ads.vendors.localhost:8002/ads.js</code>" in page
    assert "It ends once a scan no longer sees it there" in page
    assert "say so under" not in page, "what the config names is not reviewed"
    scanned(dashboard, kept("demo_ads", is_leak=True, leaks=LEAKS, layer="vendor_name"))
    assert "say so under" in dashboard.browser("viewer").get(PATH).text


def test_a_contacted_host_is_not_said_to_have_run(dashboard: Dashboard) -> None:
    early = "That a host was contacted does not mean that anything ran"
    scanned(dashboard, kept("demo_ads", is_leak=True, leaks=LEAKS, layer="config"))
    page = dashboard.browser("viewer").get(PATH).text
    assert "This was requested or stored although the banner had not allowed it" in page
    assert early not in page
    scanned(dashboard, kept("ads.example", kind="host", is_leak=True, leaks=LEAKS, layer="config"))
    assert early in dashboard.browser("viewer").get(PATH).text


def test_reports_when_there_were_more_changes_than_are_kept(dashboard: Dashboard) -> None:
    change = {"change": "new", "kind": "cookie", "host": "www.shop.localhost", "told": "", "group": "analytics"}
    change |= {"is_leak": False, "situations": "none", "page": ""}
    scanned(dashboard, diff=[change | {"name": f"many{number}"} for number in range(1001)])
    page = dashboard.browser("viewer").get(PATH).text
    assert "The first scan found 1,000 or more<" in page
    assert "and further ones" in page


def test_a_first_scan_without_changes_has_no_empty_list_of_them(dashboard: Dashboard) -> None:
    scanned(dashboard, kept("demo_ads"))
    page = dashboard.browser("viewer").get(PATH).text
    assert "Scanned " in page
    assert "The first scan found" not in page


def test_a_second_scan_is_compared_with_the_first(dashboard: Dashboard) -> None:
    with dashboard.engine.begin() as connection:
        number = scans.request(connection, 1, "http://www.shop.localhost:8001/", NOW - 1000)
        scans.finish(connection, number, NOW - 900, state="done", pages=3, problems=[], diff=[])
    scanned(dashboard)
    page = dashboard.browser("viewer").get(PATH).text
    assert "Since the previous scan: 0 changes<" in page
    assert "Nothing was added, removed or changed." in page


def test_hostile_names_are_shown_as_text(dashboard: Dashboard) -> None:
    scanned(dashboard, kept("<script>alert(1)</script>"), problems=["<img src=x onerror=alert(1)>"])
    page = dashboard.browser("viewer").get(PATH).text
    assert "<script>alert" not in page
    assert "<img src=x" not in page


def test_the_plan_is_saved(dashboard: Dashboard) -> None:
    form = {"url": "http://www.shop.localhost:8001/privacy", "pages": "5", "days": "7", "regions": "de, us-ca de"}
    assert dashboard.browser("compliance").post(f"{PATH}/schedule", form).status_code == 302
    with dashboard.engine.connect() as connection:
        assert scans.schedule(connection, 1) == Schedule(form["url"], 5, "DE,US-CA", 7)
    assert 'value="DE,US-CA"' in dashboard.browser("viewer").get(PATH).text


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("url", "http://169.254.169.254/", "Enter an address on one of the site’s hosts."),
        (
            "url",
            "http://www.shop.localhost:8001.evil.example/",
            "Enter an address on one of the site’s hosts.",
        ),
        (
            "url",
            "http://www.shop.localhost:8001@evil.example/",
            "Enter an address on one of the site’s hosts.",
        ),
        ("pages", "0", "Enter a number from 1 to 200."),
        ("pages", "many", "Enter a number from 1 to 200."),
        ("days", "-1", "Enter a number of days"),
        ("regions", "Germany", "There is no place GERMANY: codes are those of ISO 3166, such as DE or US-CA."),
        ("regions", "DE, XX", "There is no place XX:"),
        ("regions", "US-ZZ", "There is no place US-ZZ:"),
        ("regions", ",".join(["DE", "FR"] * 6), "Name up to 10 places such as DE or US-CA."),
    ],
)
def test_an_invalid_plan_is_rejected_beside_its_field(
    dashboard: Dashboard, field: str, value: str, sentence: str
) -> None:
    form = {"url": "", "pages": "5", "days": "7", "regions": ""} | {field: value}
    answer = dashboard.browser("admin").post(f"{PATH}/schedule", form)
    assert answer.status_code == 422
    assert sentence in answer.text
    with dashboard.engine.connect() as connection:
        assert scans.schedule(connection, 1) == Schedule()


def test_the_page_reports_when_the_scanner_is_not_installed(world: Any, tmp_path: Any) -> None:
    from tests.dashboard.client import dashboards

    for bare in dashboards(world, tmp_path, start_scan=None):
        page = bare.browser("admin").get(PATH)
        assert "The scanner is not installed on this server." in page.text
        assert "Scan now" not in page.text
        assert bare.browser("admin").post(PATH).status_code == 409
