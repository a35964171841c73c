"""The consent log: search, filters, pages, one record, and files."""

import csv
import hashlib
import io
import json
import re
from urllib.parse import parse_qs, urlsplit

import pytest

from consent.proof.statement import Signer
from consent.storage.writer import ReceiptWriter
from tests.dashboard.cast import PLACES, RECEIPT, VISITOR, Desk, make_receipt

LOG = "/sites/demo/receipts"


def ids_in(page: str) -> list[str]:
    """Return the ids of the receipts that a page lists, in its order."""
    return list(dict.fromkeys(re.findall(r'/receipts/([0-9a-f]{32})"', page)))


def test_the_newest_come_first_in_pages_that_miss_and_repeat_nothing(desk: Desk) -> None:
    compliance = desk.browser("compliance")
    seen, path = [], LOG
    while path:
        page = compliance.get(path).text
        seen += ids_in(page)
        found = re.search(r'rel="next" href="([^"]+)"', page)
        path = found[1].replace("&amp;", "&") if found else ""
    assert len(seen) == len(set(seen)) == 60
    assert seen[0] == RECEIPT


@pytest.mark.parametrize(
    ("query", "number"),
    [
        ("", 60),
        ("country=DE", 15),
        ("country=unknown", 0),
        ("regime=us_ca", 15),
        ("action=accept_all", 20),
        ("method=click", 60),
        ("method=gpc", 0),
        ("group.analytics=granted", 40),
        ("group.advertising=refused", 40),
        ("group.advertising=none", 0),
        ("vendor.demo-chat=refused", 20),
        ("vendor.demo-chat=granted", 0),
        ("language=en", 60),
        ("language=de", 0),
        ("signal=gpc", 15),
        (f"visitor={VISITOR}", 3),
        ("from=2026-11-24&to=2026-11-24", 2),
        ("country=DE&group.analytics=granted&action=save", 5),
    ],
)
def test_the_address_carries_the_filter(desk: Desk, query: str, number: int) -> None:
    page = desk.browser("compliance").get(f"{LOG}?{query}").text
    assert f"<h2>{number} receipt{'' if number == 1 else 's'}</h2>" in page


def test_the_words_of_the_form_become_those_of_the_contract(desk: Desk) -> None:
    compliance = desk.browser("compliance")
    form = "country=DE&regime=&vendor=demo-chat&vendor_state=refused&group.analytics=granted&from="
    answer = compliance.get(f"{LOG}?{form}")
    assert answer.status_code == 302
    wanted = {"country": ["DE"], "vendor.demo-chat": ["refused"], "group.analytics": ["granted"]}
    assert parse_qs(urlsplit(answer.headers["Location"]).query) == wanted
    live = compliance.get(f"{LOG}?{form}", HX_Request="true")
    assert live.headers["HX-Push-Url"] == answer.headers["Location"]
    assert "<h2>5 receipts</h2>" in live.text


@pytest.mark.parametrize(
    "query",
    ["country=Germany", "colour=red", "from=yesterday", "group.essential=granted", "cursor=broken", "vendor.x=maybe"],
)
def test_a_filter_that_cannot_be_is_said_with_the_way_out(desk: Desk, query: str) -> None:
    answer = desk.browser("compliance").get(f"{LOG}?{query}")
    assert answer.status_code == 400
    assert "Leave it out" in answer.text


def test_the_one_box_finds_a_receipt_and_a_visitor(desk: Desk) -> None:
    compliance = desk.browser("compliance")
    assert compliance.get(f"{LOG}/find?q=+{RECEIPT.upper()}+").headers["Location"] == f"{LOG}/{RECEIPT}"
    assert compliance.get(f"{LOG}/find?q={VISITOR}").headers["Location"] == f"{LOG}?visitor={VISITOR}"
    for text in ("0" * 32, "short", "<script>alert(1)</script>", "' OR 1=1 --"):
        answer = compliance.client.get(f"{LOG}/find", query_string={"q": text})
        assert answer.status_code == 404
        assert "No receipt and no visitor" in answer.text
        assert "<script>alert" not in answer.text


