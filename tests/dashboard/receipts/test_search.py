"""The consent log: search, filters, pages, a single record, and files."""

import base64
import hashlib
import re
from functools import partial
from urllib.parse import parse_qs, urlsplit

import pytest

from consent.signing.receipt_claims import Signer
from consent.storage.privacy import marks
from consent.storage.receipts import receipts
from consent.storage.receipts.writer import ReceiptWriter
from consent.storage.selection.subjects import Subject
from consent.storage.sites import sites
from tests.dashboard.client import Dashboard
from tests.dashboard.sample_data import NOW, RECEIPT, VISITOR, make_receipt

LOG = "/sites/demo/receipts"


def ids_in(page: str) -> list[str]:
    """Return the ids of the receipts listed on a page, in order."""
    return list(dict.fromkeys(re.findall(r'/receipts/([0-9a-f]{32})"', page)))


def test_the_newest_come_first_in_pages_that_miss_and_repeat_nothing(dashboard: Dashboard) -> None:
    compliance = dashboard.browser("compliance")
    seen, path = [], LOG
    while path:
        page = compliance.get(path).text
        seen += ids_in(page)
        found = re.search(r'rel="next" href="([^"]+)"', page)
        path = found[1].replace("&amp;", "&") if found else ""
    assert len(seen) == len(set(seen)) == 60
    assert seen[0] == RECEIPT


def test_a_list_without_filters_reports_all_receipts(dashboard: Dashboard, monkeypatch: pytest.MonkeyPatch) -> None:
    compliance = dashboard.browser("compliance")
    monkeypatch.setattr(receipts, "_count", partial(receipts._count, cap=12))
    monkeypatch.setattr(receipts, "recorded", lambda *_: 9_881)
    page = compliance.get(LOG).text
    assert ">9,881 receipts recorded</h2>" in page
    assert "More than" not in page
    page = compliance.get(f"{LOG}?method=click").text
    assert "<h2>More than 12 receipts</h2>" in page
    assert ">of 9,881 recorded</span>" in page


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
        ("country=US&subdivision=CA", 15),
        ("subdivision=TX", 0),
        ("origin_checked=true", 60),
        ("origin_checked=false", 0),
        ("restricted=only", 0),
        ("signal=gpc", 15),
        (f"visitor={VISITOR}", 3),
        ("from=2026-11-24&to=2026-11-24", 2),
        ("country=DE&group.analytics=granted&action=save", 5),
    ],
)
def test_the_address_carries_the_filter(dashboard: Dashboard, query: str, number: int) -> None:
    page = dashboard.browser("compliance").get(f"{LOG}?{query}").text
    assert f"<h2>{number} receipt{'' if number == 1 else 's'}</h2>" in page


def test_the_words_of_the_form_become_those_of_the_contract(dashboard: Dashboard) -> None:
    compliance = dashboard.browser("compliance")
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
    [
        "country=Germany",
        "color=red",
        "from=yesterday",
        "group.essential=granted",
        "cursor=broken",
        "vendor.x=maybe",
        "country=DE&country=FR",
        "country=&country=FR",
    ],
)
def test_an_invalid_filter_is_reported_with_a_suggestion(dashboard: Dashboard, query: str) -> None:
    answer = dashboard.browser("compliance").get(f"{LOG}?{query}")
    assert answer.status_code == 400
    assert "Remove filter" in answer.text


def test_the_search_box_finds_a_receipt_and_a_visitor(dashboard: Dashboard) -> None:
    compliance = dashboard.browser("compliance")
    assert compliance.get(f"{LOG}/find?q=+{RECEIPT.upper()}+").headers["Location"] == f"{LOG}/{RECEIPT}"
    assert compliance.get(f"{LOG}/find?q={VISITOR}").headers["Location"] == f"{LOG}/{RECEIPT}"  # the newest
    for text in ("0" * 32, "short", "<script>alert(1)</script>", "' OR 1=1 --"):
        answer = compliance.client.get(f"{LOG}/find", query_string={"q": text})
        assert answer.status_code == 404
        assert "No receipt or visitor" in answer.text
        assert "<script>alert" not in answer.text


