"""/r/<site>: a visitor's own receipts, found by the browser's cookie, and withdrawal on that page."""

import html
import re
from typing import Any

import pytest
from werkzeug.http import parse_cookie
from werkzeug.test import TestResponse

from consent.presentation.texts import receipt_texts
from consent.publishing.browser_check import BrowserChecks
from consent.storage.receipts import receipts
from tests.api.shop import ORIGIN, Shop

SAME = {"Sec_Fetch_Site": "same-origin"}


def accept(shop: Shop, **facts: Any) -> tuple[str, str]:
    """Accept all as a visitor; return the browser's cookies and the receipt's id."""
    answer = shop.choose(shop.choice(**facts), Sec_Fetch_Site="same-origin")
    assert answer.status_code == 201, answer.text
    cookies = dict(
        next(iter(parse_cookie(line.partition(";")[0]).items())) for line in answer.headers.getlist("Set-Cookie")
    )
    return "; ".join(f"{name}={value}" for name, value in cookies.items()), answer.json["id"]


def fields_of(page: TestResponse) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page.text))


def withdraw(shop: Shop, fields: dict[str, str], **headers: str) -> TestResponse:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return shop.client.post("/r/shop", data=fields, headers=sent)


def test_the_page_shows_what_was_chosen_and_shown_with_the_number(shop: Shop) -> None:
    cookie, receipt_id = accept(shop, vendors={"chat": True})
    page = shop.get("/r/shop", Cookie=cookie)
    text = html.unescape(re.sub(r"<[^>]+>", " ", page.text))
    assert page.status_code == 200
    assert receipt_id in text
    assert "Accepted all" in text
    assert text.count("✓ Allowed") == 4
    assert "Your cookie choices" in text
    assert "stated is responsible for this website." in text
    assert '<svg width="175"' in page.text
    assert page.headers["Cache-Control"] == "no-store"
    policy = page.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
    assert "unsafe" not in policy


def test_it_shows_the_layer_that_was_answered(shop: Shop) -> None:
    cookie, _ = accept(shop, action="save", layer=2)
    text = shop.get("/r/shop", Cookie=cookie).text
    assert "Own selection" in text
    assert "<p>Your privacy choices</p>" in text
    assert "<p>Accept all · Reject all · Save my choice</p>" in text
    assert "Your cookie choices" not in text


def test_a_visitor_who_withdraws_one_part_is_not_shown_a_full_withdrawal(shop: Shop) -> None:
    left = {"functional": True, "analytics": False, "advertising": False}
    cookie, _ = accept(shop, action="withdraw", choices=left)
    text = shop.get("/r/shop", Cookie=cookie).text
    assert "<h2>Own selection</h2>" in text
    assert receipt_texts("en")["action_withdraw"] not in text


def test_the_page_uses_the_visitors_language(shop: Shop) -> None:
    shop.edit(lambda draft: draft["texts"].update(languages={"en": {}, "de": {}}, confirmed=["de"]))
    shop.publish()
    cookie, _ = accept(shop)
    page = shop.get("/r/shop", Cookie=cookie, Accept_Language="de-AT").text
    assert '<html lang="de" dir="ltr">' in page
    assert "Meine Belege" in page
    assert "Alles akzeptiert" in page
    assert receipt_texts("de")["withdraw"] in page
    page = shop.get("/r/shop?language=en", Cookie=cookie, Accept_Language="de-AT").text
    assert '<option value="en" lang="en" selected>English</option>' in page
    assert '<option value="de" lang="de">Deutsch</option>' in page


def test_the_pages_for_visitors_have_the_colors_of_the_site(shop: Shop) -> None:
    shop.edit(lambda draft: draft["look"].update(accent="#7a1f5c"))
    shop.edit(lambda draft: draft["overrides"].update(visitor_requests=True))
    shop.publish()
    for path in ("/r/shop", "/c/shop", "/rights/shop"):
        assert 'href="shop/theme.css"' in shop.get(path).text
        sheet = shop.get(f"{path}/theme.css")
        assert (sheet.status_code, sheet.mimetype) == (200, "text/css")
        assert "--accent:#7a1f5c;--on:#fff" in sheet.text


def test_claims_no_texts_for_a_layer_that_the_page_drew(shop: Shop) -> None:
    shop.edit(lambda draft: draft["overrides"].update(headless={"page": "https://www.example.com/"}))
    shop.publish(browser_checks=BrowserChecks(lambda _pages: [], lambda _check: []))
    cookie, _ = accept(shop, method="own_layer")
    page = shop.get("/r/shop", Cookie=cookie).text
    assert "<h2>Accepted all</h2>" in page
    assert receipt_texts("en")["shown"] not in page


@pytest.mark.parametrize("cookie", ["", "consent_shop_id=" + "0" * 32, "consent_shop_id=short", "consent_shop_id='x"])
def test_an_unknown_id_gets_the_same_response_as_none(shop: Shop, cookie: str) -> None:
    mine, _ = accept(shop)
    assert "consent_shop_id=" in mine
    page = shop.get("/r/shop", Cookie=cookie)
    assert page.status_code == 200
    assert page.text == shop.get("/r/shop").text
    assert receipt_texts("en")["receipts_none"] in page.text
    assert "<article" not in page.text


