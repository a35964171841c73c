"""What the audit trail's checks report about entries and receipts that were changed, removed or inserted."""

import re

import pytest

from consent.log.sequencer_thread import Sequencer
from tests.dashboard.audit_entries import fill
from tests.dashboard.client import Dashboard
from tests.dashboard.sample_data import NOW


def test_verify_holds_and_names_an_entry_that_was_changed_or_taken_out(dashboard: Dashboard) -> None:
    fill(dashboard, 5)
    sequencer = Sequencer(
        dashboard.engine, dashboard.keys, "http://127.0.0.1:8000", dashboard.folder, clock=lambda: NOW
    )
    while sequencer.run():
        pass
    chief = dashboard.browser("chief")
    assert (
        "All 5 entries are signed, unchanged and in the log. None of the log’s 5 leaves"
        in chief.get("/audit/checks").text
    )
    assert "✓ holds" in dashboard.browser("compliance").get("/sites/demo/audit/checks").text
    with dashboard.database() as database:
        database.execute("UPDATE log_entry SET actor = 'somebody' WHERE site_id = 0 AND log_index = 2")
    page = chief.get("/audit/checks").text
    assert "number 2 of the log, was signed with a different value of by than the one shown" in page
    with dashboard.database() as database:
        row = database.execute("SELECT jws FROM log_entry WHERE site_id = 0 AND log_index = 1").fetchone()
        database.execute("UPDATE log_entry SET jws = ? WHERE site_id = 0 AND log_index = 2", row)
        database.execute("DELETE FROM log_entry WHERE site_id = 0 AND log_index = 4")
    page = chief.get("/audit/checks").text
    assert "number 2 of the log, was changed" in page
    assert "1 of the log&#39;s 5 leaves are missing: number 4." in page
    assert "An entry was removed, but the search index still has its words “audit draft.changed thing 4 x 4”." in page


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            "UPDATE log_entry SET kind = 'erasure' WHERE id = {2}",
            "number 2 of the log, was signed with a different value of kind",
        ),
        (
            "UPDATE log_entry SET subject = 'x.y' WHERE id = {2}",
            "number 2 of the log, was signed with a different value of action",
        ),
        (
            "UPDATE log_entry SET time = time - 1 WHERE id = {2}",
            "number 2 of the log, was signed with a different value of time",
        ),
        (
            "UPDATE log_entry_search SET words = '' WHERE entry_id = {2}",
            "number 2 of the log, cannot be found by its words",
        ),
        ("DELETE FROM log_entry_search WHERE entry_id = {2}", "number 2 of the log, cannot be found by its words"),
        (
            "UPDATE log_entry SET id = -id WHERE id IN ({1}, {3});"
            "UPDATE log_entry SET id = {1} + {3} + id WHERE id < 0;"
            "UPDATE log_entry_search SET entry_id = -entry_id WHERE entry_id IN ({1}, {3});"
            "UPDATE log_entry_search SET entry_id = {1} + {3} + entry_id WHERE entry_id < 0",
            "are not in the order in which they were written",
        ),
        (
            "DELETE FROM log_entry_search WHERE entry_id IN ({1}, {3}, {4});"
            "DELETE FROM log_entry WHERE id IN ({1}, {3}, {4})",
            "3 of the log&#39;s 5 leaves are missing: number 1, 3, 4.",
        ),
    ],
)
def test_verify_names_database_tampering(dashboard: Dashboard, change: str, said: str) -> None:
    fill(dashboard, 5)
    sequencer = Sequencer(
        dashboard.engine, dashboard.keys, "http://127.0.0.1:8000", dashboard.folder, clock=lambda: NOW
    )
    while sequencer.run():
        pass
    with dashboard.database() as database:
        ids = [row[0] for row in database.execute("SELECT id FROM log_entry WHERE site_id = 0 ORDER BY log_index")]
        for statement in change.format(*ids).split(";"):
            database.execute(statement)
    page = dashboard.browser("chief").get("/audit/checks").text
    assert "The trail was changed." in page
    assert said in page


