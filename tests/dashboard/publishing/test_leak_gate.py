"""The gate before publishing: open leaks block a draft if the site wants it."""

from typing import Any

from consent.scanner.audit.classify_items import Promise
from consent.scanner.save_results import save_scan_results
from tests.dashboard.client import Dashboard
from tests.dashboard.sample_data import NOW
from tests.dashboard.scan_findings import found, kept
from tests.scanner.scan_results import SITE, TRACKER, page, request, result, visit

PLAN = {"url": "", "pages": "5", "days": "0", "regions": "", "gate": "1"}
LEAK = {"group": "advertising", "suggestion": "advertising", "layer": "vendor_domain", "confidence": 0.74}


def publish(dashboard: Dashboard) -> tuple[int, str]:
    browser = dashboard.browser("chief")
    browser.post("/sites/demo/tags/demo-ads/enabled", {"enabled": "0"})
    with dashboard.database() as database:
        (revision,) = database.execute("SELECT draft_revision FROM site WHERE key = 'demo'").fetchone()
    answer = browser.post("/sites/demo/publish", {"revision": str(revision)})
    return answer.status_code, answer.text


def test_a_leak_blocks_the_draft_until_it_is_reviewed(dashboard: Dashboard) -> None:
    chief = dashboard.browser("chief")
    assert chief.post("/sites/demo/scan/schedule", PLAN).status_code == 302
    assert 'name="gate" value="1" checked' in chief.get("/sites/demo/scan").text
    found(dashboard, kept("leaking_one", is_leak=True, **LEAK))
    status, page = publish(dashboard)
    assert status == 422
    assert "Scans show 1 open leak: leaking_one. Where each is, and how to resolve it, is under Scan." in page
    assert 'href="/sites/demo/scan">Fix<' in page
    assert (
        "an admin or a compliance user can switch this off below"
        in dashboard.browser("marketing").get("/sites/demo/scan").text
    )
    assert "can switch this off below" not in chief.get("/sites/demo/scan").text
    form = {"kind": "cookie", "name": "leaking_one", "host": "www.shop.localhost", "group": "essential"}
    chief.post("/sites/demo/review", form)
    assert publish(dashboard)[0] == 302


def test_a_restore_passes_the_leak_gate(dashboard: Dashboard) -> None:
    chief = dashboard.browser("chief")
    assert publish(dashboard)[0] == 302
    chief.post("/sites/demo/scan/schedule", PLAN)
    found(dashboard, kept("leaking_one", is_leak=True, **LEAK))
    assert chief.post("/sites/demo/versions/1/restore", {"give_up_draft": "yes"}).status_code == 302
    assert "Version 3 is live." in chief.get("/sites/demo/versions").text


def test_without_the_setting_a_leak_blocks_nothing(dashboard: Dashboard) -> None:
    found(dashboard, kept("leaking_one", is_leak=True, **LEAK))
    assert publish(dashboard)[0] == 302


def test_a_scan_that_sees_less_opens_no_gate_and_one_that_looks_again_does(dashboard: Dashboard) -> None:
    def scanned(*pages: dict[str, Any]) -> None:
        with dashboard.engine.begin() as connection:
            save_scan_results(connection, 1, result(visit("none", *pages)), Promise(), NOW)

    dashboard.browser("chief").post("/sites/demo/scan/schedule", PLAN)
    scanned(page(requests=[request(SITE)]), page(f"{SITE}shop", requests=[request(SITE), request(TRACKER)]))
    assert publish(dashboard)[0] == 422
    scanned(page(requests=[request(SITE)]))
    status, shown = publish(dashboard)
    assert (status, "Scans show 1 open leak: www.google-analytics.com." in shown) == (422, True)
    scanned(page(requests=[request(SITE)]), page(f"{SITE}shop", requests=[request(SITE)]))
    assert publish(dashboard)[0] == 302
