"""POST receipts: recorded once, signed, split, and nothing else is written."""

import json
import threading
from datetime import UTC, datetime

import pytest

from consent.api.choice_write import ROOM_BITS, id_behind
from consent.proof.personal import personal_digest
from consent.storage import log
from consent.storage import receipts as store
from consent.storage.filters import Filters
from consent.storage.receipts import Latest
from tests.api.conftest import claims_of, open_shop

pytestmark = pytest.mark.app
NOON = 1_796_126_400


def cookies_of(answer):
    return {c.split("=", 1)[0]: c.split("=", 1)[1] for c in answer.headers.getlist("Set-Cookie")}


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
    """Each kind is sent when nothing is kept, and among all others when all is."""
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
        with shop.service.public.engine.connect() as connection:
            kept = store.personal(connection, answer.json["id"])
        browser = json.loads(kept.body)["browser"]
        cookies = {name: value for name, value in cookies_of(answer).items() if not name.endswith("_id")}
        return claims, browser, cookies, answer.json["decision"], answer.json["linked"]

    alone = []
    for number, kind in enumerate(KINDS.values()):
        shop.service.public.choices = type(shop.service.public.choices)()
        alone.append(said(number, kind))
    for number, kind in enumerate(KINDS.values(), 1000):
        said(number, kind)
    among = [said(number, kind) for number, kind in enumerate(KINDS.values(), 2000)]
    assert among == alone
    assert len({json.dumps(claims, sort_keys=True) for claims, *_ in alone}) > len(KINDS) / 2


def test_the_personal_part_is_tied_to_the_receipt_by_its_digest_and_holds_no_address_and_no_agent(any_shop):
    agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    answer = any_shop.choose(any_shop.choice(), User_Agent=agent)
    with any_shop.service.public.engine.connect() as connection:
        kept = store.personal(connection, answer.json["id"])
    personal = json.loads(kept.body)
    assert personal_digest(kept.salt, personal) == claims_of(any_shop, answer)["pd"]
    assert set(personal) == {"visitor", "previous", "browser", "page_group", "chosen_at"}
    assert personal["browser"] == "Firefox"


def test_the_same_key_and_body_again_is_the_same_receipt(any_shop):
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


def test_a_first_refusal_gets_no_id(shop):
    answer = shop.choose(shop.choice("reject_all", granted=False), Host="www.example.com")
    cookies = cookies_of(answer)
    assert set(cookies) == {"consent_shop"}
    assert cookies["consent_shop"].startswith("v1.")
    assert "; Path=/; Max-Age=34560000; SameSite=Lax" in cookies["consent_shop"]
    with shop.service.public.engine.connect() as connection:
        assert store.personal(connection, answer.json["id"]).visitor is None


def test_a_grant_gets_a_secret_id_that_links_what_follows(shop):
    first = shop.choose(shop.choice(), Host="www.example.com")
    cookie = cookies_of(first)["consent_shop_id"]
    assert cookie.endswith("; HttpOnly")
    secret = cookie.partition(";")[0]
    again = shop.choose(
        shop.choice("withdraw", granted=False, key="f" * 32), Host="www.example.com", Cookie=f"consent_shop_id={secret}"
    )
    with shop.service.public.engine.connect() as connection:
        before, after = (store.personal(connection, answer.json["id"]) for answer in (first, again))
    assert before.visitor == after.visitor
    assert secret not in before.visitor
    assert after.previous == first.json["id"]
    # A withdrawal is linked to what it withdraws, and then the id is dropped.
    assert cookies_of(again)["consent_shop_id"].startswith("; Path=/; Max-Age=0")


def test_choices_of_one_second_stand_in_their_order_everywhere(shop, monkeypatch):
    monkeypatch.setattr(shop.service.public, "clock", lambda: NOON)
    made, secret = [], None
    for number in range(2):
        for action, granted in (("accept_all", True), ("reject_all", False)):
            cookie = {"Cookie": f"consent_shop_id={secret}"} if secret else {}
            body = shop.choice(action, granted=granted, key=f"{len(made):032x}", keep_proof=True)
            answer = shop.choose(body, Host="www.example.com", **cookie)
            assert answer.status_code == 201, number
            made.append(answer.json["id"])
            secret = secret or cookies_of(answer)["consent_shop_id"].partition(";")[0]
    with shop.service.public.engine.connect() as connection:
        listed = [one.id for one in store.search(connection, shop.site_id, Filters()).items]
        visitor = store.get(connection, made[0]).visitor
        timeline = [one.id for one in store.timeline(connection, shop.site_id, visitor)]
        previous = [store.personal(connection, one).previous for one in made]
        waiting = [one.id for one in log.next_receipts(connection, shop.site_id, 10)]
    assert previous == [None, *made[:-1]]
    assert listed[::-1] == timeline == waiting == made


def test_an_id_behind_another_is_above_it_and_as_random_as_any():
    before, drawn = Latest("f" + "0" * 31, NOON), b"\x0f" * 16
    behind = {id_behind(before, NOON, drawn) for _ in range(50)}
    assert len(behind) == 50
    assert {len(one) for one in behind} == {32}
    assert min(behind) > before.id
    last = {id_behind(Latest(f"{(1 << 128) - 1 - (1 << ROOM_BITS):032x}", NOON), NOON, drawn) for _ in range(50)}
    assert len(last) == 50
    assert min(last) >= f"{(1 << 128) - (1 << ROOM_BITS):032x}"