def test_an_unknown_site_has_no_page(shop: Shop) -> None:
    assert shop.get("/r/nope").status_code == 404
    assert shop.get("/r/shop/secret.js").status_code == 404
    assert shop.get("/r/shop/receipts.css").mimetype == "text/css"


def test_the_download_reports_that_it_waits_for_the_log(shop: Shop) -> None:
    shop.service.context.log.sequencer.close()
    cookie, receipt_id = accept(shop)
    link = f"../api/v1/receipts/{receipt_id}/proof"
    page = shop.get("/r/shop", Cookie=cookie).text
    assert receipt_texts("en")["proof_waits"] in page
    assert link not in page
    waiting = shop.get(f"/api/v1/receipts/{receipt_id}/proof")
    assert (waiting.status_code, waiting.headers["Refresh"]) == (202, "2")


def test_a_withdrawal_writes_a_receipt_and_deletes_the_id(shop: Shop) -> None:
    cookie, first = accept(shop)
    fields = fields_of(shop.get("/r/shop", Cookie=cookie))
    answer = withdraw(shop, fields, Cookie=cookie, Origin=ORIGIN, **SAME)
    assert answer.status_code == 200
    assert "Your consent is withdrawn." in answer.text
    set_cookies = answer.headers.getlist("Set-Cookie")
    assert any(line.startswith("consent_shop_id=; Path=/; Max-Age=0") for line in set_cookies)
    assert any(re.match(r"consent_shop=v1\.\d+\.fallback\.0\.0\w{8}0\w{8}0\w{8}\.;", line) for line in set_cookies)
    found = re.search(r'data-copy="([0-9a-f]{32})"', answer.text)
    assert found
    with shop.service.context.engine.connect() as connection:
        stored = receipts.get(connection, found[1])
        personal = receipts.personal(connection, found[1])
    assert stored
    assert personal
    assert (stored.action, stored.method, stored.layer, stored.origin_checked) == ("withdraw", "click", 0, True)
    assert (stored.functional, stored.analytics, stored.advertising) == (False, False, False)
    assert personal.previous == first
    # Pressing twice withdraws once.
    again = withdraw(shop, fields, Cookie=cookie, Origin=ORIGIN, **SAME)
    assert found[1] in again.text
    assert shop.receipts() == 2


@pytest.mark.parametrize("fault", ["foreign site", "no token", "another's token", "no fields", "no form"])
def test_nobody_but_the_visitor_can_withdraw(shop: Shop, fault: str) -> None:
    cookie, _ = accept(shop)
    fields, headers = fields_of(shop.get("/r/shop", Cookie=cookie)), {"Cookie": cookie} | SAME
    if fault == "foreign site":
        headers["Sec_Fetch_Site"] = "cross-site"
    elif fault == "no token":
        del fields["csrf"]
    elif fault == "another's token":
        other, _ = accept(shop, key="f" * 32)
        fields["csrf"] = fields_of(shop.get("/r/shop", Cookie=other))["csrf"]
    elif fault == "no fields":
        fields = {"csrf": fields["csrf"]}
    else:
        fields = b"\xff\xfe"  # type: ignore[assignment]
    before = shop.receipts()
    answer = withdraw(shop, fields, **headers)
    assert answer.status_code in (400, 403)
    assert receipt_texts("en")["receipts_error"] in answer.text
    assert answer.headers.getlist("Set-Cookie") == []
    assert shop.receipts() == before


def test_the_withdrawal_page_can_be_reloaded(shop: Shop) -> None:
    cookie, _ = accept(shop)
    fields = fields_of(shop.get("/r/shop", Cookie=cookie))
    withdraw(shop, fields, Cookie=cookie, Origin=ORIGIN, **SAME)
    before = shop.receipts()
    # The browser resends the form, but no longer has the id cookie.
    again = withdraw(shop, fields, Origin=ORIGIN, **SAME)
    assert (again.status_code, again.headers["Location"], shop.receipts()) == (303, "shop", before)
    page = shop.get("/r/shop")
    assert (page.status_code, receipt_texts("en")["receipts_none"] in page.text) == (200, True)


def test_there_is_nothing_to_withdraw_after_a_refusal_with_proof(shop: Shop) -> None:
    cookie, receipt_id = accept(shop, action="reject_all", granted=False, keep_proof=True)
    page = shop.get("/r/shop", Cookie=cookie)
    assert receipt_id in page.text
    assert fields_of(page) == {}


def test_california_visitors_see_immediately_that_an_opt_out_is_honored(shop: Shop) -> None:
    shop.choose(shop.choice("opt_out", False))
    token, place = shop.token("decide"), "?country=US&subdivision="
    assert "data-honored" not in shop.get(f"/r/shop{place}CA", Authorization=token).text
    for honored in ({"Sec_GPC": "1"}, {"Cookie": "consent_shop=v1.20782.us_ca.0.-00000000-00000000000000000."}):
        page = shop.get(f"/r/shop{place}CA&gpc={int('Sec_GPC' in honored)}", Authorization=token, **honored).text
        assert "<strong>Opt-Out Request Honored</strong>" in page
        assert "data-honored" not in shop.get(f"/r/shop{place}TX", Authorization=token, **honored).text
