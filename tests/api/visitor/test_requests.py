"""/rights/<site>: visitors' requests, each proved by no more than the law allows, sealed, and tracked by a link."""

import html
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import pytest
from sqlalchemy import text
from werkzeug.http import parse_cookie
from werkzeug.test import TestResponse

from consent.api.buffers.rate_limit import WriteLimit
from consent.api.buffers.services import MAX_REQUESTS_OF_DAY
from consent.api.http.response import ApiError
from consent.core.choice import parse_choice
from consent.presentation.links import REQUESTED
from consent.presentation.texts import request_texts
from consent.privacy.visitor_requests import MAX_WAITING_OF_ADDRESS
from consent.storage.privacy import privacy_requests
from consent.storage.privacy.privacy_requests import Request
from tests.api.shop import Shop, open_shop
from tests.mail_server import MailServer, running_mail_server
from tests.subjects import Device, make_key, make_token

TEXTS = request_texts("en")
ADDRESS = "Eva.Muster@Example.org"


@pytest.fixture(scope="module")
def mail_server() -> Iterator[MailServer]:
    with running_mail_server() as server:
        yield server


@pytest.fixture
def shop(tmp_path: Path, mail_server: MailServer) -> Iterator[Shop]:
    """Open the shop with the page enabled and a clock that makes no form too fast."""
    mail_server.mails.queue.clear()
    opened = open_shop(tmp_path, mail_url=mail_server.url, mail_from="privacy@shop.example")
    switch_on(opened)
    opened.service.context.clock = lambda: time.time() + 10
    yield opened
    opened.service.close()


def switch_on(shop: Shop, **facts: Any) -> None:
    shop.edit(lambda draft: draft["overrides"].update(visitor_requests=True, **facts))
    shop.publish()


def fields_of(page: TestResponse) -> dict[str, str]:
    """Return the hidden fields of the form."""
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page.text))


def ask(shop: Shop, cookie: str = "", place: str = "DE", **typed: str) -> TestResponse:
    """Open the page and send its form five seconds later."""
    clock = shop.service.context.clock
    shop.service.context.clock = lambda: clock() - 5
    fields = fields_of(shop.get(f"/rights/shop?place={place}", Cookie=cookie))
    shop.service.context.clock = clock
    return send(shop, fields | {"kind": "access", "proof": "browser"} | typed, cookie, Sec_Fetch_Site="same-origin")


def send(shop: Shop, fields: dict[str, str], cookie: str = "", **headers: str) -> TestResponse:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return shop.client.post("/rights/shop", data=fields, headers={"Cookie": cookie} | sent)


def register(shop: Shop) -> list[Request]:
    with shop.service.context.engine.connect() as connection:
        return privacy_requests.every(connection, shop.site_id)


def rows(shop: Shop) -> list[Any]:
    with shop.service.context.engine.connect() as connection:
        return list(connection.execute(text("SELECT * FROM visitor_request")).mappings())


def key_in(address: str) -> str:
    return parse_qs(urlsplit(address).query)["key"][0]


def grant(shop: Shop) -> str:
    """Accept all in a browser and return its cookies."""
    answer = shop.choose(shop.choice(), Sec_Fetch_Site="same-origin")
    cookies = [line.partition(";")[0] for line in answer.headers.getlist("Set-Cookie")]
    assert any(next(iter(parse_cookie(one))) == "consent_shop_id" for one in cookies)
    return "; ".join(cookies)


def visible(page: TestResponse) -> str:
    return html.unescape(re.sub(r"<[^>]+>", " ", page.text))


