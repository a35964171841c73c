"""What is done with one visitor's receipts on request: access, restriction, objection, hold, erasure."""

import hashlib
import json
import re

from sqlalchemy import select

from consent.storage.log.entry_index import payload_of
from consent.storage.receipts import receipts
from consent.storage.selection.filters import Filters
from consent.storage.sites import sites
from consent.storage.tables.log import LogEntry
from tests.dashboard.client import Dashboard
from tests.dashboard.sample_data import RECEIPT, VISITOR

HERE = f"/sites/demo/rights/visitor/{VISITOR}"
WHY = {"reason": "By letter of 20 November"}


def count(dashboard: Dashboard, **filters: str) -> int:
    with dashboard.engine.connect() as connection:
        site = sites.by_key(connection, "demo")
        assert site
        return receipts.count(connection, site.id, Filters(**filters)).number


def test_a_pasted_id_leads_to_the_visitor_or_the_receipt(dashboard: Dashboard) -> None:
    browser = dashboard.browser("compliance")
    assert browser.get(f"/sites/demo/rights?id= {VISITOR.upper()} ").headers["Location"] == HERE
    assert browser.get(f"/sites/demo/rights?id={RECEIPT}").headers["Location"].endswith(f"/receipt/{RECEIPT}")
    assert HERE in browser.get(f"/sites/demo/rights/receipt/{RECEIPT}").text
    assert browser.get("/sites/demo/rights").headers["Location"] == "/sites/demo/requests"
    for text in ("f" * 32, "%00", "x" * 5000, "' OR 1=1"):
        assert browser.client.get("/sites/demo/rights", query_string={"id": text}).status_code == 404


def test_the_copy_holds_all_that_is_kept_and_is_told_in_the_log(dashboard: Dashboard) -> None:
    browser = dashboard.browser("compliance")
    answer = browser.post(f"{HERE}/bundle", {**WHY, "format": "json"})
    facts = json.loads(answer.text)
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=access-demo-")
    assert [one["action"] for one in facts["receipts"]] == ["accept_all"] * 3
    assert {one["personal"]["visitor"] for one in facts["receipts"]} == {VISITOR}
    assert facts["controller"]["contact"] == "privacy@shop.localhost"
    assert {one["place"] for one in facts["authorities"]} == {"DE", "GB", "US-CA"}
    assert facts["recipients"]
    assert all(facts["purposes"].values())
    with dashboard.engine.connect() as connection:
        jws = connection.execute(select(LogEntry.jws).order_by(LogEntry.id.desc()).limit(1)).scalar_one()
    told = payload_of(jws)
    assert (told["action"], told["subject"], told["after"]) == ("access_copy.created", "a visitor", {"receipts": 3})
    page = browser.post(f"{HERE}/bundle", WHY)
    assert "Information Commissioner" in page.text
    assert VISITOR in page.text
    # The copy is for people: times are formatted, and languages are named.
    assert re.search(r"<h3>[^<]+, <time datetime=", page.text)
    assert re.search(r"version \d+, in English", page.text)
    assert not re.search(r"<code>\d{10}</code>", page.text)


def test_the_printed_copy_is_in_the_language_of_the_page(dashboard: Dashboard) -> None:
    page = dashboard.browser("compliance").post(f"{HERE}/bundle", WHY, Accept_Language="de").text
    assert f"über den Besucher <code>{VISITOR}</code>" in page
    assert "36 Monate nach Ablauf oder Widerruf" in page
    assert "der Ort aus der Netzwerkadresse, die nicht gespeichert wurde. Netzwerkadresse, User-Agent" in page
    assert f"<dt>Besucher</dt><dd><code>{VISITOR}" in page


def test_the_printed_copy_tells_of_vendors_signals_and_what_ends(dashboard: Dashboard) -> None:
    browser = dashboard.browser("compliance")

    def copy_of(number: int) -> str:
        receipt = hashlib.sha256(b"receipt %d" % number).hexdigest()[:32]
        return browser.post(f"/sites/demo/rights/receipt/{receipt}/bundle", WHY).text

    chosen, refused = copy_of(2), copy_of(1)
    assert "<dt>Demo Chat</dt><dd>refused, individual choice</dd>" in chosen
    assert "<dt>Signals</dt><dd>Global Privacy Control</dd>" in chosen
    assert "<dt>Valid until</dt>" in chosen
    assert "<dt>Signals</dt><dd>none</dd>" in refused
    assert "<dt>May be asked again from</dt>" in refused
    assert "Valid until" not in refused