def test_the_search_box_accepts_what_visitors_and_files_contain(dashboard: Dashboard) -> None:
    compliance = dashboard.browser("compliance")
    with dashboard.database() as connection:
        jws = connection.execute("SELECT jws FROM receipt WHERE id = ?", (RECEIPT,)).fetchone()[0]
    address = f"https://consent.example.com/api/v1/receipts/{RECEIPT}/proof"
    parted = " ".join(re.findall("....", RECEIPT))
    for text in (jws, address, parted, f"receipt {RECEIPT}"):
        answer = compliance.client.get(f"{LOG}/find", query_string={"q": text})
        assert answer.headers["Location"] == f"{LOG}/{RECEIPT}", text


def test_the_search_box_accepts_filters(dashboard: Dashboard) -> None:
    compliance = dashboard.browser("compliance")
    for text in ("country=DE group.analytics=granted", "?country=DE&group.analytics=granted"):
        answer = compliance.client.get(f"{LOG}/find", query_string={"q": text})
        assert answer.headers["Location"] == f"{LOG}?country=DE&group.analytics=granted"
    wrong = compliance.client.get(f"{LOG}/find", query_string={"q": "color=red"}, follow_redirects=True)
    assert (wrong.status_code, "There is no such filter." in wrong.text) == (400, True)
    leads = dashboard.browser("compliance").client.get(f"{LOG}/find", query_string={"q": "country=DE country=FR"})
    twice = dashboard.browser("compliance").get(leads.headers["Location"])
    assert (twice.status_code, "It is given twice: give it once." in twice.text) == (400, True)


@pytest.mark.parametrize("text", ["0" * 500_000, "country=" + "x" * 500_000, "eyJ" + "{" * 500_000, "=1+1", "🙂" * 99])
def test_any_other_input_of_the_search_box_gets_one_message(dashboard: Dashboard, text: str) -> None:
    answer = dashboard.browser("compliance").client.get(f"{LOG}/find", query_string={"q": text})
    assert answer.status_code == 404
    assert len(answer.text) < 20_000
    assert "No receipt or visitor" in answer.text or "That is too long" in answer.text


def test_rejects_a_nul_character_in_the_search_box(dashboard: Dashboard) -> None:
    answer = dashboard.browser("compliance").client.get(f"{LOG}/find", query_string={"q": "\0"})
    assert (answer.status_code, "Invalid request" in answer.text) == (400, True)


def test_a_receipt_that_claims_a_wrong_id_leads_nowhere(dashboard: Dashboard) -> None:
    def jws(payload: bytes) -> str:
        return f"eyJhIjoxfQ.{base64.urlsafe_b64encode(payload).decode().rstrip('=')}.{'A' * 86}"

    compliance = dashboard.browser("compliance")
    for payload in (b"[]", b'{"id":7}', b'{"id":"../../x"}', b"\xff", b"[" * 900):
        answer = compliance.client.get(f"{LOG}/find", query_string={"q": jws(payload)})
        assert answer.status_code == 404


def test_a_receipt_of_another_site_is_not_found(dashboard: Dashboard) -> None:
    with dashboard.engine.connect() as connection:
        config = connection.exec_driver_sql("SELECT sha256 FROM config").scalar_one()
    writer = ReceiptWriter(dashboard.engine, timeout=60)
    foreign = make_receipt(Signer(dashboard.keys.receipt), 2, config, 99)
    writer.submit(foreign)
    assert writer.close()
    compliance = dashboard.browser("compliance")
    assert compliance.get(f"{LOG}/{foreign.id}").status_code == 404
    assert compliance.get(f"{LOG}/find?q={foreign.id}").status_code == 404
    assert dashboard.browser("stranger").get(f"/sites/other/receipts/{foreign.id}").status_code == 200