def test_a_site_accepts_no_requests_until_enabled(tmp_path: Path) -> None:
    shop = open_shop(tmp_path)
    try:
        assert shop.get("/rights/shop").status_code == 404
        assert shop.client.post("/rights/shop", data={}).status_code == 404
        shop.edit(lambda draft: draft["texts"].update(languages={"en": {}, "de": {}}, confirmed=["de"]))
        shop.publish()
        for path in ("/rights/shop", "/rights/shop/mail?key=a", "/rights/shop/sent"):
            page = shop.get(path, Accept="text/html,*/*;q=0.8", Accept_Language="de")
            assert (page.status_code, page.mimetype) == (404, "text/html")
            assert request_texts("de")["rights_off"].replace("{controller}", "stated") in page.text
            style = re.findall(r'href="([^"]*receipts\.css)"', page.text)[0]
            assert shop.get(urljoin(path, style)).status_code == 200
        assert "/rights/" not in shop.get("/r/shop").text + shop.get("/c/shop").text
        switch_on(shop)
        base = shop.service.context.settings.base_url
        assert '<a href="../rights/shop?language=en">' in shop.get("/r/shop").text
        assert f'<a href="{base}/rights/shop?language=en">' in shop.get("/c/shop").text
        live = shop.service.context.configs.live.get("shop")
        assert live
        links = {link["label"]: link.get("url") for link in live.links([REQUESTED], "en")}
        assert links["Address for privacy requests"] == f"{base}/rights/shop"
        assert shop.get("/rights/elsewhere").status_code == 404
    finally:
        shop.service.close()


@pytest.mark.parametrize(
    ("place", "kinds"),
    [
        ("DE", "access rectification erasure restriction portability objection"),
        ("US-CA", "access rectification erasure portability opt_out_sale limit_sensitive disclosure"),
        ("US-NV", "opt_out_sale"),
        ("BR", "access rectification erasure objection"),
        ("ZZ", "access rectification erasure objection"),
        ("Atlantis", "access rectification erasure objection"),
    ],
)
def test_the_offered_requests_follow_the_law_of_the_location(shop: Shop, place: str, kinds: str) -> None:
    page = shop.get(f"/rights/shop?place={place}")
    assert re.findall(r'name="kind" value="(\w+)"', page.text) == kinds.split()
    assert (TEXTS["rights_complain"] in page.text) == (place not in ("ZZ", "Atlantis"))


def test_a_browser_with_receipts_verifies_itself_without_revealing_the_visitor(shop: Shop) -> None:
    cookie = grant(shop)
    answer = ask(shop, cookie, details="My city is\r\nwrong")
    assert answer.status_code == 303
    one = register(shop)[0]
    assert (one.kind, one.place, one.law, one.outcome) == ("access", "DE", "GDPR art. 15, 12(3)", "")
    row = rows(shop)[0]
    facts = shop.service.context.privacy.visitors.open(row_of(shop, one.id))
    assert row["proof"] == "browser"
    assert facts["details"] == "My city is\nwrong"
    for secret in (facts["visitor"], facts["key"], "city"):
        assert secret.encode() not in bytes(row["sealed"])
    assert facts["key"] not in str({name: value for name, value in row.items() if name != "sealed"})
    state = shop.get(f"/rights/{answer.headers['Location']}")
    assert TEXTS["rights_received"] in state.text
    assert f"{TEXTS['rights_number']} {one.id}" in " ".join(visible(state).split())
    assert "Land" in visible(state), "the authority of the place"
    assert state.headers["Referrer-Policy"] == "no-referrer"
    with shop.service.context.engine.connect() as connection:
        entry = connection.execute(
            text("SELECT actor FROM log_entry WHERE subject = 'privacy_request.created'")
        ).scalar_one()
    assert entry == "a visitor"


def row_of(shop: Shop, number: int) -> Any:
    from consent.storage.privacy import visitor_requests

    with shop.service.context.engine.connect() as connection:
        return visitor_requests.of_request(connection, shop.site_id, number)


@pytest.mark.parametrize("fault", ["no cookie", "another cookie", "invented", "foreign site", "no stamp", "forged"])
def test_a_strangers_browser_cannot_claim_other_visitors_receipts(shop: Shop, fault: str) -> None:
    cookie = grant(shop)
    clock = shop.service.context.clock
    shop.service.context.clock = lambda: clock() - 5
    fields = fields_of(shop.get("/rights/shop?place=DE", Cookie=cookie)) | {"kind": "erasure", "proof": "browser"}
    shop.service.context.clock = clock
    sent = {"no cookie": "", "another cookie": "consent_shop_id=" + "0" * 32, "invented": "consent_shop_id='"}
    headers = {"Sec_Fetch_Site": "cross-site"} if fault == "foreign site" else {}
    if fault in ("no stamp", "forged"):
        fields["stamp"] = "" if fault == "no stamp" else f"{int(time.time())}.{'A' * 32}"
    answer = send(shop, fields, sent.get(fault, cookie), **headers)
    assert answer.status_code == (403 if fault == "foreign site" else 422)
    assert register(shop) == rows(shop) == []