def test_what_is_restricted_or_objected_to_is_left_out_of_use_until_it_is_lifted(dashboard: Dashboard) -> None:
    browser = dashboard.browser("compliance")
    for mark in ("restriction", "objection"):
        assert browser.post(f"{HERE}/marks/{mark}", WHY).status_code == 302
        assert (count(dashboard), count(dashboard, restricted="only")) == (57, 3)
        page = browser.get(HERE).text
        assert "By letter of 20 November" in page
        assert "Compliance" in page
        lifted = f"/sites/demo/rights/marks/{mark}/lifted"
        answer = browser.post(lifted, {"kind": "visitor", "id": VISITOR, "back": "subject"})
        assert answer.headers["Location"] == HERE
        assert count(dashboard) == 60


def test_the_record_tells_a_restriction_from_an_objection(dashboard: Dashboard) -> None:
    browser, page = dashboard.browser("compliance"), f"/sites/demo/receipts/{RECEIPT}"
    badges = r'class="badge warn">([^<]*)<'
    for mark, word in (("restriction", "restricted"), ("objection", "objected to")):
        browser.post(f"{HERE}/marks/{mark}", WHY)
        assert set(re.findall(badges, browser.get(page).text)) == {word}
        browser.post(f"/sites/demo/rights/marks/{mark}/lifted", {"kind": "visitor", "id": VISITOR, "back": "subject"})
    for mark in ("restriction", "objection"):
        browser.post(f"{HERE}/marks/{mark}", WHY)
    assert set(re.findall(badges, browser.get(page).text)) == {"restricted", "objected to"}


def test_each_act_needs_a_reason_that_names_nobody(dashboard: Dashboard) -> None:
    browser = dashboard.browser("compliance")
    acts = {"marks/hold": {}, "bundle": {}, "erasure": {"level": "full", "typed": VISITOR[:8]}}
    for reason in ("", "  ", "of eva@example.com", f"is {VISITOR}", "x" * 501):
        for act, fields in acts.items():
            answer = browser.post(f"{HERE}/{act}", {"reason": reason, **fields})
            assert (answer.status_code, 'id="fault-reason"' in answer.text) == (422, True), (act, reason)
    assert count(dashboard) == 60


def test_an_erasure_asks_for_part_of_the_id_and_tells_who_and_why(dashboard: Dashboard) -> None:
    browser = dashboard.browser("compliance")
    for typed in ("", "abab", "cdcdcdcd"):
        answer = browser.post(f"{HERE}/erasure", {**WHY, "level": "full", "typed": typed})
        assert (answer.status_code, "Nothing was erased" in answer.text) == (422, True)
    assert count(dashboard) == 60
    answer = browser.post(f"{HERE}/erasure", {**WHY, "level": "full", "typed": VISITOR[:8]})
    assert answer.headers["Location"].endswith("/retention#erased")
    assert count(dashboard) == 57
    page = browser.get("/sites/demo/retention").text
    assert re.search(r"By letter of 20 November<small>Compliance", page)
    assert browser.get(HERE).status_code == 404
    stone = browser.get(f"/sites/demo/receipts/{RECEIPT}").text
    assert "By letter of 20 November" in stone
    assert "Compliance" in stone


def test_a_hold_stops_an_erasure_until_it_is_lifted(dashboard: Dashboard) -> None:
    browser = dashboard.browser("compliance")
    browser.post(f"{HERE}/marks/hold", WHY)
    answer = browser.post(f"{HERE}/erasure", {**WHY, "level": "full", "typed": VISITOR[:8]})
    assert (answer.status_code, "3 receipts are under a legal hold" in answer.text) == (409, True)
    assert count(dashboard) == 60


def test_an_id_of_another_site_is_unknown_here(dashboard: Dashboard) -> None:
    chief = dashboard.browser("chief")
    assert chief.get(f"/sites/other/rights/visitor/{VISITOR}").status_code == 404
    assert chief.get(f"/sites/other/rights?id={RECEIPT}").status_code == 404
    assert chief.post(f"/sites/other/rights/visitor/{VISITOR}/erasure", WHY).status_code == 404
