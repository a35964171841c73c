"""Verify: each part of a receipt checked on screen, and each kind of change identified."""

import html
import re
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, expect

from consent.log.sequencer_thread import Sequencer
from consent.signing.keys import SigningKey
from tests.dashboard.client import Dashboard
from tests.dashboard.sample_data import RECEIPT
from tests.dashboard.strict_page import strict_page

pytestmark = pytest.mark.extended

PAGE = f"/sites/demo/receipts/{RECEIPT}/verify"
BASE = "http://127.0.0.1:8000"
FOR_ITS_WORDS = {"Signature", "Search index", "Personal part", "Place in the log"}
COLUMNS = (
    *("country = 'FR'", "subdivision = 'BY'", "gpc = 1 - gpc", "dnt = 1 - dnt", "age_band = 'adult'", "layer = 2"),
    *("expires = coalesce(expires, 0) + 86400", "variant = 'b'", "origin_checked = 1 - origin_checked"),
    "leaf_hash = zeroblob(32)",
)
"""Changes to columns that search, retention or a later erasure reads."""


def results(dashboard: Dashboard) -> dict[str, str]:
    """Return the result that the page shows for each check."""
    page = dashboard.browser("compliance").get(PAGE).text
    found = re.findall(r'<dt>([^<]+)</dt><dd><span class="badge[^"]*">([^<]+)</span>', page)
    return {name: html.unescape(said).split()[0] for name, said in found}


def put_into_the_log(dashboard: Dashboard) -> None:
    sequencer = Sequencer(dashboard.engine, dashboard.keys, BASE, dashboard.folder)
    sequencer.run()
    sequencer.close()


def test_a_receipt_not_yet_in_the_log_has_no_index_to_verify(dashboard: Dashboard) -> None:
    wanted = {"Signature": "✓", "Search index": "✓", "Personal part": "✓"}
    assert results(dashboard) == wanted | {"Place in the log": "–", "Checkpoint": "–"}


def test_every_check_passes_for_an_unmodified_receipt(dashboard: Dashboard) -> None:
    put_into_the_log(dashboard)
    assert set(results(dashboard).values()) == {"✓"}
    assert len(results(dashboard)) == 5


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ("UPDATE receipt SET jws = replace(jws, '.', '.A')", FOR_ITS_WORDS),
        ("UPDATE receipt SET analytics = 0", {"Search index"}),
        ("UPDATE receipt SET vendors = '{\"x\":true}'", {"Search index"}),
        *[(f"UPDATE receipt SET {change}", {"Search index"}) for change in COLUMNS],
        ("UPDATE receipt_personal SET visitor = 'another'", {"Personal part"}),
        ("UPDATE receipt_personal SET previous = 'another'", {"Personal part"}),
        ("UPDATE receipt_personal SET body = replace(body, 'Firefox', 'Chrome')", {"Personal part"}),
        ("UPDATE receipt SET log_index = log_index + 1000 WHERE id != :id", set()),
        ("UPDATE log_checkpoint SET size = size - 1", {"Checkpoint"}),
        ("UPDATE log_checkpoint SET note = replace(note, 'log/demo', 'log/memo')", {"Checkpoint"}),
    ],
)  # fmt: skip
def test_each_change_is_named(dashboard: Dashboard, change: str, named: set[str]) -> None:
    put_into_the_log(dashboard)
    with dashboard.database() as connection:
        connection.execute(change, {"id": RECEIPT})
    assert {name for name, said in results(dashboard).items() if said == "✕"} == named


@pytest.mark.parametrize(("is_known", "said"), [(True, "✓"), (False, "✕")])
def test_a_checkpoint_of_an_older_key_holds_where_that_key_is_known(
    dashboard: Dashboard, is_known: bool, said: str
) -> None:
    put_into_the_log(dashboard)
    old = (dashboard.keys.log.jwk,) if is_known else ()
    given = dashboard.app.extensions["consent_dashboard"]
    keys = replace(dashboard.keys, log=SigningKey(b"n" * 32), old_logs=old)
    dashboard.app.extensions["consent_dashboard"] = replace(given, keys=keys)
    assert results(dashboard)["Checkpoint"] == said


def test_an_erased_personal_part_cannot_be_compared(dashboard: Dashboard) -> None:
    with dashboard.database() as connection:
        connection.execute("DELETE FROM receipt_personal")
    assert results(dashboard)["Personal part"] == "–"


def test_an_erased_receipt_has_nothing_to_check(dashboard: Dashboard) -> None:
    with dashboard.database() as connection:
        connection.execute("UPDATE receipt SET erased = 1, jws = '' WHERE id = ?", (RECEIPT,))
    assert dashboard.browser("compliance").get(PAGE).status_code == 404


def test_the_record_shows_the_checks_in_place(browser: Browser, dashboard: Dashboard, served: str) -> None:
    put_into_the_log(dashboard)
    with strict_page(browser, served) as view:
        page = view.sign_in("compliance")
        view.open(f"/sites/demo/receipts/{RECEIPT}")
        page.get_by_role("button", name="Verify").click()
        expect(page.get_by_role("heading", name="Checked on")).to_be_visible()
        expect(page.get_by_text("✓ holds")).to_have_count(5)
        assert page.url.endswith(f"/receipts/{RECEIPT}")
        link = page.get_by_role("button", name="Receipt and proof")
        expect(link).to_have_attribute("href", f"/api/v1/receipts/{RECEIPT}/proof")
