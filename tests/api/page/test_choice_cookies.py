"""POST receipts: the cookies set in the browser, and which of two choices they keep."""

from datetime import UTC, datetime

import pytest

from consent.storage.receipts import receipts as store
from tests.api.shop import claims_of, cookies_of, open_shop

pytestmark = pytest.mark.app


def test_a_first_refusal_gets_no_id(shop):
    answer = shop.choose(shop.choice("reject_all", granted=False), Host="www.example.com")
    cookies = cookies_of(answer)
    assert set(cookies) == {"consent_shop"}
    assert cookies["consent_shop"].startswith("v1.")
    assert "; Path=/; Max-Age=34560000; SameSite=Lax" in cookies["consent_shop"]
    with shop.service.context.engine.connect() as connection:
        assert store.personal(connection, answer.json["id"]).visitor is None


def test_a_grant_gets_a_secret_id_that_links_what_follows(shop):
    first = shop.choose(shop.choice(), Host="www.example.com")
    cookie = cookies_of(first)["consent_shop_id"]
    assert cookie.endswith("; HttpOnly")
    secret = cookie.partition(";")[0]
    again = shop.choose(
        shop.choice("withdraw", granted=False, key="f" * 32), Host="www.example.com", Cookie=f"consent_shop_id={secret}"
    )
    with shop.service.context.engine.connect() as connection:
        before, after = (store.personal(connection, answer.json["id"]) for answer in (first, again))
    assert before.visitor == after.visitor
    assert secret not in before.visitor
    assert after.previous == first.json["id"]
    # A withdrawal is linked to what it withdraws, and then the id is deleted.
    assert cookies_of(again)["consent_shop_id"].startswith("; Path=/; Max-Age=0")


def test_a_visitor_who_asks_to_keep_proof_keeps_the_id_after_a_refusal(shop):
    answer = shop.choose(shop.choice("reject_all", granted=False, keep_proof=True), Host="www.example.com")
    assert "consent_shop_id" in cookies_of(answer)


def test_a_service_on_a_foreign_domain_sets_no_cookie_and_knows_no_visitor(shop):
    answer = shop.choose(shop.choice(), Host="consent.other.example")
    assert answer.status_code == 201
    assert cookies_of(answer) == {}
    with shop.service.context.engine.connect() as connection:
        assert store.personal(connection, answer.json["id"]).visitor is None


def test_a_parent_domain_as_scope_is_set_where_service_and_page_share_it(shop):
    shop.edit(lambda draft: draft["overrides"].update(cookie_scope="example.com"))
    shop.publish()
    answer = shop.choose(shop.choice(), Host="consent.example.com")
    assert "; Domain=example.com" in cookies_of(answer)["consent_shop"]


def test_cookies_are_secure_where_the_service_is_reached_by_https(tmp_path):
    shop = open_shop(tmp_path, base_url="https://consent.example.com")
    cookies = cookies_of(shop.choose(shop.choice(), Host="www.example.com"))
    assert all("; Secure" in cookie for cookie in cookies.values())
    shop.service.close()


def test_a_proxied_path_is_the_sites_own_host_by_what_the_browser_says(shop):
    answer = shop.choose(shop.choice(), Host="127.0.0.1:8000", Sec_Fetch_Site="same-origin")
    assert set(cookies_of(answer)) == {"consent_shop", "consent_shop_id"}


def test_the_cookie_that_the_page_has_set_stays_with_its_day(shop):
    value = cookies_of(shop.choose(shop.choice(), Host="www.example.com"))["consent_shop"].partition(";")[0]
    earlier = ".".join(["v1", str(int(value.split(".")[1]) - 9), *value.split(".")[2:]])
    answer = shop.choose(shop.choice(key="e" * 32), Host="www.example.com", Cookie=f"consent_shop={earlier}")
    assert cookies_of(answer)["consent_shop"].partition(";")[0] == earlier


def now():
    return {"chosen_at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")}


def held(answer):
    """Return the response's consent cookie as a browser sends it."""
    return "consent_shop=" + cookies_of(answer)["consent_shop"].partition(";")[0]