def test_a_mail_link_works_once_and_the_address_is_not_stored(shop: Shop, mail_server: MailServer) -> None:
    answer = ask(shop, proof="mail", mail=f" {ADDRESS} ", kind="erasure")
    assert answer.headers["Location"] == "shop/sent?language=en"
    assert TEXTS["rights_mail_sent"] in shop.get(f"/rights/{answer.headers['Location']}").text
    assert register(shop) == []
    mail = mail_server.next()
    assert (mail["To"], mail["Subject"]) == ("Eva.Muster@example.org", "Your privacy request to stated")
    assert TEXTS["kind_erasure"] in mail.get_content()
    link = re.search(r"http\S+/rights/shop/mail\?key=\S+", mail.get_content())
    assert link
    key = key_in(link[0])
    # Opening the link, as mail scanners do, confirms nothing.
    for _ in range(2):
        assert TEXTS["kind_erasure"] in shop.get(f"/rights/shop/mail?key={key}").text
    assert register(shop) == []
    confirmed = shop.client.post("/rights/shop/mail", data={"key": key})
    assert confirmed.status_code == 303
    assert [one.kind for one in register(shop)] == ["erasure"]
    again = shop.client.post("/rights/shop/mail", data={"key": key})
    assert (again.status_code, TEXTS["rights_used"] in again.text) == (404, True)
    assert shop.get(f"/rights/shop/mail?key={key}").status_code == 404
    assert len(register(shop)) == 1
    second = mail_server.next().get_content()
    assert f"/rights/shop/{confirmed.headers['Location']}" in second
    row = rows(shop)[0]
    assert (row["proof"], row["confirm_hash"], row["address_hash"]) == ("mail", None, None)
    database = Path(str(shop.service.context.engine.url.database))
    for path in database.parent.glob(database.name + "*"):
        assert b"Muster" not in path.read_bytes()


def test_one_address_gets_few_mails(shop: Shop, mail_server: MailServer) -> None:
    for _ in range(MAX_WAITING_OF_ADDRESS):
        assert ask(shop, proof="mail", mail=ADDRESS).status_code == 303
        mail_server.next()
    answer = ask(shop, proof="mail", mail=ADDRESS)
    assert (answer.status_code, TEXTS["error_many"] in answer.text) == (429, True)
    assert mail_server.mails.empty()
    assert len(rows(shop)) == MAX_WAITING_OF_ADDRESS


def test_another_spelling_of_an_address_gets_no_more_mails(shop: Shop, mail_server: MailServer) -> None:
    for spelling in ("eva@example.org", "EVA@example.org", "eva+one@example.org"):
        assert ask(shop, proof="mail", mail=spelling).status_code == 303
        mail_server.next()
    assert ask(shop, proof="mail", mail="eVa+two@example.org").status_code == 429
    assert ask(shop, proof="mail", mail="ada@example.org").status_code == 303
    mail_server.next()


@pytest.mark.parametrize(
    "address",
    [
        "=?utf-8?q?ada=2C_eva=40example.com?=@example.org",
        "=?utf-8?q?x=0d=0aBcc=3aeva=40example.com?=@example.org",
        "=?utf-8?q??=@example.org",
        "[a@example.org",
        ".eva@example.org",
        "eva..muster@example.org",
    ],
)
def test_an_address_that_a_header_reads_as_another_one_gets_no_mail(
    shop: Shop, mail_server: MailServer, address: str
) -> None:
    answer = ask(shop, proof="mail", mail=address)
    assert (answer.status_code, TEXTS["error_mail"] in answer.text, rows(shop)) == (422, True, [])
    assert mail_server.mails.empty()


def test_an_opt_out_asks_for_no_proof(shop: Shop, mail_server: MailServer) -> None:
    """11 CCR 7026(d): the business may ask for what it needs to comply, but not for verification."""
    answer = ask(shop, place="US-CA", kind="opt_out_sale", proof="mail", mail=ADDRESS)
    assert "/state?key=" in answer.headers["Location"]
    assert (register(shop)[0].law, rows(shop)[0]["proof"]) == ("CCPA Civ. Code 1798.120; 11 CCR 7026(f)", "none")
    assert mail_server.mails.empty()