TAKEN_OUT = (
    "DELETE FROM log_entry_search WHERE entry_id = {entry};"
    "CREATE TEMP TABLE gone AS SELECT log_index, leaf_hash FROM log_entry WHERE id = {entry};"
    "DELETE FROM log_entry WHERE id = {entry};"
    "CREATE TEMP TABLE put AS SELECT * FROM receipt WHERE site_id = 1 LIMIT 1;"
    "UPDATE put SET id = 'ab', log_index = (SELECT log_index FROM gone);"
)
"""Deletes an entry and its search terms, and prepares a receipt to take its place."""
IN_ITS_PLACE = {
    "another receipt": (
        "INSERT INTO receipt SELECT * FROM put",
        "The receipt at index {index} of the log differs from what",
    ),
    "one that has the leaf beside it": (
        "UPDATE put SET leaf_hash = (SELECT leaf_hash FROM gone); INSERT INTO receipt SELECT * FROM put",
        "The receipt at index {index} of the log differs from what",
    ),
    "a blank one": (
        "UPDATE put SET leaf_hash = (SELECT leaf_hash FROM gone), jws = '', erased = 1;"
        "INSERT INTO receipt SELECT * FROM put",
        "Blank receipts: 1; fully erased according to the log: 0.",
    ),
    "one that is there already": (
        "UPDATE put SET log_index = (SELECT r.log_index FROM receipt r WHERE r.leaf_hash = put.leaf_hash);"
        "INSERT INTO receipt SELECT * FROM put",
        "There are two receipts at index",
    ),
    "one that is said to lie in a file": (
        "INSERT INTO detached_receipt (id, time, ends_at, log_index, site_id, erased, is_ending)"
        " SELECT id, time, time, log_index, site_id, 0, 0 FROM put",
        "Receipts recorded as kept in files of months: 1; receipts that these files were written with: 0.",
    ),
}


@pytest.mark.parametrize(("put", "said"), IN_ITS_PLACE.values(), ids=IN_ITS_PLACE)
def test_verify_detects_a_replaced_entry(dashboard: Dashboard, put: str, said: str) -> None:
    sequencer = Sequencer(
        dashboard.engine, dashboard.keys, "http://127.0.0.1:8000", dashboard.folder, clock=lambda: NOW
    )
    while sequencer.run():
        pass
    chief = dashboard.browser("chief")
    page = chief.get("/sites/demo/audit/checks").text
    assert "Each receipt matches the log." in page
    with dashboard.database() as database:
        found = "SELECT id, log_index FROM log_entry WHERE site_id = 1 ORDER BY id LIMIT 1"
        entry, index = database.execute(found).fetchone()
        database.executescript(TAKEN_OUT.format(entry=entry) + put)
    assert said.format(index=index) in chief.get("/sites/demo/audit/checks").text


def test_many_receipts_are_compared_the_newest_first_and_the_others_on_request(
    dashboard: Dashboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    sequencer = Sequencer(
        dashboard.engine, dashboard.keys, "http://127.0.0.1:8000", dashboard.folder, clock=lambda: NOW
    )
    while sequencer.run():
        pass
    with dashboard.database() as database:
        database.execute("UPDATE receipt SET jws = jws || 'x' WHERE site_id = 1 AND log_index = 2")
        (size,) = database.execute("SELECT size FROM log_checkpoint WHERE site_id = 1").fetchone()
    monkeypatch.setattr("consent.exports.verify_trail.COMPARED", 10)
    chief = dashboard.browser("chief")
    page = chief.get("/sites/demo/audit/checks").text
    assert f"Each receipt from number {size - 10} to {size - 1} matches the log." in page
    (before,) = re.findall(r'href="\?before=([0-9]+)">Compare them too', page)
    assert int(before) == size - 10
    assert "index 2 of the log differs from what was recorded" in chief.get("/sites/demo/audit/checks?before=10").text
    assert chief.get("/sites/demo/audit/checks?before=x").status_code == 404
