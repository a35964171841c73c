"""POST receipts: each choice is recorded once, signed and split, and nothing else is written."""

import json
import threading
from datetime import UTC, datetime

import pytest

from consent.api.http.caches import Caches
from consent.signing.receipt_claims import personal_digest
from consent.storage.receipts import receipts as store
from tests.api.shop import claims_of, cookies_of

pytestmark = pytest.mark.app


def test_a_choice_becomes_a_signed_receipt_that_says_what_was_shown_and_chosen(any_shop):
    body = any_shop.choice()
    answer = any_shop.choose(body)
    assert answer.status_code == 201
    claims = claims_of(any_shop, answer)
    assert claims["id"] == answer.json["id"]
    assert claims["config"] == body["config"]
    assert claims["requested"] == claims["effective"] == body["choices"]
    assert claims["action"] == "accept_all"
    assert claims["regime"] == "fallback"
    assert claims["place"] == {"country": None, "subdivision": None, "source": "unknown"}
    assert claims["origin_checked"] is True
    assert claims["delayed"] is False
    assert claims["text"].startswith("sha256:")
    assert answer.json["decision"]["allowed_tags"] == ["session", "chat", "ga", "ads"]
    assert "token" not in answer.json["decision"]


def test_the_claims_are_exactly_those_of_the_contract(shop):
    wanted = (
        "schema id site time action method requested effective vendors config text language variant layer regime"
        " rules_version place place_at_write delayed signals conflict_shown origin_checked expires pd"
    )
    assert set(claims_of(shop, shop.choose(shop.choice()))) == set(wanted.split())


KINDS = {
    "as most": {},
    "with GPC": {"Sec_GPC": "1"},
    "with DNT": {"DNT": "1"},
    "another language": {"Accept_Language": "de"},
    "another agent": {"User_Agent": "Mozilla/5.0 (iPhone; Mobile) Safari/605"},
    "no agent": {"User_Agent": ""},
    "no origin": {"origin": None},
    "a cookie that says less": {"Cookie": "consent_shop=v1.20000.fallback.0.000000000000000000000000000."},
    "late": {"chosen_at": "2026-01-02T03:04:05.678Z"},
    "no time": {"chosen_at": None},
    "a refusal": {"action": "reject_all"},
    "an age": {"age_band": "under13"},
    "told of signals": {"conflict_shown": True, "Sec_GPC": "1"},
}
OWN = {"id", "time", "pd"}


def test_what_is_shared_by_those_who_choose_the_same_changes_no_receipt(shop):
    """Each kind is sent once with empty caches and once after all the others."""
    facts = {"chosen_at", "action", "age_band", "conflict_shown"}

    def said(number, kind):
        given = {name: value for name, value in kind.items() if name in facts}
        sent = {name: value for name, value in kind.items() if name not in facts}
        action = given.pop("action", "accept_all")
        at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        body = shop.choice(action, granted=action != "reject_all", key=f"{number:032x}", **{"chosen_at": at} | given)
        answer = shop.choose(body, Host="www.example.com", **sent)
        assert answer.status_code == 201
        claims = {name: value for name, value in claims_of(shop, answer).items() if name not in OWN}
        with shop.service.context.engine.connect() as connection:
            kept = store.personal(connection, answer.json["id"])
        browser = json.loads(kept.body)["browser"]
        cookies = {name: value for name, value in cookies_of(answer).items() if not name.endswith("_id")}
        return claims, browser, cookies, answer.json["decision"], answer.json["linked"]

    alone = []
    for number, kind in enumerate(KINDS.values()):
        shop.service.context.caches.choices = Caches().choices
        alone.append(said(number, kind))
    for number, kind in enumerate(KINDS.values(), 1000):
        said(number, kind)
    among = [said(number, kind) for number, kind in enumerate(KINDS.values(), 2000)]
    assert among == alone
    assert len({json.dumps(claims, sort_keys=True) for claims, *_ in alone}) > len(KINDS) / 2


def test_the_personal_part_is_bound_by_its_digest_and_has_no_address_or_user_agent(any_shop):
    agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    answer = any_shop.choose(any_shop.choice(), User_Agent=agent)
    with any_shop.service.context.engine.connect() as connection:
        kept = store.personal(connection, answer.json["id"])
    personal = json.loads(kept.body)
    assert personal_digest(kept.salt, personal) == claims_of(any_shop, answer)["pd"]
    assert set(personal) == {"visitor", "previous", "browser", "page_group", "chosen_at"}
    assert personal["browser"] == "Firefox"