def test_an_opt_out_from_a_browser_applies_immediately(shop: Shop) -> None:
    cookie = grant(shop)
    answer = ask(shop, cookie, place="US-CA", kind="opt_out_sale", proof="browser")
    lines = [line.partition(";")[0] for line in answer.headers.getlist("Set-Cookie")]
    fresh = {name: value for line in lines for name, value in parse_cookie(line).items()}
    choice = parse_choice(fresh["consent_shop"])
    assert choice
    assert choice.groups == {"functional": True, "analytics": True, "advertising": False}
    with shop.service.context.engine.connect() as connection:
        receipts = connection.execute(text("SELECT action, method, advertising FROM receipt")).all()
    assert ("opt_out", "click", 0) in {tuple(one) for one in receipts}
    assert [(one.kind, one.outcome) for one in register(shop)] == [("opt_out_sale", "")]
    state = f"/rights/{answer.headers['Location']}"
    cookies = f"consent_shop={fresh['consent_shop']}"
    assert "Opt-Out Request Honored" in shop.get(state, Cookie=cookies).text
    assert "Opt-Out Request Honored" not in shop.get(state, Cookie=cookie).text


def test_an_opt_out_without_an_address_counts_in_a_browser_without_receipts(shop: Shop) -> None:
    answer = ask(shop, place="US-CA", kind="opt_out_sale", proof="mail")
    assert (answer.status_code, answer.headers["Location"]) == (303, "../r/shop?language=en")
    assert (register(shop), rows(shop)) == ([], [])
    lines = [line.partition(";")[0] for line in answer.headers.getlist("Set-Cookie")]
    fresh = {name: value for line in lines for name, value in parse_cookie(line).items()}
    choice = parse_choice(fresh["consent_shop"])
    assert choice
    assert choice.groups["advertising"] is False
    with_address = ask(shop, place="US-CA", kind="opt_out_sale", proof="mail", mail=ADDRESS)
    assert "consent_shop=" in "".join(with_address.headers.getlist("Set-Cookie"))
    assert len(register(shop)) == 1