def test_an_empty_log_says_how_it_gets_receipts(dashboard: Dashboard) -> None:
    chief = dashboard.browser("chief")
    assert "No visitor has answered the banner yet" in chief.get("/sites/other/receipts").text
    assert "No matching receipt" in chief.get(f"{LOG}?country=PL").text


def test_the_list_says_of_an_import_that_nothing_was_shown_and_counts_its_vendors(dashboard: Dashboard) -> None:
    with dashboard.database() as connection:
        blank = (
            "config = '', functional = NULL, analytics = NULL, advertising = NULL, country = NULL, method = 'import'"
        )
        vendors = '{"demo-ads":true,"demo-chat":true,"matomo":false}'
        change = f"UPDATE receipt SET {blank}, vendors = ? WHERE id = ?"
        connection.execute(change, (vendors, RECEIPT))
    compliance = dashboard.browser("compliance")
    row = next(row for row in compliance.get(LOG).text.split("<tr data-row>") if RECEIPT[:8] in row)
    words = " ".join(re.sub(r"<[^>]+>", " ", row).split())
    assert "nothing was shown here" in words
    assert "✓ 2 vendors granted ✕ 1 vendor refused" in words
    assert "no answer" not in words
    page = " ".join(re.sub(r"<[^>]+>", " ", compliance.get(f"{LOG}/{RECEIPT}").text).split())
    assert "a visitor of Little Grove ( unknown place ) accepted all, imported" in page


def test_a_record_is_described_in_words_and_its_signature_verified(dashboard: Dashboard) -> None:
    page = " ".join(re.sub(r"<[^>]+>", " ", dashboard.browser("compliance").get(f"{LOG}/{RECEIPT}").text).split())
    assert "The signature is valid." in page
    assert "a visitor of Little Grove ( Germany ) accepted all, by click on the first layer" in page
    assert "Rule: EU opt-in." in page
    assert "variant" not in page, "the version has no experiment"
    assert VISITOR in page
    assert page.count("Accepted all") >= 3
    assert "rules of Nov 24, 2026" in page


def test_a_grant_is_valid_until_a_day_and_a_refusal_does_not_end(dashboard: Dashboard) -> None:
    compliance = dashboard.browser("compliance")
    assert "It is valid until" in compliance.get(f"{LOG}/{RECEIPT}").text
    refusal = compliance.get(f"{LOG}/{hashlib.sha256(b'receipt 1').hexdigest()[:32]}").text
    assert "valid until" not in refusal
    assert "A refusal does not expire; the visitor may be asked again from" in refusal


def test_detects_a_changed_receipt(dashboard: Dashboard) -> None:
    with dashboard.database() as connection:
        jws = connection.execute("SELECT jws FROM receipt WHERE id = ?", (RECEIPT,)).fetchone()[0]
        head, payload, signature = jws.split(".")
        changed = f"{head}.{payload[:-4]}AAAA.{signature}"
        connection.execute("UPDATE receipt SET jws = ? WHERE id = ?", (changed, RECEIPT))
    assert "The signature is wrong." in dashboard.browser("compliance").get(f"{LOG}/{RECEIPT}").text


