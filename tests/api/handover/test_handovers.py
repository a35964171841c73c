"""Choices that a link carries between two domains of a controller: grants work once, refusals always, without names."""

import threading
import time

import pytest
from sqlalchemy import text

from consent.core.choice import parse_choice
from consent.signing.handover_code import Code, is_authentic, make_code, parse_code
from consent.sites.draft import DraftError
from consent.storage.receipts import receipts as store
from consent.verify import check_second_schema
from tests.api.shop import claims_of
from tests.handovers import BRAND, SHOP, Browser, add_brand, publish_site, share

pytestmark = [pytest.mark.app, pytest.mark.extended]

ALL = ["chat", "ga", "ads"]


@pytest.fixture
def brands(shop):
    """Make two sites on unrelated domains share choices."""
    add_brand(shop)
    publish_site(shop, "brand-b", share("shop"))
    publish_site(shop, "shop", share("brand-b"))
    return shop


def error(answer):
    return answer.status_code, answer.json["error"]["code"]


def receipts_of(shop, key):
    with shop.service.context.engine.connect() as connection:
        query = text("SELECT r.id FROM receipt r JOIN site s ON s.id = r.site_id WHERE s.key = :key")
        return [store.get(connection, one) for one in connection.execute(query, {"key": key}).scalars()]


def used(shop):
    with shop.service.context.engine.connect() as connection:
        return connection.execute(text("SELECT nonce_hash, expires_at FROM handover_used")).all()


def test_a_grant_goes_along_once_and_leaves_a_receipt_that_says_how_it_came(brands):
    browser = Browser(brands)
    browser.choose(SHOP, granted=True)
    code = browser.code()
    assert code.startswith("h1.www%2Eexample%2Ecom.brand-b%2Eexample.")
    assert len(code) <= 1400
    answer = browser.arrive(code)
    assert (answer.status_code, answer.json["applied"], answer.json["from"]) == (200, True, SHOP)
    assert browser.runs(BRAND) == ALL
    assert "consent_brand-b_id" not in browser.cookies[BRAND]
    (receipt,) = receipts_of(brands, "brand-b")
    with brands.service.context.engine.connect() as connection:
        personal = store.personal(connection, receipt.id).body
    assert '"visitor":null' in personal
    claims = claims_of(brands, type("Answer", (), {"data": f'{{"receipt": "{receipt.jws}"}}'}))
    check_second_schema({**claims, "what": "it"}, "it")
    assert (claims["schema"], claims["method"], claims["carried"]) == (
        "consent-receipt/2",
        "handover",
        browser.cookies[SHOP]["consent_shop"],
    )
    assert claims["effective"] == {"functional": True, "analytics": True, "advertising": True}
    assert [claims[name] for name in ("text", "config", "variant", "layer", "language")] == [None] * 5
    assert "scope" not in claims
    # Anyone else who gets hold of the link gains nothing from it.
    other = Browser(brands)
    again = other.arrive(code)
    assert (again.status_code, again.json["applied"], other.runs(BRAND)) == (200, False, [])
    assert len(receipts_of(brands, "brand-b")) == 1


