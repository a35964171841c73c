"""Compliance's walks on a million receipts from two years: clicks counted, seconds printed, each page checked by axe.

WALK_RECEIPTS sets a smaller number, and WALK_POSTGRES=1 stores them in PostgreSQL. The tests assert nothing about
speed; `pytest -s` prints the times.
"""

import contextlib
import datetime
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Browser, Page, expect

from consent import verify
from consent.evidence.verify import check_evidence
from tests.axe import WCAG, page_problems
from tests.dashboard.timed_walk import SIZES, Walk
from tests.postgres import running_postgres
from tests.story.demo import Visitor, free_ports, start_demo, stop_demo
from tests.story.demo_history import ON_POSTGRES, PASSWORD, RECEIPTS, START_S, Past
from tests.walks import Walk as CountedWalk

pytestmark = [pytest.mark.long, pytest.mark.server, pytest.mark.timeout(START_S + 1800)]
NARROW = 600
LOG = "/sites/demo/receipts"
PATIENT_MS = 600_000
"""For actions that take long with a million receipts on a busy machine."""


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Past]:
    """Fill a database once for the walks in this file, and serve it."""
    with contextlib.ExitStack() as stack:
        url = stack.enter_context(running_postgres()) if ON_POSTGRES else ""
        demo = start_demo(tmp_path_factory.mktemp("past"), free_ports(3), RECEIPTS, START_S, url)
        try:
            found = Past(demo)
            found.sign_in(browser)
            yield found
            found.engine.dispose()
        finally:
            code = stop_demo(demo)
    assert code == 0


@pytest.fixture(params=SIZES, ids=str)
def walk(request: pytest.FixtureRequest, past: Past, browser: Browser) -> Iterator[Walk]:
    """Open the dashboard with a window size and a theme."""
    with past.walk(browser, request.param) as walk:
        yield walk


@pytest.fixture(params=SIZES, ids=str)
def visitor(request: pytest.FixtureRequest, past: Past, browser: Browser) -> Iterator[Visitor]:
    """Yield a visitor to the shop with a window size and a theme."""
    with past.visitor(browser, request.param) as somebody:
        somebody.manner = request.param  # type: ignore[attr-defined]
        yield somebody


@pytest.mark.walk("C1")
@pytest.mark.walk("C2")
def test_one_visitor_is_found_and_what_was_shown(walk: Walk, past: Past) -> None:
    visitor, receipt = past.visitors(2)
    page = walk.view.open(LOG)
    page.evaluate("id => navigator.clipboard.writeText(id)", visitor)
    with walk.step("C1 paste the id of a visitor"):
        page.keyboard.press("/")
        walk.key("Control+v")
        expect(page.locator(".timeline li").nth(1)).to_be_visible()
    walk.done("C1")
    expect(page.locator("main")).to_contain_text(visitor)
    walk.look()
    page.evaluate("id => navigator.clipboard.writeText(id)", receipt)
    with walk.step("C1 paste the id of a receipt"):
        page.keyboard.press("/")
        page.keyboard.press("Control+v")
        expect(page.locator(".timeline li").nth(1)).to_be_visible()
    expect(page.locator(".timeline li").first).to_contain_text("Chosen")
    walk.look()
    with walk.step("C2 the banner as it was"):
        walk.click(page.get_by_role("button", name="Show banner as it was"))
        first = page.frame_locator("iframe").first
        expect(first.get_by_role("button").first).to_be_visible()
    walk.done("C2")
    expect(page.get_by_text("The texts match the receipt")).to_be_visible()
    assert page.pdf(format="A4").count(b"/Type /Page\n") == 1
    walk.look()


@pytest.mark.walk("C4")
def test_receipts_are_filtered_and_the_address_carries_it(walk: Walk) -> None:
    page = walk.view.open(LOG)
    today = datetime.datetime.now(datetime.UTC).date()
    since = today - datetime.timedelta(days=365)
    words = f"from={since} to={today} country=DE group.analytics=granted signal=gpc"
    # The form is folded on a phone, whose user types everything into the search box.
    is_folded = (page.viewport_size or {"width": 0})["width"] < NARROW
    with walk.step("C4 words: time, country, group, signal"):
        page.keyboard.press("/")
        walk.type(f"{words} action=accept_all" if is_folded else words)
        walk.key("Enter")
        page.wait_for_url("**country=DE**")
        expect(page.locator("tr[data-row]").first).to_be_visible()
    with walk.step("C4 one more, counted at once"):
        if not is_folded:
            walk.choose(page.get_by_label("Action"), "accept_all")
        page.wait_for_url("**action=accept_all**")
        expect(page.get_by_role("link", name="Remove filter: accepted all")).to_be_visible()
    walk.done("C4")
    found = page.locator("#results h2").inner_text()
    if is_folded:
        page.locator("#filter-count").click()
    with walk.step("C4 version too"):
        page.locator('[name="config"]').select_option(index=1)
        page.wait_for_url("**config=**")
    page.go_back()
    expect(page.locator("#results h2")).to_have_text(found)
    page.reload()
    expect(page.locator("#results h2")).to_have_text(found)
    expect(page.locator("#results")).to_contain_text(re.compile(r"of [\d,]+ recorded"))
    walk.look()


