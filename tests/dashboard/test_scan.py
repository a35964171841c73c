"""The page of scans: run now, progress, what changed, what is known, the plan."""

import json
from typing import Any

import pytest

from consent.storage import scans
from consent.storage.scans import SILENT_S, Kept, Schedule
from tests.dashboard.cast import NOW, Desk

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


def scanned(desk: Desk, *found: Kept, **facts: Any) -> None:
    """Put a scan into the database that ended a minute ago."""
    told = {"state": "done", "pages": 3, "problems": [], "diff": []} | facts
    with desk.engine.begin() as connection:
        number = scans.ask(connection, 1, "http://www.shop.localhost:8001/", NOW - 100)
        scans.keep(connection, 1, found, NOW - 60)
        scans.finish(connection, number, NOW - 60, **told)


def kept(name: str, **facts: Any) -> Kept:
    given = {"group": "advertising", "is_leak": False, "situations": "accept"} | facts
    return Kept(**{**FACTS, "name": name, **given})


def test_a_site_that_was_never_scanned_says_what_a_scan_is_for(desk: Desk) -> None:
    page = desk.browser("viewer").get(PATH).text
    assert "Never scanned" in page
    assert "A scan lists every cookie" in page
    assert "Scan now" not in page


@pytest.mark.parametrize("role", ["admin", "marketing", "compliance"])
def test_a_scan_is_started_once(desk: Desk, role: str) -> None:
    browser = desk.browser(role)
    assert "Scan now" in browser.get(PATH).text
    assert browser.post(PATH).status_code == 302
    assert "It is about to begin." in browser.get(PATH).text
    assert browser.post(PATH).status_code == 302
    assert desk.scans == [("demo", 1)]
    assert "A scan is under way already." in browser.get(PATH).text


def test_hosts_that_visitors_reported_are_unknown_vendors(desk: Desk) -> None:
    facts = FACTS | {
        "kind": "host",
        "host": "px.unheard.example",
        "third_party": True,
        "layer": scans.REPORTED,
        "vendor": "",
    }
    with desk.engine.begin() as connection:
        found = Kept(**facts, name="px.unheard.example", group="unclassified", is_leak=False, situations=scans.REPORTED)
        scans.sight(connection, 1, found, NOW - 60)
    page = desk.browser("viewer").get(PATH).text
    assert "1 unknown vendor seen" in page
    assert "by visitors&#39; browsers" in page


def test_what_the_site_itself_keeps_is_no_vendor_though_visitors_reported_it(desk: Desk) -> None:
    with desk.engine.begin() as connection:
        met = FACTS | {"layer": scans.REPORTED, "vendor": ""}
        found = Kept(**met, name="basket", group="unclassified", is_leak=False, situations=scans.REPORTED)
        scans.sight(connection, 1, found, NOW - 60)
    page = desk.browser("viewer").get(PATH).text
    assert "<code>basket</code>" in page
    assert "unknown vendor" not in page


def test_progress_is_shown_until_the_scan_has_ended(desk: Desk) -> None:
    viewer = desk.browser("viewer")
    with desk.engine.begin() as connection:
        number = scans.ask(connection, 1, "http://www.shop.localhost:8001/", NOW)
        scans.tell(connection, number, "Visit 2 of 5 (reject DE), page 1", NOW)
    page = viewer.get(PATH).text
    assert "Visit 2 of 5 (reject DE), page 1" in page
    assert f'hx-get="{PATH}" hx-trigger="every 2s" hx-select="#state"' in page
    with desk.engine.begin() as connection:
        scans.finish(connection, number, NOW, state="done", pages=1, problems=[], diff=[])
    page = viewer.get(PATH).text
    assert "hx-trigger" not in page
    assert "Scanned" in page


def test_a_scan_is_stopped_by_whoever_may_begin_one(desk: Desk) -> None:
    with desk.engine.begin() as connection:
        number = scans.ask(connection, 1, "http://www.shop.localhost:8001/", NOW)
    assert ">Stop<" not in desk.browser("viewer").get(PATH).text
    assert ">Stop<" in desk.browser("marketing").get(PATH).text
    assert desk.browser("marketing").post(f"{PATH}/stop", {}).status_code == 302
    page = desk.browser("marketing").get(PATH).text
    assert "came to nothing" in page
    assert "It was stopped in the dashboard." in page
    assert ">Stop<" not in page
    assert "Scan now" in page
    with desk.engine.connect() as connection:
        assert not scans.goes_on(connection, number)
    assert "Stopped a scan" in desk.browser("admin").get("/sites/demo/audit").text


def test_a_scan_that_fell_silent_is_told_and_can_be_run_again(desk: Desk) -> None:
    with desk.engine.begin() as connection:
        scans.ask(connection, 1, "http://www.shop.localhost:8001/", NOW - SILENT_S - 1)
    page = desk.browser("admin").get(PATH).text
    assert "The last scan ended without a word: its process was killed, or its machine went down." in page
    assert "Scan now" in page