def test_the_same_key_and_body_return_the_same_receipt(any_shop):
    body = any_shop.choice()
    first, again = any_shop.choose(body), any_shop.choose(json.dumps(body, indent=2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert (first.json["id"], first.json["receipt"]) == (again.json["id"], again.json["receipt"])
    assert any_shop.receipts() == 1


def test_the_same_key_with_another_body_is_a_conflict(any_shop):
    any_shop.choose(any_shop.choice())
    answer = any_shop.choose(any_shop.choice("reject_all", granted=False))
    assert answer.status_code == 409
    assert answer.json["error"]["code"] == "key_reused"
    assert any_shop.receipts() == 1


def test_twenty_equal_posts_at_once_make_one_receipt(any_shop):
    body, ids = any_shop.choice(), []
    threads = [threading.Thread(target=lambda: ids.append(any_shop.choose(body).json["id"])) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ids) == 20
    assert len(set(ids)) == 1
    assert any_shop.receipts() == 1


def test_a_beacon_sends_the_same_json_as_plain_text(shop):
    assert shop.choose(shop.choice(), Content_Type="text/plain;charset=UTF-8").status_code == 201


def test_a_choice_dated_years_ahead_is_accepted_and_not_marked_as_delayed(shop):
    answer = shop.choose(shop.choice(chosen_at="2030-01-01T00:00:00Z"), Host="www.example.com")
    assert answer.status_code == 201
    assert claims_of(shop, answer)["delayed"] is False


def test_a_child_cannot_grant_anything(shop):
    answer = shop.choose(shop.choice(age_band="under13"))
    claims = claims_of(shop, answer)
    assert claims["requested"] == dict.fromkeys(("functional", "analytics", "advertising"), True)
    assert claims["effective"] == dict.fromkeys(("functional", "analytics", "advertising"), False)


def test_an_age_in_years_decides_and_is_not_kept(shop):
    shown = shop.decision("?country=FR&age=15&view=banner", Authorization=shop.token("decide")).json
    assert (shown["signals"]["age_band"], shown["signals"]["age"]) == ("13_15", 15)
    fields = shop.choice(age_band="15", token=shown["token"])
    answer = shop.choose(fields)
    claims = claims_of(shop, answer)
    assert claims["signals"] == {"gpc": False, "dnt": False, "age_band": "13_15", "exact_age": True}
    assert claims["effective"] == dict.fromkeys(("functional", "analytics", "advertising"), True)
    # The same choice from a page that knows only the age band is a repeat.
    again = shop.choose(fields | {"age_band": "13_15"})
    assert (again.status_code, again.json["receipt"]) == (200, answer.json["receipt"])
    assert "exact_age" not in claims_of(shop, shop.choose(shop.choice(key="a" * 32)))["signals"]


def test_a_childs_cookie_grants_nothing_on_a_page_that_does_not_know_the_age(shop):
    body = shop.choice(age_band="under13") | {"vendors": {"ga": True, "ads": True}}
    cookie = cookies_of(shop.choose(body, Host="www.example.com"))["consent_shop"].partition(";")[0]
    answer = shop.decision("", Cookie=f"consent_shop={cookie}").json
    assert cookie.rpartition(".")[2] == ""
    assert [name for name, group in answer["groups"].items() if group["granted"]] == ["essential"]


def test_a_withdrawal_refuses_something(shop):
    answer = shop.choose(shop.choice("withdraw"))
    assert answer.status_code == 400
    assert answer.json["error"]["fields"] == {"choices": ["withdraw must refuse something."]}


def test_a_grant_made_without_a_gpc_notice_does_not_cover_advertising(shop):
    untold = claims_of(shop, shop.choose(shop.choice(), Sec_GPC="1"))
    assert untold["effective"] == {"functional": True, "analytics": True, "advertising": False}
    told = claims_of(shop, shop.choose(shop.choice(key="a" * 32, conflict_shown=True), Sec_GPC="1"))
    assert told["effective"]["advertising"] is True
    assert told["conflict_shown"] is True


def test_records_gpc_without_a_click_and_without_an_id(shop):
    body = shop.choice("opt_out", method="gpc") | {"choices": {"advertising": False}}
    answer = shop.choose(body, Host="www.example.com", Sec_GPC="1")
    assert answer.status_code == 201
    assert "consent_shop_id" not in cookies_of(answer)
    assert claims_of(shop, answer)["requested"] == {"functional": None, "analytics": None, "advertising": False}


def test_a_choice_for_one_vendor_leaves_the_groups_open(shop):
    body = shop.choice("save") | {"choices": {}, "vendors": {"ga": True}}
    answer = shop.choose(body, Host="www.example.com")
    assert answer.json["decision"]["allowed_tags"] == ["session", "ga"]
    assert cookies_of(answer)["consent_shop"].partition(";")[0].endswith(".ga:1")


def test_returns_503_with_retry_after_when_the_database_is_unavailable(shop):
    body, token = shop.choice(), shop.token("receipts:read")
    with shop.service.context.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE receipt RENAME TO receipt_away")
    for answer in (
        shop.get("/api/v1/sites/shop/receipts", Authorization=token),
        shop.get(f"/api/v1/receipts/{'0' * 32}"),
        shop.choose(body),
    ):
        assert (answer.status_code, answer.json["error"]["code"]) == (503, "unavailable")
        assert answer.headers["Retry-After"]


def test_a_choice_by_the_pages_own_script_is_kept(shop):
    assert claims_of(shop, shop.choose(shop.choice("save", method="api")))["method"] == "api"


def test_a_choice_under_an_earlier_config_is_kept_under_it(shop):
    body = shop.choice()
    shop.edit(lambda draft: draft["tags"].pop())
    newer = shop.publish()
    answer = shop.choose(body)
    assert answer.status_code == 201
    assert claims_of(shop, answer)["config"] == body["config"] != newer.name