@pytest.mark.parametrize(
    "before",
    [
        None,
        pytest.param(Latest("f" * 32, NOON - 1), id="of another second"),
        pytest.param(Latest("0e" * 16, NOON), id="below it anyway"),
        pytest.param(Latest(f"{(1 << 128) - (1 << ROOM_BITS):032x}", NOON), id="with too little room behind it"),
    ],
)
def test_an_id_is_what_was_drawn_where_nothing_stands_in_front_of_it(before):
    assert id_behind(before, NOON, b"\x0f" * 16) == "0f" * 16


def test_who_asks_to_keep_proof_keeps_the_id_after_a_refusal(shop):
    answer = shop.choose(shop.choice("reject_all", granted=False, keep_proof=True), Host="www.example.com")
    assert "consent_shop_id" in cookies_of(answer)


def test_a_service_on_a_foreign_domain_sets_no_cookie_and_knows_no_visitor(shop):
    answer = shop.choose(shop.choice(), Host="consent.other.example")
    assert answer.status_code == 201
    assert cookies_of(answer) == {}
    with shop.service.public.engine.connect() as connection:
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
    """Return the answer's consent cookie as a browser sends it."""
    return "consent_shop=" + cookies_of(answer)["consent_shop"].partition(";")[0]


@pytest.mark.parametrize("is_from_page", [True, False])
def test_a_choice_of_a_part_leaves_the_rest_as_it_was(shop, is_from_page):
    facts = now() if is_from_page else {}
    first = shop.choose(shop.choice("reject_all", granted=False, **now()), Host="www.example.com")
    body = shop.choice("save", key="d" * 32, **facts) | {"choices": {}, "vendors": {"ga": True}}
    # The page has written the whole into its cookie before it posts; a program has written nothing.
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
    # What is granted still can be taken back, and is found, by the number.
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


def test_a_late_choice_is_said_to_be_late_and_does_not_undo_a_newer_one(shop):
    rejected = cookies_of(shop.choose(shop.choice("reject_all", granted=False), Host="www.example.com"))["consent_shop"]
    late = shop.choice(key="d" * 32, chosen_at="2026-11-20T10:00:00Z")
    answer = shop.choose(late, Host="www.example.com", Cookie=f"consent_shop={rejected.partition(';')[0]}")
    assert claims_of(shop, answer)["delayed"] is True
    assert "consent_shop" not in cookies_of(answer)
    assert answer.json["decision"]["allowed_tags"] == ["session"]


@pytest.mark.parametrize("is_from_page", [True, False])
def test_a_grant_that_arrives_after_its_withdrawal_does_not_come_back(shop, is_from_page):
    withdrawn = cookies_of(shop.choose(shop.choice("withdraw", granted=False), Host="www.example.com"))["consent_shop"]
    # Only the page sets its cookie before it posts; a program that posts a choice means it now.
    facts = {"chosen_at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")} if is_from_page else {}
    answer = shop.choose(
        shop.choice(key="d" * 32, **facts), Host="www.example.com", Cookie=f"consent_shop={withdrawn.partition(';')[0]}"
    )
    assert claims_of(shop, answer)["action"] == "accept_all"
    assert ("consent_shop" in cookies_of(answer)) is not is_from_page
    assert ("consent_shop_id" in cookies_of(answer)) is not is_from_page
    assert answer.json["linked"] is not is_from_page


def test_a_refusal_counts_whatever_the_page_could_set(shop):
    accepted = cookies_of(shop.choose(shop.choice(), Host="www.example.com"))["consent_shop"].partition(";")[0]
    refused = shop.choice("reject_all", granted=False, key="d" * 32) | {
        "chosen_at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    }
    answer = shop.choose(refused, Host="www.example.com", Cookie=f"consent_shop={accepted}")
    assert cookies_of(answer)["consent_shop"].partition(";")[0] != accepted


def test_a_clock_a_year_ahead_is_noted_and_changes_nothing(shop):
    answer = shop.choose(shop.choice(chosen_at="2030-01-01T00:00:00Z"), Host="www.example.com")
    assert answer.status_code == 201
    assert claims_of(shop, answer)["delayed"] is False


def test_a_child_cannot_grant_whatever_was_asked_for(shop):
    answer = shop.choose(shop.choice(age_band="under13"))
    claims = claims_of(shop, answer)
    assert claims["requested"] == dict.fromkeys(("functional", "analytics", "advertising"), True)
    assert claims["effective"] == dict.fromkeys(("functional", "analytics", "advertising"), False)


def test_a_grant_without_being_told_of_gpc_does_not_reach_advertising(shop):
    untold = claims_of(shop, shop.choose(shop.choice(), Sec_GPC="1"))
    assert untold["effective"] == {"functional": True, "analytics": True, "advertising": False}
    told = claims_of(shop, shop.choose(shop.choice(key="a" * 32, conflict_shown=True), Sec_GPC="1"))
    assert told["effective"]["advertising"] is True
    assert told["conflict_shown"] is True


def test_gpc_is_written_without_a_click_and_without_an_id(shop):
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


def test_a_choice_that_no_cookie_can_hold_is_refused(shop):
    ids = [f"vendor-{'x' * 50}-{number}" for number in range(40)]

    def add(draft):
        draft["vendors"] += [draft["vendors"][0] | {"id": one} for one in ids]

    shop.edit(add)
    shop.publish()
    answer = shop.choose(shop.choice("save", vendors=dict.fromkeys(ids, True)))
    assert (answer.status_code, answer.json["error"]["code"]) == (400, "too_many_vendors")
    assert shop.receipts() == 0


def test_a_database_that_is_away_is_said_and_is_no_fault_of_ours(shop):
    body, token = shop.choice(), shop.token("receipts:read")
    with shop.service.public.engine.begin() as connection:
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