def test_a_receipt_of_another_site_is_found_by_nobody_here(desk: Desk) -> None:
    with desk.engine.connect() as connection:
        config = connection.exec_driver_sql("SELECT sha256 FROM config").scalar_one()
    writer = ReceiptWriter(desk.engine, timeout=60)
    foreign = make_receipt(Signer(desk.keys.receipt), 2, config, 99)
    writer.submit(foreign)
    assert writer.close()
    compliance = desk.browser("compliance")
    assert compliance.get(f"{LOG}/{foreign.id}").status_code == 404
    assert compliance.get(f"{LOG}/find?q={foreign.id}").status_code == 404
    assert desk.browser("stranger").get(f"/sites/other/receipts/{foreign.id}").status_code == 200


def test_an_empty_log_says_what_fills_it(desk: Desk) -> None:
    chief = desk.browser("chief")
    assert "No visitor has answered the banner yet" in chief.get("/sites/other/receipts").text
    assert "No receipt fits" in chief.get(f"{LOG}?country=PL").text


def test_a_record_is_told_in_words_and_its_signature_checked(desk: Desk) -> None:
    page = " ".join(re.sub(r"<[^>]+>", " ", desk.browser("compliance").get(f"{LOG}/{RECEIPT}").text).split())
    assert "The signature is right." in page
    assert "a visitor of Little Grove in Germany accepted all, by click on the first layer" in page
    assert "under the rule EU opt in" in page
    assert VISITOR in page
    assert page.count("Accepted all") >= 3


def test_a_changed_receipt_is_found_out(desk: Desk) -> None:
    with desk.database() as connection:
        jws = connection.execute("SELECT jws FROM receipt WHERE id = ?", (RECEIPT,)).fetchone()[0]
        head, payload, signature = jws.split(".")
        changed = f"{head}.{payload[:-4]}AAAA.{signature}"
        connection.execute("UPDATE receipt SET jws = ? WHERE id = ?", (changed, RECEIPT))
    assert "The signature is wrong." in desk.browser("compliance").get(f"{LOG}/{RECEIPT}").text


def test_a_receipt_without_a_visitor_says_why(desk: Desk) -> None:
    second = hashlib.sha256(b"receipt 1").hexdigest()[:32]
    assert "No id was kept" in desk.browser("compliance").get(f"{LOG}/{second}").text


def test_an_erased_receipt_shows_its_leaf_only(desk: Desk) -> None:
    with desk.database() as connection:
        connection.execute("UPDATE receipt SET erased = 1, jws = '' WHERE id = ?", (RECEIPT,))
    page = desk.browser("compliance").get(f"{LOG}/{RECEIPT}").text
    assert "erased in full" in page
    assert "Accepted all" not in page


def test_the_csv_holds_what_the_filter_finds(desk: Desk) -> None:
    answer = desk.browser("compliance").get(f"{LOG}/export?country=DE&format=csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert answer.mimetype == "text/csv"
    assert answer.headers["Content-Disposition"] == "attachment; filename=receipts-demo.csv"
    assert len(rows) == 15
    assert {row["country"] for row in rows} == {PLACES[0][0]}


def test_json_lines_end_with_a_manifest_over_all_before(desk: Desk) -> None:
    data = desk.browser("compliance").get(f"{LOG}/export?format=jsonl").data
    *rows, last = data.splitlines(keepends=True)
    manifest = json.loads(last)["manifest"]
    assert (len(rows), sum(b'"receipt"' in row for row in rows)) == (manifest["count"], 60)
    assert manifest["sha256"] == hashlib.sha256(b"".join(rows)).hexdigest()


def test_formulas_are_neutral_in_the_csv(desk: Desk) -> None:
    with desk.database() as connection:
        connection.execute("UPDATE receipt SET language = '=cmd|calc' WHERE id = ?", (RECEIPT,))
    rows = list(csv.DictReader(io.StringIO(desk.browser("compliance").get(f"{LOG}/export?format=csv").text)))
    assert rows[0]["language"] == "'=cmd|calc"


def test_an_export_of_an_unknown_kind_or_filter_is_refused(desk: Desk) -> None:
    compliance = desk.browser("compliance")
    assert compliance.get(f"{LOG}/export").status_code == 400
    assert compliance.get(f"{LOG}/export?format=csv&colour=red").status_code == 400