def test_the_code_of_a_refusal_is_identical_for_everyone_and_reusable(brands, monkeypatch):
    first, second = Browser(brands), Browser(brands)
    now = brands.service.context.clock
    brands.service.context.clock = lambda: 60 * (int(now()) // 60) + 7
    first.choose(SHOP, granted=False)
    before = first.code()
    brands.service.context.clock = lambda: 60 * (int(now()) // 60) + 51
    second.choose(SHOP, functional=False, analytics=False, advertising=False)
    assert second.code() == before
    read = parse_code(before)
    assert (read.nonce, read.choice.split(".")[1]) == ("", "0")
    for browser in (first, second, Browser(brands)):
        assert browser.arrive(before, referrer="").json["applied"] is True
        assert browser.runs(BRAND) == []
        came = parse_choice(browser.cookies[BRAND]["consent_brand-b"])
        assert (set(came.groups.values()), came.day) == ({False}, int(now()) // 86400)
    assert receipts_of(brands, "brand-b") == []
    assert used(brands) == []


def test_a_grant_needs_the_referrer_and_a_refusal_beside_it_does_not(brands):
    browser = Browser(brands)
    browser.choose(SHOP, functional=True, analytics=False, advertising=True)
    for referrer in ("", "evil.example", BRAND):
        visitor = Browser(brands)
        answer = visitor.arrive(browser.code(), referrer=referrer)
        assert parse_choice(answer.json["choice"]).groups == {
            "functional": None,
            "analytics": False,
            "advertising": None,
        }
        assert visitor.runs(BRAND) == []
    assert used(brands) == []


def test_a_third_party_cannot_redirect_a_visitor_with_a_code_of_their_own(brands):
    """A link on the first site to a stranger's redirect can carry any code and keeps the site's referrer."""
    stranger = Browser(brands, address="198.51.100.7")
    said = f"v1.{int(time.time()) // 86400}.eu_opt_in.0.1{'0' * 8}-{'0' * 8}-{'0' * 8}."
    stranger.choose(SHOP, granted=True)
    assert stranger.code(choice=said)
    visitor = Browser(brands, address="203.0.113.9")
    answer = visitor.arrive(stranger.code())
    assert (answer.status_code, answer.json["applied"], visitor.runs(BRAND)) == (200, False, [])
    assert (receipts_of(brands, "brand-b"), used(brands)) == ([], [])
    stranger.choose(SHOP, granted=False)
    assert visitor.arrive(stranger.code()).json["applied"] is True


def test_keeps_a_refusal_here_and_imports_a_refusal_from_there(brands):
    browser = Browser(brands)
    browser.choose(BRAND, granted=False)
    browser.choose(SHOP, granted=True)
    kept = browser.cookies[BRAND]["consent_brand-b"]
    assert browser.arrive(browser.code()).json["applied"] is False
    assert (browser.runs(BRAND), browser.cookies[BRAND]["consent_brand-b"]) == ([], kept)
    browser.choose(BRAND, granted=True)
    browser.choose(SHOP, granted=False)
    assert browser.arrive(browser.code()).json["applied"] is True
    assert browser.runs(BRAND) == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda text: text[:-1] + ("A" if text[-1] != "A" else "B"), "bad_handover"),
        (lambda text: text.replace("h1.", "h2.", 1), "bad_handover"),
        (lambda text: text + ".x", "bad_handover"),
        (lambda text: "h1." + "é" * 9, "bad_handover"),
        (lambda text: text.replace("brand-b", "brand-c"), "bad_handover"),
        (lambda text: "....", "bad_handover"),
    ],
)
def test_a_forged_or_damaged_code_changes_nothing(brands, change, code):
    browser = Browser(brands)
    browser.choose(SHOP, granted=True)
    answer = browser.arrive(change(browser.code()))
    assert error(answer) == (403, code)
    assert browser.cookies[BRAND] == {}
    assert used(brands) == []


def test_a_code_is_bound_to_its_site_pair_its_expiry_and_the_current_group(brands):
    browser = Browser(brands)
    browser.choose(SHOP, granted=True)
    code = browser.code()
    # In the other direction, or for another host of a group that the key doesn't cover.
    assert error(browser.arrive(code, target=SHOP)) == (403, "bad_handover")
    secret, read = brands.service.context.keys.secret, parse_code(code)
    assert is_authentic(secret, "brand-b,shop", code)
    assert error(browser.arrive(make_code(secret, "brand-c,shop", read))) == (403, "bad_handover")
    own = make_code(secret, "brand-b", Code(BRAND, BRAND, read.expires, read.nonce, read.choice))
    assert error(browser.arrive(own, referrer=BRAND)) == (403, "bad_handover")
    now = brands.service.context.clock
    brands.service.context.clock = lambda: now() + 121
    assert error(browser.arrive(code)) == (403, "handover_expired")
    brands.service.context.clock = now
    publish_site(brands, "shop", lambda draft: draft["overrides"].pop("handover"))
    assert error(browser.arrive(code)) == (403, "bad_handover")
    assert error(browser.post(SHOP, "handovers", {"to": BRAND})) == (403, "not_in_group")
    assert browser.cookies[BRAND] == {}


def test_does_not_share_choices_when_only_one_site_lists_the_other(shop):
    add_brand(shop)
    publish_site(shop, "brand-b")
    publish_site(shop, "shop", share("brand-b"))
    browser = Browser(shop)
    browser.choose(SHOP, granted=True)
    assert error(browser.post(SHOP, "handovers", {"to": BRAND})) == (403, "not_in_group")
    assert error(browser.post(SHOP, "handovers", {"to": SHOP})) == (403, "not_in_group")


def test_sites_of_two_controllers_cannot_be_published_as_one(shop):
    add_brand(shop)
    publish_site(shop, "brand-b", lambda draft: draft["controller"].update(name="Another Ltd"))
    with pytest.raises(DraftError) as refused:
        publish_site(shop, "shop", share("brand-b", "not-there"))
    assert list(refused.value.fields) == ["overrides.handover"]
    assert "brand-b has another controller" in refused.value.fields["overrides.handover"]