@pytest.mark.parametrize("is_from_page", [True, False])
def test_a_partial_choice_leaves_the_rest_unchanged(shop, is_from_page):
    facts = now() if is_from_page else {}
    first = shop.choose(shop.choice("reject_all", granted=False, **now()), Host="www.example.com")
    body = shop.choice("save", key="d" * 32, **facts) | {"choices": {}, "vendors": {"ga": True}}
    # A page writes the whole choice into its cookie before it posts; a program writes nothing.
    before = held(first) + ("ga:1" if is_from_page else "")
    one = shop.choose(body, Host="www.example.com", Cookie=before)
    assert held(one) == held(first) + "ga:1"
    assert one.json["decision"]["allowed_tags"] == ["session", "ga"]
    assert one.json["decision"]["show"] == "none"
    secret = cookies_of(one)["consent_shop_id"].partition(";")[0]
    body = shop.choice("withdraw", key="e" * 32, **facts) | {"choices": {"functional": False}}
    two = shop.choose(body, Host="www.example.com", Cookie=f"{held(one)}; consent_shop_id={secret}")
    assert held(two) == held(one)
    assert claims_of(shop, two)["requested"] == {"functional": False, "analytics": None, "advertising": None}
    # The vendor's remaining grant can still be withdrawn and found by the id.
    assert two.json["linked"] is True
    assert cookies_of(two)["consent_shop_id"].partition(";")[0] == secret
    body = shop.choice("withdraw", key="f" * 32) | {"choices": {}, "vendors": {"ga": False}}
    last = shop.choose(body, Host="www.example.com", Cookie=f"{held(two)}; consent_shop_id={secret}")
    assert held(last) == held(first) + "ga:0"
    assert cookies_of(last)["consent_shop_id"].startswith("; Path=/; Max-Age=0")


def test_a_part_that_makes_a_choice_too_long_for_a_cookie_changes_nothing_in_it(shop):
    ids = [f"vendor-{'x' * 50}-{number}" for number in range(20)]
    shop.edit(lambda draft: draft["vendors"].extend(draft["vendors"][0] | {"id": one} for one in ids))
    shop.publish()
    first = shop.choose(
        shop.choice("save") | {"choices": {}, "vendors": dict.fromkeys(ids[:14], True)}, Host="www.example.com"
    )
    body = shop.choice("save", key="d" * 32) | {"choices": {}, "vendors": dict.fromkeys(ids[14:], True)}
    answer = shop.choose(body, Host="www.example.com", Cookie=held(first))
    assert answer.status_code == 201
    assert "consent_shop" not in cookies_of(answer)


def test_a_late_choice_is_flagged_and_does_not_override_a_newer_one(shop):
    rejected = cookies_of(shop.choose(shop.choice("reject_all", granted=False), Host="www.example.com"))["consent_shop"]
    late = shop.choice(key="d" * 32, chosen_at="2026-11-20T10:00:00Z")
    answer = shop.choose(late, Host="www.example.com", Cookie=f"consent_shop={rejected.partition(';')[0]}")
    assert claims_of(shop, answer)["delayed"] is True
    assert "consent_shop" not in cookies_of(answer)
    assert answer.json["decision"]["allowed_tags"] == ["session"]


@pytest.mark.parametrize("is_from_page", [True, False])
def test_a_grant_that_arrives_after_its_withdrawal_is_ignored_if_it_comes_from_a_page(shop, is_from_page):
    withdrawn = cookies_of(shop.choose(shop.choice("withdraw", granted=False), Host="www.example.com"))["consent_shop"]
    # Only pages set their cookie before posting; a program's choice counts as made now.
    facts = {"chosen_at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")} if is_from_page else {}
    answer = shop.choose(
        shop.choice(key="d" * 32, **facts), Host="www.example.com", Cookie=f"consent_shop={withdrawn.partition(';')[0]}"
    )
    assert claims_of(shop, answer)["action"] == "accept_all"
    assert ("consent_shop" in cookies_of(answer)) is not is_from_page
    assert ("consent_shop_id" in cookies_of(answer)) is not is_from_page
    assert answer.json["linked"] is not is_from_page


def test_a_refusal_applies_regardless_of_the_cookies_the_page_could_set(shop):
    accepted = cookies_of(shop.choose(shop.choice(), Host="www.example.com"))["consent_shop"].partition(";")[0]
    refused = shop.choice("reject_all", granted=False, key="d" * 32) | {
        "chosen_at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    }
    answer = shop.choose(refused, Host="www.example.com", Cookie=f"consent_shop={accepted}")
    assert cookies_of(answer)["consent_shop"].partition(";")[0] != accepted


def test_rejects_a_choice_too_large_for_a_cookie(shop):
    ids = [f"vendor-{'x' * 50}-{number}" for number in range(40)]

    def add(draft):
        draft["vendors"] += [draft["vendors"][0] | {"id": one} for one in ids]

    shop.edit(add)
    shop.publish()
    answer = shop.choose(shop.choice("save", vendors=dict.fromkeys(ids, True)))
    assert (answer.status_code, answer.json["error"]["code"]) == (400, "too_many_vendors")
    assert shop.receipts() == 0
