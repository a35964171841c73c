"""The dashboard with a detached month: the record's page, search, the list's count, retention and rights."""

import pytest

from consent.archive.detach import Detacher
from consent.exports import Source
from consent.log.audit_author import COMMAND_LINE, Author
from consent.log.sequencer_thread import Sequencer
from consent.storage.receipts.writer import ReceiptWriter
from consent.storage.selection.subjects import Subject
from consent.storage.sites import sites
from tests.archive.months import OCTOBER, at, signed_receipt
from tests.dashboard.client import Dashboard
from tests.dashboard.fixtures import dashboard, opened_dashboard, world

__all__ = ["dashboard", "opened_dashboard", "world"]
LOG = "/sites/demo/receipts"


@pytest.fixture
def old(dashboard: Dashboard):
    """Record three receipts in October 2024 in the dashboard's shop, detach the month, and return them."""
    given = dashboard.app.extensions["consent_dashboard"]
    with dashboard.engine.connect() as connection:
        site = sites.by_key(connection, "demo")
    made = [signed_receipt(site, given.keys, at(day), day) for day in (1, 2, 3)]
    writer = ReceiptWriter(dashboard.engine, timeout=60)
    for new in made:
        writer.submit(new)
    assert writer.close()
    sequencer = Sequencer(dashboard.engine, given.keys, given.base_url, dashboard.folder)
    while sequencer.run():
        pass
    source = Source(dashboard.engine, given.rules, given.keys.jwks["keys"], given.base_url)
    Detacher(source, dashboard.folder / "months", dashboard.folder, Author(COMMAND_LINE, given.keys.receipt)).detach(
        OCTOBER
    )
    return made


def test_a_receipt_is_found_by_its_id_and_its_page_names_the_archive(dashboard, old):
    browser = dashboard.browser("compliance")
    answer = browser.get(f"{LOG}/find?q={old[0].id}")
    assert answer.headers["Location"] == f"{LOG}/{old[0].id}"
    page = browser.get(answer.headers["Location"]).text
    file = f"{dashboard.folder}/months/demo-2024-10.jsonl"
    for words in ("This receipt is in a file", f"consent months attach {file}", old[0].leaf_hash.hex(), "c" * 32):
        assert words in page


def test_a_visitor_with_only_archived_receipts_is_found(dashboard, old):
    mine = [new for new in old if new.visitor == "c" * 32]
    answer = dashboard.browser("compliance").get(f"{LOG}/find?q={'c' * 32}")
    assert answer.headers["Location"] == f"{LOG}/{mine[-1].id}"


def test_a_receipt_of_another_site_is_not_shown(dashboard, old):
    browser = dashboard.browser("admin")
    assert browser.get(f"/sites/shop2/receipts/{old[0].id}").status_code == 404


def test_an_erased_receipt_shows_only_its_hash(dashboard, old):
    given = dashboard.app.extensions["consent_dashboard"]
    with dashboard.engine.connect() as connection:
        site = sites.by_key(connection, "demo")
    given.privacy.eraser.erase(site, Subject("receipt", old[0].id), "full", reason="asked", by="test")
    page = dashboard.browser("compliance").get(f"{LOG}/{old[0].id}").text
    assert "This receipt was erased in full" in page
    assert old[0].leaf_hash.hex() in page


def test_the_count_names_the_months_it_excludes(dashboard, old):
    browser = dashboard.browser("compliance")
    assert "without the 1 month that is" in browser.get(LOG).text
    assert "without the" not in browser.get(f"{LOG}?from=2024-11-01").text


def test_the_retention_page_lists_months_and_their_locations(dashboard, old):
    page = dashboard.browser("compliance").get("/sites/demo/retention").text
    assert f"{dashboard.folder}/months/demo-2024-10.jsonl" in page
    assert "October 2024 <small>2024-10</small>" in page
    assert "November 2026 <small>2026-11</small>" in page
    assert dashboard.browser("marketing").get("/sites/demo/retention").status_code == 403


def test_erases_the_archived_receipts_of_a_visitor(dashboard, old):
    browser = dashboard.browser("compliance")
    page = browser.get(f"/sites/demo/rights/visitor/{'c' * 32}").text
    assert "1 receipt in detached months" in page
    assert "Erase 1 receipt<" in page
    form = {"level": "unlink", "reason": "asked by letter", "typed": "c" * 8}
    assert browser.post(f"/sites/demo/rights/visitor/{'c' * 32}/erasure", form).status_code == 302
    assert browser.get(f"/sites/demo/rights/visitor/{'c' * 32}").status_code == 404


def test_a_copy_includes_archived_receipts(dashboard, old):
    browser = dashboard.browser("compliance")
    form = {"reason": "asked by letter", "format": "page"}
    page = browser.post(f"/sites/demo/rights/visitor/{'c' * 32}/bundle", form).text
    assert "In the archive of 2024-10" in page