def test_without_the_owners_word_grants_stay_at_home_where_a_choice_needs_an_opt_in(brands):
    publish_site(brands, "shop", share("brand-b", named=False))
    for place, carried in (("FR", []), ("US-CO", ALL)):
        browser = Browser(brands, place=place)
        browser.choose(SHOP, granted=True)
        code = browser.code()
        assert (code is None) == (place == "FR")
        if code:
            browser.choose(BRAND, granted=None, functional=True)
            browser.arrive(code)
            assert browser.runs(BRAND) == carried
    refuses = Browser(brands)
    refuses.choose(SHOP, granted=False)
    assert refuses.arrive(refuses.code()).json["applied"] is True


def test_a_group_that_does_more_here_stays_open_and_one_that_does_less_is_granted(shop):
    def more(draft):
        (ga,) = [tag for tag in draft["tags"] if tag["id"] == "ga"]
        ga["purposes"] = ["visitor_statistics", "session_replay"]
        draft["tags"] = [tag for tag in draft["tags"] if tag["id"] != "ads"]
        draft["tags"].append(next(tag for tag in draft["tags"] if tag["id"] == "chat") | {"id": "chat-two"})

        share("shop")(draft)

    add_brand(shop)
    publish_site(shop, "brand-b", more)
    publish_site(shop, "shop", share("brand-b"))
    browser = Browser(shop)
    browser.choose(SHOP, granted=True)
    came = parse_choice(browser.arrive(browser.code()).json["choice"])
    assert came.groups == {"functional": True, "analytics": None, "advertising": True}
    assert browser.runs(BRAND) == ["chat", "chat-two"]


def test_applies_gpc_as_usual_to_a_choice_that_was_handed_over(brands):
    california = Browser(brands, place="US-CA")
    california.choose(SHOP, granted=True)
    code = california.code()
    california.gpc = True
    california.arrive(code)
    assert "ads" not in california.runs(BRAND)
    (receipt,) = receipts_of(brands, "brand-b") or [None]
    assert receipt is None or receipt.advertising is False


def test_of_simultaneous_uses_one_grants(any_shop):
    add_brand(any_shop)
    publish_site(any_shop, "brand-b", share("shop"))
    publish_site(any_shop, "shop", share("brand-b"))
    browser = Browser(any_shop)
    browser.choose(SHOP, granted=True)
    code = browser.code()
    others = [Browser(any_shop) for _ in range(4)]
    threads = [threading.Thread(target=other.arrive, args=(code,)) for other in others]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(len(other.runs(BRAND)) for other in others) == [0, 0, 0, 3]
    assert len(receipts_of(any_shop, "brand-b")) == 1
    any_shop.service.context.privacy.subjects._clock = lambda: time.time() + 200
    assert any_shop.service.context.privacy.subjects.prune() == 1


def test_two_domains_of_one_site_share_a_choice(shop):
    publish_site(
        shop,
        "shop",
        lambda draft: (
            draft.update(hosts=[f"https://{SHOP}", f"https://{BRAND}"])
            or draft["overrides"].update(handover={"sites": [], "named": True})
        ),
    )
    browser = Browser(shop)
    browser.choose(SHOP, granted=True)
    code = browser.code()
    body = {"code": code, "referrer": SHOP}
    answer = shop.client.post(
        "/api/v1/sites/shop/handovers/redeem?country=FR",
        json=body,
        headers={"Origin": f"https://{BRAND}", "Host": BRAND, "Authorization": shop.token("decide")},
        environ_base={"REMOTE_ADDR": browser.address},
    )
    assert (answer.status_code, answer.json["applied"]) == (200, True)


def test_the_page_reports_its_choice_when_no_cookie_reaches_the_service(brands):
    browser = Browser(brands)
    browser.choose(SHOP, granted=True)
    held = browser.cookies[SHOP].pop("consent_shop")
    assert browser.code() is None
    code = browser.code(choice=held)
    answer = browser.arrive(code, choice="v1.20000.eu_opt_in.0.000000000-00000000-00000000.")
    assert parse_choice(answer.json["choice"]).groups == {"functional": False, "analytics": True, "advertising": True}
    assert error(browser.post(SHOP, "handovers", {"to": BRAND, "choice": "x" * 2000})) == (400, "invalid_field")
