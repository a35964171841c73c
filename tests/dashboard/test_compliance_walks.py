"""Compliance's walks with clicks counted and steps timed: answering a request, retention, who changed what, evidence.

The tests assert nothing about speed; `pytest -s` prints the times.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import update

from consent.evidence.verify import check_evidence
from consent.log.checkpoints import origin_of, verifier_key
from consent.log.sequencer_thread import Sequencer
from consent.privacy.pruner import Pruner
from consent.storage.tables.receipts import Receipt
from tests.dashboard.client import Dashboard
from tests.dashboard.sample_data import DAY, NOW, VISITOR
from tests.dashboard.strict_page import strict_page
from tests.dashboard.timed_walk import SIZES, Walk

pytestmark = pytest.mark.long


@pytest.fixture(params=SIZES, ids=str)
def walk(request: pytest.FixtureRequest, browser: Browser, served: str) -> Iterator[Walk]:
    """Sign compliance in with a window size and a theme."""
    width, scheme = request.param
    with strict_page(browser, served, viewport={"width": width, "height": 900}, color_scheme=scheme) as view:
        yield Walk(view, view.sign_in_by_keyboard("compliance"))


@pytest.mark.walk("C9")
def test_a_request_is_answered_and_the_visitor_erased(walk: Walk, dashboard: Dashboard) -> None:
    page = walk.page
    walk.view.open("/sites/demo/requests")
    page.evaluate("id => navigator.clipboard.writeText(id)", VISITOR)
    with walk.step("C9 paste the id"):
        page.get_by_label("Receipt or visitor ID to act on").focus()
        walk.key("ControlOrMeta+V")
        expect(page.get_by_role("heading", name="One visitor")).to_be_visible()
    with walk.step("C9 copy as JSON"):
        file = walk.download(lambda: walk.click(page.get_by_role("button", name="JSON")))
    assert len(json.loads(file.read_text())["receipts"]) == 3
    with walk.step("C9 erase"):
        walk.confirm_by_typing(page.get_by_label("This cannot be undone"), VISITOR[:8])
        walk.click(page.get_by_role("button", name="Erase 3 receipts"))
        expect(page.get_by_text("Erased 3 receipts. The log stays valid.")).to_be_visible()
    walk.done("C9")
    row = page.locator("#erased tbody tr").first
    expect(row).to_contain_text("At the visitor’s request")
    expect(row).to_contain_text("Compliance")
    _sequence(dashboard)
    walk.view.open("/sites/demo/audit")
    page.get_by_role("button", name="Verify").click()
    expect(page.locator("#checks")).to_contain_text("✓ holds")


@pytest.mark.walk("C10")
def test_retention_is_previewed_saved_and_runs(walk: Walk, dashboard: Dashboard) -> None:
    with dashboard.engine.begin() as connection:
        old = {"time": Receipt.time - 900 * DAY, "expires": None}
        connection.execute(update(Receipt).where(Receipt.time < NOW - 15 * DAY).values(old))
    page = walk.page
    walk.view.open("/sites/demo/retention")
    with walk.step("C10 preview"):
        walk.fill(page.get_by_label("Months after expiry"), "24")
        expect(page.locator("#preview")).to_contain_text("removes 30 receipts")
    walk.click(page.get_by_label("Delete automatically"), "Space")
    with walk.step("C10 save"):
        walk.click(page.get_by_role("button", name="Save").first)
        expect(page.get_by_text("Saved how long receipts are kept.")).to_be_visible()
    walk.done("C10")
    Pruner(dashboard.engine, dashboard.app.extensions["consent_dashboard"].privacy.eraser, lambda: NOW).run_once()
    page.reload()
    expect(page.locator("#runs")).to_contain_text("the service")
    expect(page.locator("#runs tbody tr").first).to_contain_text("30")
    expect(page.locator("#preview")).to_contain_text("removes 0 receipts")


@pytest.mark.walk("C11")
def test_the_author_of_a_change_is_found_by_text_search(walk: Walk, dashboard: Dashboard) -> None:
    dashboard.browser("marketing").post("/sites/demo/tags/demo-ads/enabled", {"enabled": "0"})
    page = walk.page
    walk.view.open("/sites/demo/audit")
    with walk.step("C11 search"):
        walk.fill(page.get_by_role("searchbox", name="Text"), "demo-ads switched")
        walk.click(page.get_by_role("button", name="Show"))
        expect(page.locator("tr[data-row]")).to_have_count(1)
    walk.done("C11")
    expect(page.locator("tr[data-row]")).to_contain_text("Marketing")
    page.locator("tr[data-row] summary").click()
    expect(page.locator("tr[data-row] del")).to_have_text("on")
    expect(page.locator("tr[data-row] ins")).to_have_text("off")


@pytest.mark.walk("C12")
def test_evidence_is_made_and_an_auditor_verifies_it(walk: Walk, dashboard: Dashboard, tmp_path: Path) -> None:
    _sequence(dashboard)
    page = walk.page
    page.set_default_timeout(60_000)
    walk.view.open("/sites/demo/evidence")
    with walk.step("C12 make the archive"):
        walk.fill(page.get_by_label("Day"), "2026-11-24")
        file = walk.download(lambda: walk.click(page.get_by_role("button", name="Create the archive")))
    walk.done("C12")
    vkey, jwks = tmp_path / "vkey", tmp_path / "jwks"
    vkey.write_text(verifier_key(origin_of("http://127.0.0.1:8000", "demo"), dashboard.keys.log.public))
    jwks.write_text(json.dumps(dashboard.keys.jwks))
    code, said = check_evidence(file, [vkey, jwks])
    assert code == 0, said


def _sequence(dashboard: Dashboard) -> None:
    sequencer = Sequencer(
        dashboard.engine, dashboard.keys, "http://127.0.0.1:8000", dashboard.folder, clock=lambda: NOW
    )
    while sequencer.run():
        pass