def words_of(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_a_record_shows_the_visitors_choices_over_time(dashboard: Dashboard) -> None:
    words = words_of(dashboard.browser("compliance").get(f"{LOG}/{RECEIPT}").text)
    assert "3 choices of this visitor" in words
    assert words.count("shown version 1 in English under EU opt-in") == 1  # the others are from other places
    assert words.index("Chosen") < words.index("Repeated")


def test_a_record_explains_why_each_tag_was_allowed_or_held(dashboard: Dashboard) -> None:
    compliance = dashboard.browser("compliance")
    accepted = words_of(compliance.get(f"{LOG}/{RECEIPT}").text)
    assert re.search(
        r"Demo Ads .* Allowed advertising, EU opt-in rule, the visitor granted the group Blocked", accepted
    )
    refused = hashlib.sha256(b"receipt 1").hexdigest()[:32]
    words = words_of(compliance.get(f"{LOG}/{refused}").text)
    assert re.search(r"Demo Ads .* Blocked advertising, EU opt-in rule, the visitor refused the group Blocked", words)
    saved = hashlib.sha256(b"receipt 2").hexdigest()[:32]
    words = words_of(compliance.get(f"{LOG}/{saved}").text)
    assert re.search(r"Demo Chat .* Blocked functional, California rule, the visitor refused this vendor", words)
    assert re.search(r"Demo Ads .* Blocked advertising, California rule, the visitor refused the group Blocked", words)


def test_a_restricted_receipt_is_marked_and_excluded_from_lists(dashboard: Dashboard) -> None:
    with dashboard.engine.begin() as connection:
        site = sites.by_key(connection, "demo")
        assert site
        subject = Subject("visitor", VISITOR)
        marks.put(connection, site.id, marks.RESTRICTION, subject, reason="<b>Art. 18</b>", by="x", now=NOW)
    compliance = dashboard.browser("compliance")
    page = compliance.get(f"{LOG}/{RECEIPT}").text
    assert "Its use is restricted" in page
    assert "&lt;b&gt;Art. 18&lt;/b&gt;" in page
    assert "<h2>57 receipts</h2>" in compliance.get(LOG).text
    assert "<h2>3 receipts</h2>" in compliance.get(f"{LOG}?restricted=only").text


def test_a_receipt_without_a_visitor_says_why(dashboard: Dashboard) -> None:
    second = hashlib.sha256(b"receipt 1").hexdigest()[:32]
    assert "No ID was kept" in dashboard.browser("compliance").get(f"{LOG}/{second}").text
    with dashboard.database() as connection:
        connection.execute("UPDATE receipt SET method = 'import' WHERE id = ?", (second,))
    assert "No ID was kept for this imported choice" in dashboard.browser("compliance").get(f"{LOG}/{second}").text


def test_a_record_links_to_the_actions_for_its_visitor(dashboard: Dashboard) -> None:
    compliance = dashboard.browser("compliance")
    links = re.findall(r'href="(/sites/demo/rights/[^"#]+)#(\w+)"', compliance.get(f"{LOG}/{RECEIPT}").text)
    assert [anchor for _, anchor in links] == ["copy", "marks", "erase"]
    for path, anchor in links:
        assert path == f"/sites/demo/rights/visitor/{VISITOR}"
        assert f'id="{anchor}"' in compliance.get(path).text
    alone = hashlib.sha256(b"receipt 1").hexdigest()[:32]
    assert f"/sites/demo/rights/receipt/{alone}#erase" in compliance.get(f"{LOG}/{alone}").text


def test_an_erased_receipt_shows_only_its_leaf(dashboard: Dashboard) -> None:
    with dashboard.database() as connection:
        connection.execute("UPDATE receipt SET erased = 1, jws = '' WHERE id = ?", (RECEIPT,))
    page = dashboard.browser("compliance").get(f"{LOG}/{RECEIPT}").text
    assert "erased in full" in page
    assert "Accepted all" not in page
    assert f'href="/api/v1/receipts/{RECEIPT}/proof"' in page


def test_a_receipt_without_its_personal_part_says_who_removed_it_and_why(dashboard: Dashboard) -> None:
    compliance = dashboard.browser("compliance")
    asked = {"reason": "By letter of 20 November", "level": "unlink", "typed": RECEIPT[:8]}
    assert compliance.post(f"/sites/demo/rights/receipt/{RECEIPT}/erasure", asked).status_code == 302
    page = compliance.get(f"{LOG}/{RECEIPT}").text
    assert "The personal part was erased on" in page
    assert "by Compliance: “By letter of 20 November”" in page
    assert "✓ holds" in compliance.get(f"{LOG}/{RECEIPT}/verify").text