def test_leaks_and_changes_are_shown_with_why(desk: Desk) -> None:
    change = {"change": "new", "kind": "cookie", "name": "demo_ads", "host": "www.shop.localhost", "told": ""}
    change |= {"group": "advertising", "is_leak": True, "situations": "none", "page": ""}
    scanned(
        desk,
        kept("demo_ads", is_leak=True, situations="none"),
        kept("mystery", group="unclassified"),
        diff=[change],
        problems=["http://www.shop.localhost:8001/x: It did not answer within 30 s."],
    )
    page = desk.browser("viewer").get(PATH).text
    assert "The first scan found 1<" in page
    assert "1 leak now" in page
    assert page.count(">Leak<") == 3
    assert "before a choice" in page
    assert "Needs review" in page
    assert "The site&#39;s own config names it." in page
    assert "It did not answer within 30 s." in page


def test_an_open_leak_is_shown_with_where_it_is_and_how_it_ends(desk: Desk) -> None:
    scanned(desk, kept("demo_ads", is_leak=True, leaks=LEAKS, layer="config"))
    page = desk.browser("viewer").get(PATH).text
    assert "1 open leak<" in page
    assert "before a choice in DE, GB" in page
    assert page.count("<code>http://www.shop.localhost:8001/cart</code>") == 1
    assert "by <code>http://ads.vendors.localhost:8002/ads.js</code>" in page
    assert "it ends once a scan looks there and no longer sees it" in page
    assert "say so under" not in page, "what the config names is not reviewed"
    scanned(desk, kept("demo_ads", is_leak=True, leaks=LEAKS, layer="vendor_name"))
    assert "say so under" in desk.browser("viewer").get(PATH).text


def test_more_changes_than_are_kept_are_told_as_such(desk: Desk) -> None:
    change = {"change": "new", "kind": "cookie", "host": "www.shop.localhost", "told": "", "group": "analytics"}
    change |= {"is_leak": False, "situations": "none", "page": ""}
    scanned(desk, diff=[change | {"name": f"many{number}"} for number in range(1001)])
    page = desk.browser("viewer").get(PATH).text
    assert "The first scan found 1,000 or more<" in page
    assert "and further ones" in page


def test_a_second_scan_is_compared_with_the_first(desk: Desk) -> None:
    with desk.engine.begin() as connection:
        number = scans.ask(connection, 1, "http://www.shop.localhost:8001/", NOW - 1000)
        scans.finish(connection, number, NOW - 900, state="done", pages=3, problems=[], diff=[])
    scanned(desk)
    page = desk.browser("viewer").get(PATH).text
    assert "Since the scan before: 0 changes<" in page
    assert "Nothing is new, gone or changed." in page


def test_hostile_names_are_text(desk: Desk) -> None:
    scanned(desk, kept("<script>alert(1)</script>"), problems=["<img src=x onerror=alert(1)>"])
    page = desk.browser("viewer").get(PATH).text
    assert "<script>alert" not in page
    assert "<img src=x" not in page


def test_the_plan_is_saved(desk: Desk) -> None:
    form = {"url": "http://www.shop.localhost:8001/privacy", "pages": "5", "days": "7", "regions": "de, us-ca de"}
    assert desk.browser("compliance").post(f"{PATH}/schedule", form).status_code == 302
    with desk.engine.connect() as connection:
        assert scans.schedule(connection, 1) == Schedule(form["url"], 5, "DE,US-CA", 7)
    assert 'value="DE,US-CA"' in desk.browser("viewer").get(PATH).text


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("url", "http://169.254.169.254/", "This must be an address on one of the site&#39;s hosts."),
        (
            "url",
            "http://www.shop.localhost:8001.evil.example/",
            "This must be an address on one of the site&#39;s hosts.",
        ),
        (
            "url",
            "http://www.shop.localhost:8001@evil.example/",
            "This must be an address on one of the site&#39;s hosts.",
        ),
        ("pages", "0", "This must be a number from 1 to 200."),
        ("pages", "many", "This must be a number from 1 to 200."),
        ("days", "-1", "This must be a number of days"),
        ("regions", "Germany", "There is no place GERMANY: codes are those of ISO 3166, such as DE or US-CA."),
        ("regions", "DE, XX", "There is no place XX:"),
        ("regions", "US-ZZ", "There is no place US-ZZ:"),
        ("regions", ",".join(["DE", "FR"] * 6), "Name up to 10 places such as DE or US-CA."),
    ],
)
def test_a_plan_that_cannot_be_is_refused_beside_its_field(desk: Desk, field: str, value: str, sentence: str) -> None:
    form = {"url": "", "pages": "5", "days": "7", "regions": ""} | {field: value}
    answer = desk.browser("admin").post(f"{PATH}/schedule", form)
    assert answer.status_code == 422
    assert sentence in answer.text
    with desk.engine.connect() as connection:
        assert scans.schedule(connection, 1) == Schedule()


def test_where_the_scanner_is_not_installed_the_page_says_so(world: Any, tmp_path: Any) -> None:
    from tests.dashboard.cast import desks

    for bare in desks(world, tmp_path, start_scan=None):
        page = bare.browser("admin").get(PATH)
        assert "The scanner is not installed on this server." in page.text
        assert "Scan now" not in page.text
        assert bare.browser("admin").post(PATH).status_code == 409