def test_an_opt_out_without_an_address_that_cannot_be_recorded_is_not_confirmed(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unavailable(*_: Any) -> None:
        raise ApiError(503, "unavailable", "The choice was not stored; try again.")

    monkeypatch.setattr("consent.api.visitor.request_opt_out.store_receipt", unavailable)
    answer = ask(shop, place="US-CA", kind="opt_out_sale", proof="mail")
    assert (answer.status_code, TEXTS["error_again"] in answer.text, register(shop)) == (503, True, [])


def test_a_request_of_another_kind_leaves_the_choice_as_it_was(shop: Shop) -> None:
    answer = ask(shop, grant(shop), place="US-CA", kind="access", proof="browser")
    assert (answer.status_code, answer.headers.getlist("Set-Cookie")) == (303, [])


def test_an_opt_out_that_cannot_be_recorded_is_still_registered(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    cookie = grant(shop)

    def unavailable(*_: Any) -> None:
        raise ApiError(503, "unavailable", "The choice was not stored; try again.")

    monkeypatch.setattr("consent.api.visitor.request_opt_out.store_receipt", unavailable)
    answer = ask(shop, cookie, place="US-CA", kind="opt_out_sale", proof="browser")
    assert (answer.status_code, answer.headers.getlist("Set-Cookie"), len(register(shop))) == (303, [], 1)
    assert "data-honored" not in shop.get(f"/rights/{answer.headers['Location']}", Cookie=cookie).text


def open_signed_in(shop: Shop, place: str) -> tuple[str, TestResponse]:
    """Record a signed-in visitor's choice; return the key of the site, and the page of requests as the site opens it."""
    key = make_key(shop)
    shop.edit(lambda draft: draft["overrides"].update(accounts=True))
    shop.publish()
    assert Device(shop, key).choose(granted=True).status_code == 201
    clock = shop.service.context.clock
    shop.service.context.clock = time.time
    opened = send(shop, {"subject": make_token(key), "place": place}, Origin="https://www.example.com")
    shop.service.context.clock = clock
    return key, opened


def test_an_opt_out_of_an_account_counts_on_all_its_devices(shop: Shop) -> None:
    _, opened = open_signed_in(shop, "US-CA")
    fields = fields_of(opened) | {"act": "send", "kind": "opt_out_sale", "proof": "account"}
    answer = send(shop, fields)
    assert answer.status_code == 303
    facts = shop.service.context.privacy.visitors.open(row_of(shop, register(shop)[0].id))
    found = shop.service.context.privacy.subjects.by_number(shop.site_id, "shop", facts["account"])
    assert found
    newest = max((entry for entry in found[1].account.entries if entry.t == "advertising"), key=lambda one: one.v)
    assert newest.s == 0
    with shop.service.context.engine.connect() as connection:
        receipts = connection.execute(text("SELECT action, method FROM receipt")).all()
    assert ("opt_out", "click") in {tuple(one) for one in receipts}
    assert "Opt-Out Request Honored" in shop.get(f"/rights/{answer.headers['Location']}").text


def test_without_a_mail_server_only_what_needs_no_link_is_offered(tmp_path: Path) -> None:
    shop = open_shop(tmp_path)
    try:
        switch_on(shop)
        page = shop.get("/rights/shop?place=DE").text
        assert 0 < page.find(TEXTS["rights_no_way"].split(".")[0]) < page.index(TEXTS["rights_place"])
        assert TEXTS["rights_text"].rpartition(". ")[2] not in page
        assert 'name="kind"' not in shop.get("/rights/shop?place=DE").text
        shop.service.context.clock = lambda: time.time() + 10
        assert ask(shop, place="US-CA", kind="opt_out_sale", proof="mail", mail=ADDRESS).status_code == 303
        refused = ask(shop, place="US-CA", kind="access", proof="mail", mail=ADDRESS)
        assert (refused.status_code, len(register(shop))) == (422, 1)
    finally:
        shop.service.close()


@pytest.mark.parametrize(
    ("typed", "status", "key"),
    [
        ({"details": "x" * 2001}, 422, "error_details"),
        ({"details": "x" * 100_000}, 413, "error_details"),
        ({"details": "\u00e9" * 2000}, 303, ""),
        ({"website": "https://spam.example"}, 422, "rights_trap"),
        ({"kind": "revenge"}, 422, "error_kind"),
        ({"kind": "opt_out_sale"}, 422, "error_kind"),
        ({"proof": "account"}, 422, "error_proof"),
        ({"proof": "mail", "mail": "nobody"}, 422, "error_mail"),
        ({"proof": "mail", "mail": "a@b.example\nBcc: c@d.example"}, 422, "error_mail"),
        ({"proof": "mail", "mail": f"{'a' * 60}@{'b' * 60}.{'c' * 60}.{'d' * 60}.{'e' * 60}"}, 422, "error_mail"),
        ({"account": "00ff"}, 303, ""),
        ({"stamp": "1.x"}, 422, "error_again"),
        ({"surprise": "1"}, 400, "error_again"),
    ],
)
def test_invalid_input_is_reported_beside_its_field_and_nothing_is_written(
    shop: Shop, typed: dict[str, str], status: int, key: str
) -> None:
    answer = ask(shop, grant(shop), **typed)
    assert answer.status_code == status
    assert not key or request_texts("en")[key].replace("{count}", "2000") in html.unescape(answer.text)
    assert len(register(shop)) == (status == 303)


def test_a_form_submitted_immediately_is_treated_as_automated(shop: Shop) -> None:
    cookie = grant(shop)
    fields = fields_of(shop.get("/rights/shop?place=DE", Cookie=cookie)) | {"kind": "access", "proof": "browser"}
    answer = send(shop, fields, cookie)
    assert (answer.status_code, TEXTS["error_again"] in answer.text, register(shop)) == (422, True, [])
    # Submitted again by a person, the same form counts.
    clock = shop.service.context.clock
    shop.service.context.clock = lambda: clock() + 3
    assert send(shop, fields_of(answer) | {"kind": "access", "proof": "browser"}, cookie).status_code == 303


def test_rate_limits_the_forms_of_a_network_per_minute(tmp_path: Path) -> None:
    shop = open_shop(tmp_path, write_limit=600)
    try:
        switch_on(shop)
        shop.service.context.clock = lambda: time.time() + 10
        typed = {"place": "US-CA", "kind": "opt_out_sale", "proof": "mail", "mail": ADDRESS}
        statuses = [ask(shop, **typed).status_code for _ in range(25)]
        assert statuses[0] == 303
        assert statuses[-1] == 429
    finally:
        shop.service.close()


def test_limits_the_requests_of_one_network_per_day(tmp_path: Path) -> None:
    shop = open_shop(tmp_path, write_limit=600)
    try:
        switch_on(shop)
        shop.service.context.clock = lambda: time.time() + 10
        shop.service.context.buffers.request_limit = WriteLimit(None)  # as if minutes had passed between them
        typed = {"place": "US-CA", "kind": "opt_out_sale", "proof": "mail", "mail": ADDRESS}
        statuses = [ask(shop, **typed).status_code for _ in range(MAX_REQUESTS_OF_DAY + 5)]
        assert statuses == [303] * MAX_REQUESTS_OF_DAY + [429] * 5
    finally:
        shop.service.close()


def test_a_signed_in_visitor_is_verified_by_the_token_of_the_site(shop: Shop) -> None:
    _, opened = open_signed_in(shop, "DE")
    assert TEXTS["proof_account"] in opened.text
    assert 'method="get"' not in opened.text
    clock = shop.service.context.clock
    shop.service.context.clock = time.time
    for place, kind in (("US-CA", "disclosure"), ("DE", "access")):
        show = {"account": fields_of(opened)["account"], "act": "show", "place": place, "language": "en"}
        opened = send(shop, show)
        assert (opened.status_code, TEXTS["proof_account"] in opened.text) == (200, True)
        assert f'name="kind" value="{kind}"' in opened.text
    assert TEXTS["proof_account"] not in send(shop, show | {"account": "00ff"}).text
    shop.service.context.clock = clock
    # Browsers leave cookies out of a form sent from another site (SameSite=Lax), and send them with the next one.
    cookie = grant(shop)
    fields = fields_of(opened) | {"act": "send"}
    assert send(shop, fields | {"kind": "access", "proof": "account", "account": ""}).status_code == 422
    assert send(shop, fields | {"kind": "access", "proof": "account"}, cookie).status_code == 303
    facts = shop.service.context.privacy.visitors.open(row_of(shop, register(shop)[0].id))
    found = shop.service.context.privacy.subjects.by_number(shop.site_id, "shop", facts["account"])
    assert found
    assert found[1].account.entries
    assert len(facts["sub"]) == 43
    deleted = send(shop, fields | {"act": "delete_account"})
    assert TEXTS["account_deleted"] in deleted.text
    assert shop.service.context.privacy.subjects.by_number(shop.site_id, "shop", facts["account"]) is None


def test_an_expired_or_invalid_token_gets_the_page_without_the_account(shop: Shop) -> None:
    key, _ = open_signed_in(shop, "DE")
    now = int(time.time())
    for subject in (make_token(key)[:-2] + "AA", make_token(key, iat=now - 4000, exp=now - 3700), "x" * 5000):
        answer = send(shop, {"subject": subject})
        assert (answer.status_code, answer.mimetype) == (403, "text/html")
        assert TEXTS["error_account"] in answer.text
        assert fields_of(answer)["account"] == ""


def test_a_visitor_cancels_a_request_and_an_unknown_link_is_not_found(shop: Shop) -> None:
    answer = ask(shop, grant(shop))
    key = key_in(answer.headers["Location"])
    done = shop.client.post("/rights/shop/state", data={"key": key})
    assert TEXTS["state_taken_back"] in done.text
    assert register(shop)[0].outcome == "taken_back"
    assert shop.client.post("/rights/shop/state", data={"key": key}).status_code == 200
    for wrong in ("", "x", key[:-1], "0" * 5000):
        assert shop.get(f"/rights/shop/state?key={wrong[:2000]}").status_code == 404
        assert shop.client.post("/rights/shop/state", data={"key": wrong}).status_code == 404
    shop.edit(lambda draft: draft["overrides"].update(visitor_requests=False))
    shop.publish()
    assert shop.get("/rights/shop").status_code == 404
    assert TEXTS["state_taken_back"] in shop.get(f"/rights/shop/state?key={key}").text


def test_the_form_uses_the_visitors_language(shop: Shop) -> None:
    shop.edit(lambda draft: draft["texts"].update(languages={"en": {}, "ar": {}}, confirmed=["ar"]))
    shop.publish()
    page = shop.get("/rights/shop?place=FR", Accept_Language="ar").text
    assert '<html lang="ar" dir="rtl">' in page
    assert request_texts("ar")["kind_erasure"] in page
