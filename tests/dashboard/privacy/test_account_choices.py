"""Choices that follow accounts: keys for the site's server; finding, withdrawing and erasing an account."""

import json
import re
from pathlib import Path

import pytest

from consent.storage.log.entry_index import payload_of
from consent.storage.privacy import erasures
from consent.storage.receipts import receipts
from consent.storage.subjects import accounts, keys
from consent.storage.tables.log import LogEntry
from tests.dashboard.client import Dashboard
from tests.dashboard.sample_data import ACCOUNT, KID, RECEIPT, SUB

ROOT = Path(__file__).parents[3]

HERE = "/sites/demo/account-choices"
WHY = {"reason": "By letter of 20 November"}


def grants(dashboard: Dashboard) -> dict[str, bool]:
    """Return the stored answers of accounts, by target."""
    with dashboard.engine.connect() as connection:
        numbers = list(accounts.all_numbers(connection, "demo"))
        found = accounts.of_numbers(connection, numbers)
    return {entry.t: bool(entry.s) for entry in found.account.entries}


def test_a_key_is_shown_once_and_a_third_live_one_is_not_made(dashboard: Dashboard) -> None:
    browser = dashboard.browser("admin")
    page = browser.post(f"{HERE}/keys").text
    shown = re.search(r"csk1_([0-9a-f]{8})_[\w-]{43}", page)
    assert shown
    assert "&lt;?php" in page
    assert shown[0] not in browser.get(HERE).text
    assert shown[1] in browser.get(HERE).text
    refused = browser.post(f"{HERE}/keys")
    assert (refused.status_code, "Two keys are live: retire one first." in refused.text) == (409, True)
    with dashboard.engine.connect() as connection:
        assert {key.kid for key in keys.every(connection, 1)} == {KID, shown[1]}


def test_a_key_is_retired_and_may_be_called_leaked_later(dashboard: Dashboard) -> None:
    browser = dashboard.browser("admin")
    for form in ({}, {"leaked": "1"}):
        assert browser.post(f"{HERE}/keys/{KID}/retirement", form).status_code == 302
        with dashboard.engine.connect() as connection:
            (key,) = keys.every(connection, 1)
        assert (key.retired_at is not None, key.is_leaked) == (True, bool(form))
    assert browser.post(f"{HERE}/keys/{KID}/retirement", {"leaked": "1"}).status_code == 404


def test_a_user_who_is_not_admin_sees_keys_and_cannot_change_them(dashboard: Dashboard) -> None:
    browser = dashboard.browser("compliance")
    page = browser.get(HERE).text
    assert (KID in page, "/keys" in page) == (True, False)
    assert browser.post(f"{HERE}/keys").status_code == 403


@pytest.mark.parametrize(("kind", "file"), [("python", "py"), ("node", "mjs"), ("php", "php")])
def test_the_page_has_the_functions_of_the_documentation(kind: str, file: str) -> None:
    shown = ROOT / "consent" / "dashboard" / "templates" / "dashboard" / "privacy" / f"_token_{kind}.txt"
    documented = Path(ROOT, "docs", "examples", "accounts", f"consent_subject.{file}")
    assert shown.read_text("utf-8") == documented.read_text("utf-8")


@pytest.mark.parametrize("pasted", [SUB, f" {ACCOUNT.upper()} "])
def test_a_pasted_subject_or_number_leads_to_the_account(dashboard: Dashboard, pasted: str) -> None:
    browser = dashboard.browser("compliance")
    answer = browser.post(f"{HERE}/found", {"account": pasted})
    assert answer.headers["Location"] == f"{HERE}/{ACCOUNT}"
    page = browser.get(f"{HERE}/{ACCOUNT}").text
    assert all(words in page for words in ("Analytics", "granted", "Advertising", "refused", "EU opt-in", RECEIPT))


