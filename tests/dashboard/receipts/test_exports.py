"""The dashboard's exports: requested with a button, watched, downloaded and removed."""

import csv
import hashlib
import io
import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from consent.exports.jobs import State, find_job
from tests.dashboard.client import Browser as Desktop
from tests.dashboard.client import Dashboard
from tests.dashboard.sample_data import EXPORT, PLACES, RECEIPT, VISITOR
from tests.dashboard.strict_page import strict_page

LOG = "/sites/demo/receipts"
EXPORTS = f"{LOG}/exports"


def ask(dashboard: Dashboard, kind: str, query: str = "", name: str = "compliance") -> tuple[Desktop, str]:
    """Request an export; return the browser and the path of the export's page."""
    browser = dashboard.browser(name)
    answer = browser.post(f"{EXPORTS}?{query}", {"format": kind})
    assert answer.status_code == 302, answer.text
    return browser, answer.headers["Location"].partition("?")[0]


def fetch(dashboard: Dashboard, kind: str, query: str = "") -> bytes:
    browser, page = ask(dashboard, kind, query)
    return browser.get(f"{page}/file").data


def test_the_csv_holds_what_the_filter_finds(dashboard: Dashboard) -> None:
    browser, page = ask(dashboard, "csv", "country=DE")
    answer = browser.get(f"{page}/file")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert answer.mimetype == "text/csv"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="receipts-demo.csv"'
    assert len(rows) == 15
    assert {row["country"] for row in rows} == {PLACES[0][0]}


def test_json_lines_end_with_a_manifest_over_all_before(dashboard: Dashboard) -> None:
    *rows, last = fetch(dashboard, "jsonl").splitlines(keepends=True)
    manifest = json.loads(last)["manifest"]
    assert (len(rows), sum(b'"receipt"' in row for row in rows)) == (manifest["count"], 60)
    assert manifest["sha256"] == hashlib.sha256(b"".join(rows)).hexdigest()


def test_formulas_are_neutral_in_the_csv(dashboard: Dashboard) -> None:
    with dashboard.database() as connection:
        connection.execute("UPDATE receipt SET language = '=cmd|calc', regime = '+1\r\n\"' WHERE id = ?", (RECEIPT,))
    rows = list(csv.DictReader(io.StringIO(fetch(dashboard, "csv").decode(), newline="")))
    assert (rows[0]["language"], rows[0]["regime"], len(rows)) == ("'=cmd|calc", "'+1\r\n\"", 60)


def test_the_page_shows_the_progress_and_describes_the_file(dashboard: Dashboard) -> None:
    browser, page = ask(dashboard, "csv", "country=DE&group.analytics=granted")
    text = browser.get(page).text
    sha256 = hashlib.sha256(browser.get(f"{page}/file").data).hexdigest()
    assert sha256 in text
    assert json.loads(browser.get(f"{page}/manifest").data)["sha256"] == sha256
    assert "Germany" in text
    assert "Analytics granted" in text
    assert "Ready" in text
    assert page in browser.get(EXPORTS).text
    assert "Requested " in text
    assert "other entries of the log" not in text
    assert "receipts and all other entries of the log" in browser.get(ask(dashboard, "jsonl")[1]).text


def test_reports_a_running_or_stopped_export(dashboard: Dashboard) -> None:
    browser, page = ask(dashboard, "csv")
    job = find_job(dashboard.folder / "exports", "demo", page.rpartition("/")[2])
    assert job
    with job.lock():
        job.note(State(12_345, 6_000_000, (job.request.newest - 40 * 86400, RECEIPT)))
        text = browser.get(page).text
        assert "12,345 so far" in text
        assert "<progress" in text
        assert browser.get(f"{page}/manifest").status_code == 404
    job.note(State(1, 0, None, error="The disk is full."))
    text = browser.get(page).text
    assert "The disk is full. What is written is kept" in text
    browser.post(f"{page}/again")
    # The mark of the process started just before is from the same second.
    (job.folder / "started").unlink(missing_ok=True)
    browser.post(f"{page}/again")
    assert "Ready" in browser.get(page).text


def test_removing_an_export_is_audited(dashboard: Dashboard) -> None:
    browser, page = ask(dashboard, "csv", f"visitor={VISITOR}")
    assert browser.post(f"{page}/removal").status_code == 302
    assert browser.get(page).status_code == 404
    with dashboard.database() as connection:
        told = connection.execute("SELECT subject, jws FROM log_entry WHERE subject LIKE 'export.%'").fetchall()
    assert [subject for subject, _ in told] == ["export.created", "export.deleted"]
    assert VISITOR not in str(told)


@pytest.mark.parametrize(
    ("query", "form"),
    [("", {}), ("", {"format": "xml"}), ("color=red", {"format": "csv"}), ("from=x", {"format": "csv"})],
)
def test_an_export_of_an_unknown_kind_or_filter_is_refused(
    dashboard: Dashboard, query: str, form: dict[str, str]
) -> None:
    assert dashboard.browser("compliance").post(f"{EXPORTS}?{query}", form).status_code == 400


def test_an_export_of_another_site_is_not_found(dashboard: Dashboard) -> None:
    stranger = dashboard.browser("stranger")
    for end in ("", "/file", "/manifest"):
        assert stranger.get(f"/sites/other/receipts/exports/{EXPORT}{end}").status_code == 404
        assert stranger.get(f"{EXPORTS}/{EXPORT}{end}").status_code == 404
        assert dashboard.browser("marketing").get(f"{EXPORTS}/{EXPORT}{end}").status_code == 403


def test_one_click_writes_and_downloads(browser: Browser, dashboard: Dashboard, served: str, tmp_path: Path) -> None:
    with strict_page(browser, served, accept_downloads=True) as view:
        page = view.sign_in("compliance")
        view.open(f"{LOG}?country=DE")
        with page.expect_download() as download:
            page.get_by_role("button", name="CSV").click()
        download.value.save_as(tmp_path / "file.csv")
        expect(page.get_by_text("Ready")).to_be_visible()
        sha256 = page.locator("dd code").inner_text()
    data = (tmp_path / "file.csv").read_bytes()
    assert hashlib.sha256(data).hexdigest() == sha256
    assert len(re.findall(rb"\r\n", data)) == 16


def test_the_audit_trail_names_an_export_and_nobody_whose_name_was_erased(dashboard: Dashboard) -> None:
    browser = dashboard.browser("compliance")
    asked = browser.post("/sites/demo/receipts/exports", {"format": "csv"})
    export = asked.headers["Location"].rpartition("/")[2][:8]
    page = browser.get("/sites/demo/audit").text
    assert f"export {export}…" in page
    assert "a user whose name was erased" not in page