@pytest.mark.walk("C5")
@pytest.mark.walk("C6")
def test_everything_is_exported_and_a_changed_byte_is_named(walk: Walk, past: Past, tmp_path: Path) -> None:
    page = walk.view.open(LOG)
    walk.look()
    with walk.step("C5 from the press to the last byte"):
        with walk.step("C5 first byte"):
            with page.expect_download() as waited:
                walk.click(page.get_by_role("button", name="JSON Lines"))
            download = waited.value
        file = tmp_path / download.suggested_filename
        download.save_as(file)
    expect(page.get_by_text("SHA-256", exact=True)).to_be_visible()
    walk.done("C5")
    walk.look()
    with file.open("rb") as rows:
        number = sum(1 for _ in rows)
    print(f"C5 {number:,} rows, {file.stat().st_size / 1e6:,.0f} MB")  # noqa: T201
    if not past.is_audited:
        # Only once: an auditor's file doesn't depend on the window size, and each check takes a minute.
        past.is_audited = True
        keys = past.keys(tmp_path)
        with walk.step("C6 an auditor verifies the file"):
            code, said = _verify(file, keys)
        assert code == 0, said
        changed = _change_a_byte(file, number // 2)
        code, said = _verify(file, keys)
        assert code == 1, said
        assert f"row {number // 2 + 1} " in said or changed in said, said
    page.get_by_role("button", name="Remove").click()
    _, receipt = past.visitors(2)
    walk.view.open(f"{LOG}/{receipt}")
    with walk.step("C6 verify on the record"):
        walk.click(page.get_by_role("button", name="Verify"))
        expect(page.locator("#checks")).to_contain_text("✓ holds")
    walk.done("C6")
    expect(page.locator("#checks")).not_to_contain_text("✕")
    walk.look()


@pytest.mark.walk("C3")
def test_a_visitor_has_the_own_proof_at_hand(visitor: Visitor) -> None:
    visitor.visit(visit="DE")
    visitor.press("Accept all")
    own = visitor.visit("/privacy")
    walk = CountedWalk(own)
    walk.click(own.get_by_role("link", name="What you chose in this browser"))
    expect(own.get_by_role("heading", name="My receipts")).to_be_visible()
    # The page polls until the receipt is in the log, and then stops.
    expect(own.get_by_role("link", name="Download receipt and proof")).to_be_visible()
    for part in (
        own.get_by_role("button", name="Copy", exact=True),
        own.get_by_role("link", name="Change my choice"),
        own.get_by_role("button", name="Withdraw my consent"),
        own.get_by_role("link", name="Download receipt and proof"),
        own.locator(".qr svg").first,
        own.locator("time").first,
    ):
        expect(part).to_be_visible()
    walk.done("C3")
    assert page_problems(own) == []


@pytest.mark.walk("C7")
def test_a_withdrawal_is_seen_on_the_site_the_record_and_the_statistics(
    visitor: Visitor, past: Past, browser: Browser
) -> None:
    before = past.counted("taken_back")
    page = visitor.visit(visit="DE")
    assert page_problems(page, WCAG) == []
    with page.expect_response(lambda one: one.url.endswith("/receipts") and one.request.method == "POST") as sent:
        visitor.press("Accept all")
    receipt = sent.value.json()["id"]
    visitor.settle()
    assert {"demo_visitor", "demo_ads", "demo_chat"} <= set(visitor.cookies())
    acts = CountedWalk(page)
    with past.walk(browser, visitor.manner) as walk:  # type: ignore[attr-defined]
        with walk.step("C7 withdraw"):
            acts.click(page.get_by_role("button", name="Privacy choices").first)
            acts.count()
            visitor.press("Reject all")
        visitor.settle()
        assert not {"demo_visitor", "demo_ads", "demo_chat", "consent_demo_id"} & set(visitor.cookies())
        visitor.leave()
        visitor.visit()
        visitor.settle()
        assert visitor.demo.hits() == {}
        dashboard = walk.view.open(f"{LOG}/{receipt}")
        expect(dashboard.locator(".timeline li").last).to_contain_text("Withdrawn")
        walk.look()
    assert past.counted("taken_back") == before + 1
    acts.done("C7")


@pytest.mark.walk("C8")
def test_a_signal_from_california_counts_without_a_click(visitor: Visitor, past: Past, browser: Browser) -> None:
    before = past.counted("signals")
    page = visitor.visit(visit="US-CA", gpc="1")
    visitor.settle()
    assert "ads" not in visitor.demo.hits()
    expect(page.get_by_text("Opt-Out Request Honored").first).to_be_visible()
    assert page_problems(page, WCAG) == []
    with past.walk(browser, visitor.manner) as walk:  # type: ignore[attr-defined]
        dashboard = walk.view.open(f"{LOG}?signal=gpc&method=gpc&country=US&subdivision=CA")
        _until_seen(dashboard, past, before)
        dashboard.locator("tr[data-row] a").first.click()
        expect(dashboard.locator("main")).to_contain_text("by Global Privacy Control")
        CountedWalk(page).done("C8")
        walk.look()


def test_a_request_is_answered_and_the_visitor_erased(walk: Walk, past: Past) -> None:
    visitor, receipt = past.visitors(2)
    page = walk.view.open(f"{LOG}/{receipt}")
    with walk.step("C9 from the record to the visitor"):
        walk.click(page.get_by_role("button", name="Give a copy"))
        expect(page.get_by_role("heading", name="One visitor")).to_be_visible()
    walk.look()
    with walk.step("C9 copy as JSON"):
        file = walk.download(lambda: walk.click(page.get_by_role("button", name="JSON")))
    number = len(json.loads(file.read_text())["receipts"])
    assert number >= 2
    with walk.step("C9 erase"):
        page.get_by_label("Delete all but the hash").check()
        page.get_by_label("This cannot be undone").fill(visitor[:8])
        walk.click(page.get_by_role("button", name=f"Erase {number} receipts"))
        _prove_who_is_there(walk, f"Erased {number} receipts. The log stays valid.")
    assert walk.clicks == 3
    expect(page.locator("#erased tbody tr").first).to_contain_text("At the visitor’s request")
    walk.look()


def test_retention_is_previewed_a_period_held_and_the_rest_pruned(walk: Walk, past: Past, tmp_path: Path) -> None:
    walk.view.expected = ("htmx:sendAbort", "htmx:afterRequest")  # typing ends the count that the page began with
    page = walk.view.open("/sites/demo/retention")
    preview = page.locator("#preview")
    with walk.step("C10 preview"):
        walk.click(page.get_by_label("Months after expiry"))
        # One month less for each size, since the previous one removed what was due.
        page.get_by_label("Months after expiry").fill(str(12 - past.pruned))
        past.pruned += 1
        expect(preview).to_contain_text(re.compile(r"removes [1-9][\d,]* receipts"), timeout=PATIENT_MS)
    with walk.step("C10 save"):
        walk.click(page.get_by_role("button", name="Save").first)
        expect(page.get_by_text("Saved how long receipts are kept.")).to_be_visible()
    assert walk.clicks == 2
    walk.look()
    expect(preview).to_contain_text(re.compile(r"removes [\d,]+ receipt"), timeout=PATIENT_MS)
    due = _number(preview.inner_text(), r"removes ([\d,]+) receipts")
    oldest = _found(preview.inner_text(), r"made from (\d+ \w+ \d+)")
    first = datetime.datetime.strptime(oldest, "%d %b %Y").replace(tzinfo=datetime.UTC).date()
    held = first, first + datetime.timedelta(days=9)
    with walk.step("C10 hold ten days"):
        page.get_by_role("button", name="Hold a period").click()
        hold = page.get_by_role("button", name="Hold all receipts of these days")
        form = page.locator("form").filter(has=hold)
        for label, text in zip(("First day", "Last day", "Why"), (*map(str, held), "Court case 7/2026"), strict=True):
            form.get_by_label(label).fill(text)
        hold.click()
        expect(page.get_by_text("These days are on hold")).to_be_visible()
    expect(preview).to_contain_text("due but stay", timeout=PATIENT_MS)
    exempt = _number(preview.inner_text(), r"([\d,]+) more (?:is|are) due but stays?")
    left = _number(preview.inner_text(), r"removes ([\d,]+) receipts")
    assert (left + exempt, exempt > 0) == (due, True)
    kept = past.kept_between(*held)
    past.let_proofs_grow_old()
    with walk.step(f"C10 {left:,} receipts pruned"):
        page.get_by_role("button", name="Erase them now").click()
        page.get_by_label("This cannot be undone").fill(str(left))
        page.get_by_role("button", name="Erase", exact=False).filter(has_text=f"{left:,}").click()
        _prove_who_is_there(walk, "Started.")
        run = page.locator("#runs tbody tr").first
        expect(run).not_to_contain_text(re.compile("waiting since|goes on"), timeout=PATIENT_MS)
    assert [_number(run.locator(f"[data-label={name}]").inner_text(), "(.+)") for name in ("Erased", "Exempt")] == [
        left,
        exempt,
    ]
    page.reload()
    expect(preview).to_contain_text("removes 0 receipts", timeout=PATIENT_MS)
    assert past.kept_between(*held) == kept
    walk.look()
    proof = tmp_path / "proof"
    proof.write_bytes(requests.get(f"{past.demo.url}/api/v1/receipts/{past.oldest_erased()}/proof", timeout=30).content)
    code, said = _verify(proof, past.keys(tmp_path))
    assert (code, "whose content was erased" in said) == (0, True), said
    page.get_by_role("button", name=re.compile("^Lift the legal hold")).click()
    page.get_by_label("Months after expiry").fill("36")
    page.get_by_role("button", name="Save").first.click()


def test_who_changed_what_is_found_by_words(walk: Walk, past: Past) -> None:
    page = walk.view.open("/sites/demo/audit")
    with walk.step("C11 search"):
        walk.click(page.get_by_role("searchbox", name="Text"))
        page.get_by_role("searchbox", name="Text").fill("retention months 36")
        walk.click(page.get_by_role("button", name="Show"))
        expect(page.locator("tr[data-row]").first).to_be_visible()
    assert walk.clicks == 2
    expect(page.locator("tr[data-row]").first).to_contain_text("Set how long receipts are kept")
    walk.look()


def test_evidence_of_a_past_day_verifies(walk: Walk, past: Past, tmp_path: Path) -> None:
    page = walk.view.open("/sites/demo/evidence")
    day = datetime.datetime.now(datetime.UTC).date() - datetime.timedelta(days=200)
    walk.look()
    with walk.step("C12 make the archive"):
        walk.clicks += 1
        page.get_by_label("Day").fill(str(day))
        file = walk.download(lambda: walk.click(page.get_by_role("button", name="Create the archive")))
    assert walk.clicks == 2
    code, said = check_evidence(file, past.keys(tmp_path))
    assert code == 0, said


def _prove_who_is_there(walk: Walk, done: str) -> None:
    """Wait for `done`; if the action asks for the password, which it does ten minutes after the last time, give it."""
    walk.view.expected += ("401",)
    asked, seen = walk.page.get_by_role("heading", name="Confirm it’s you"), walk.page.get_by_text(done)
    expect(asked.or_(seen)).to_be_visible(timeout=PATIENT_MS)
    if asked.is_visible():
        walk.page.get_by_label("Your password").fill(PASSWORD)
        walk.page.keyboard.press("Enter")
        expect(seen).to_be_visible(timeout=PATIENT_MS)


def _found(text: str, pattern: str) -> str:
    found = re.search(pattern, text)
    assert found, text
    return found[1]


def _number(text: str, pattern: str) -> int:
    return int(_found(text, pattern).replace(",", ""))


def _verify(file: Path, keys: list[Path]) -> tuple[int, str]:
    """Run `verify.py` on its own, as an auditor does."""
    named = [word for key in keys for word in ("--key", str(key))]
    command = [sys.executable, "-I", str(verify.__file__), str(file), *named]
    done = subprocess.run(command, capture_output=True, text=True, timeout=1500, check=False)
    return done.returncode, done.stdout + done.stderr


def _change_a_byte(file: Path, number: int) -> str:
    """Change one letter in the signed text of a row, and return the id of its receipt."""
    with file.open("r+b") as rows:
        place = 0
        for _ in range(number):
            place += len(rows.readline())
        row = rows.readline()
        at = row.index(b'"receipt":"') + 60
        rows.seek(place + at)
        rows.write(b"A" if row[at : at + 1] != b"A" else b"B")
    return str(json.loads(row)["id"])


def _until_seen(page: Page, past: Past, before: int) -> None:
    """Reload once the choice made by the signal is stored: the script sends it when the page is idle."""
    for _ in range(60):
        if past.counted("signals") > before:
            page.reload()
            return
        page.wait_for_timeout(500)
    raise AssertionError("no receipt came of the signal")