def test_a_receipt_of_the_account_leads_to_it(dashboard: Dashboard) -> None:
    assert f"{HERE}/{ACCOUNT}" in dashboard.browser("compliance").get(f"/sites/demo/receipts/{RECEIPT}").text


@pytest.mark.parametrize("pasted", ["", "f" * 32, SUB[::-1], SUB.lower(), "customer 4711", "%00", "x" * 5000])
def test_an_unknown_account_is_reported_beside_the_field(dashboard: Dashboard, pasted: str) -> None:
    answer = dashboard.browser("compliance").post(f"{HERE}/found", {"account": pasted})
    assert (answer.status_code, "No account of this site has that number or subject." in answer.text) == (404, True)


def test_a_withdrawal_refuses_what_was_granted_and_is_told_with_its_reason(dashboard: Dashboard) -> None:
    browser = dashboard.browser("compliance")
    assert browser.post(f"{HERE}/{ACCOUNT}/withdrawal", {"withdrawal_reason": " "}).status_code == 422
    assert grants(dashboard) == {"analytics": True, "advertising": False}
    assert browser.post(f"{HERE}/{ACCOUNT}/withdrawal", {"withdrawal_reason": WHY["reason"]}).status_code == 302
    assert grants(dashboard) == {"analytics": False, "advertising": False}
    with dashboard.engine.connect() as connection:
        jws = connection.execute(LogEntry.__table__.select().order_by(LogEntry.id.desc()).limit(1)).one().jws
        ((act, count),) = erasures.every(connection, 1)
    told = payload_of(jws)
    assert (told["action"], told["after"]) == ("account.withdrawn", {"grants": 1})
    assert (act.reason, count) == (WHY["reason"], 0)
    with dashboard.engine.connect() as connection:
        newest = max(receipts.timeline_of_account(connection, 1, ACCOUNT), key=lambda one: one.time)
    assert (newest.action, newest.method, newest.analytics) == ("withdraw", "api", False)
    assert "Choice of an account" in browser.get("/sites/demo/retention").text
    assert "Withdraw 1 grant" not in browser.get(f"{HERE}/{ACCOUNT}").text


@pytest.mark.parametrize("level", ["unlink", "full"])
def test_an_erasure_needs_a_reason_and_a_part_of_the_number(dashboard: Dashboard, level: str) -> None:
    browser = dashboard.browser("compliance")
    form = {**WHY, "level": level, "typed": ACCOUNT[:8]}
    for wrong in ({"reason": ""}, {"level": "half"}, {"typed": "c7"}):
        assert browser.post(f"{HERE}/{ACCOUNT}/erasure", form | wrong).status_code == 422
    assert grants(dashboard) == {"analytics": True, "advertising": False}
    assert browser.post(f"{HERE}/{ACCOUNT}/erasure", form).status_code == 302
    assert grants(dashboard) == ({"advertising": False} if level == "unlink" else {})
    with dashboard.engine.connect() as connection:
        assert receipts.personal(connection, RECEIPT) is None
        ((act, count),) = erasures.every(connection, 1)
    assert (act.level, act.reason, count) == (level, WHY["reason"], 1)
    (line,) = [line for line in (dashboard.folder / "erasures" / "demo").read_text().splitlines() if line]
    assert (len(json.loads(line)["accounts"]), ACCOUNT in line) == (1, False)
    assert browser.get(f"{HERE}/{ACCOUNT}").status_code == 404


def test_a_legal_hold_refuses_the_erasure(dashboard: Dashboard) -> None:
    browser = dashboard.browser("compliance")
    assert browser.post(f"/sites/demo/rights/receipt/{RECEIPT}/marks/hold", WHY).status_code == 302
    answer = browser.post(f"{HERE}/{ACCOUNT}/erasure", {**WHY, "level": "full", "typed": ACCOUNT[:8]})
    assert (answer.status_code, "Lift it first" in answer.text) == (409, True)
    assert len(grants(dashboard)) == 2
