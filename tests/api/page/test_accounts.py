"""Choices that follow the account, as a site's pages and server use them."""

import json
import threading
import time

import pytest

from consent.signing.receipt_claims import personal_digest
from consent.storage.receipts import receipts as store
from tests.api.shop import claims_of
from tests.subjects import ACCOUNT, Device, make_key, make_token

pytestmark = pytest.mark.app

ALL = ["chat", "ga", "ads"]


@pytest.fixture
def keyed(any_shop):
    """Return the shop and a new key for its accounts."""
    return any_shop, make_key(any_shop)


def devices(keyed, count=2, **facts):
    return [Device(*keyed, **facts) for _ in range(count)]


def let_cache_expire(keyed):
    """Let a second and a bit pass for the service, which caches the choices of other devices for one second."""
    keyed[0].service.context.privacy.subjects._clock = lambda: time.time() + 1.1


def error(answer):
    return answer.status_code, answer.json["error"]["code"]


def test_a_refusal_on_the_phone_holds_on_the_laptop_and_the_laptop_has_its_own_choice_back_after_sign_out(keyed):
    phone, laptop = devices(keyed)
    laptop.choose(granted=True, signed_in=False)
    before = dict(laptop.cookies)
    assert laptop.runs == ALL
    refused = phone.choose(granted=False)
    assert refused.status_code == 201
    laptop.sign_in()
    assert laptop.runs == []
    assert laptop.last["decision"]["account"] == {
        "state": "in",
        "applies": "both",
        "mode": "joined",
        "version": refused.json["account"]["version"],
        "signal": None,
        "lines": ["account_stricter"],
    }
    assert laptop.cookies["consent_shop_own"].startswith("o1.j.0.v1.")
    assert laptop.sign_out().status_code == 204
    assert laptop.cookies == before


def test_a_grant_of_the_account_runs_on_a_new_device_and_leaves_nothing_there_after_sign_out(keyed):
    phone, laptop = devices(keyed)
    phone.choose(granted=True)
    laptop.sign_in()
    assert (laptop.runs, laptop.last["decision"]["account"]["lines"]) == (ALL, ["account_applied"])
    laptop.sign_out()
    assert laptop.cookies == {}


def test_the_receipt_names_a_random_number_and_never_the_account_or_its_subject(keyed):
    shop, _ = keyed
    phone, laptop = devices(keyed)
    answer = phone.choose(granted=False)
    claims = claims_of(shop, answer)
    assert (claims["schema"], claims["scope"]) == ("consent-receipt/2", "account")
    assert not {"confirmed", "over_refusal", "carried", "channel", "source"} & set(claims)
    with shop.service.context.engine.connect() as connection:
        kept = store.personal(connection, answer.json["id"])
    body = json.loads(kept.body)
    assert personal_digest(kept.salt, body) == claims["pd"]
    assert set(body) == {"visitor", "previous", "browser", "page_group", "chosen_at", "account"}
    assert len(body["account"]) == 32
    assert "consent_shop_id" not in phone.cookies
    again = laptop.choose(granted=True)
    assert claims_of(shop, again)["over_refusal"] is True
    with shop.service.context.engine.connect() as connection:
        assert json.loads(store.personal(connection, again.json["id"]).body)["account"] == body["account"]


def test_stores_nothing_about_an_account_while_signed_out(keyed):
    shop, _ = keyed
    (phone,) = devices(keyed, 1)
    claims = claims_of(shop, phone.choose(granted=False, signed_in=False))
    assert claims["schema"] == "consent-receipt/1"
    assert "scope" not in claims
    assert set(phone.cookies) == {"consent_shop"}


def test_a_grant_made_without_seeing_the_refusal_is_ignored_and_reported_as_such(keyed):
    shop, _ = keyed
    phone, laptop = devices(keyed)
    laptop.sign_in()
    phone.choose(granted=False)
    late = laptop.choose(granted=True, seen=0)
    assert late.status_code == 201
    assert sorted(late.json["unseen"]) == ["advertising", "analytics", "functional"]
    assert not any(claims_of(shop, late)["effective"].values())
    assert laptop.runs == []
    assert laptop.choose(granted=True).json["unseen"] == []
    assert laptop.runs == ALL


def test_accept_all_beats_an_own_refusal_on_the_screen_where_it_was_pressed(keyed):
    (laptop,) = devices(keyed, 1)
    laptop.choose(granted=False, signed_in=False)
    laptop.choose(granted=True)
    assert laptop.runs == ALL
    assert laptop.cookies["consent_shop_own"].startswith("o1.a.0.v1.")
    laptop.sign_out()
    assert not any(laptop.own.groups.values())


def test_a_device_that_is_kept_apart_follows_its_own_answers(keyed):
    shop, _ = keyed
    phone, laptop = devices(keyed)
    phone.choose(granted=True)
    answer = laptop.choose(granted=False, scope="device")
    assert claims_of(shop, answer)["scope"] == "device"
    assert (laptop.runs, answer.json["account"]["mode"]) == ([], "apart")
    phone.sign_in()
    assert phone.runs == ALL
    phone.choose(granted=False)
    assert laptop.sign_in().json["decision"]["allowed_tags"] == ["session"]
    laptop.choose(granted=True, scope="device")
    assert laptop.runs == ALL  # the device had the account's refusal on screen
    phone.choose(granted=False)
    laptop.sign_in()
    assert laptop.runs == []  # the device hasn't seen this one


def test_gpc_on_the_phone_opts_the_laptop_out_in_california_and_its_absence_takes_nothing_back(keyed):
    phone, laptop = devices(keyed, place="US-CA")
    laptop.sign_in()
    assert "ads" in laptop.runs
    phone.gpc = True
    phone.sign_in()
    let_cache_expire(keyed)
    laptop.sign_in()
    assert "ads" not in laptop.runs
    account = laptop.last["decision"]["account"]
    assert (account["signal"], account["lines"]) == ("gpc", ["account_signal"])
    assert laptop.last["decision"]["signals"]["gpc"] is False
    phone.gpc = False
    phone.sign_in()
    assert "ads" not in phone.runs


def test_the_receipt_of_a_signal_is_no_answer_of_the_account(keyed):
    (phone,) = devices(keyed, 1, place="US-CA", gpc=True)
    choices = {"advertising": False}
    answer = phone.choose(granted=False, action="opt_out", method="gpc", choices=choices)
    assert (answer.status_code, answer.json["account"]["signal"]) == (201, "gpc")
    phone.gpc, phone.place = False, "FR"
    phone.sign_in()
    assert phone.last["decision"]["groups"]["advertising"]["reason"] == "gpc"  # rather than `refused`
    assert phone.last["choice"] == ""


def test_opting_in_after_opting_out_takes_two_steps_in_california(keyed):
    shop, _ = keyed
    phone, laptop = devices(keyed, place="US-CA")
    phone.choose(granted=False)
    first = laptop.choose(granted=True)
    assert sorted(first.json["confirm"]) == ["advertising", "analytics", "functional"]
    assert "ads" not in laptop.runs
    second = laptop.choose(granted=True, confirmed=True)
    assert second.json["confirm"] == []
    assert claims_of(shop, second)["confirmed"] is True
    assert "ads" in laptop.runs


def test_an_opt_out_given_signed_out_in_california_goes_up_with_a_receipt_of_its_own(keyed):
    shop, _ = keyed
    phone, laptop = devices(keyed, place="US-CA")
    phone.choose(granted=False, signed_in=False)
    before = shop.receipts()
    phone.sign_in()
    assert shop.receipts() == before + 1
    laptop.sign_in()
    assert "ads" not in laptop.runs
    phone.sign_in()
    assert shop.receipts() == before + 1
    with shop.service.context.engine.connect() as connection:
        from consent.storage.selection.filters import Filters

        (item,) = store.search(connection, shop.site_id, Filters(method="account")).items
    answer = shop.get(f"/api/v1/receipts/{item.id}", Authorization=shop.token("receipts:read"))
    claims = claims_of(shop, answer)
    assert claims["carried"].startswith("v1.")
    assert [claims[name] for name in ("text", "config", "variant", "layer", "language")] == [None] * 5
    assert claims["judged_by"].startswith("sha256:")


def test_an_opt_out_clicked_signed_in_stays_on_the_browser_in_california_and_in_france_does_not(keyed):
    (phone,) = devices(keyed, 1, place="US-CA")
    phone.choose(granted=False)
    phone.sign_out()
    assert phone.own.groups["advertising"] is False
    (tablet,) = devices(keyed, 1, account="somebody else")
    tablet.choose(granted=False)
    tablet.sign_out()
    assert tablet.cookies == {}


def test_a_token_grants_once_and_still_refuses(keyed):
    phone, laptop = devices(keyed)
    token = phone.token()
    assert phone.choose(granted=True, subject=token).status_code == 201
    assert error(phone.choose(granted=True, subject=token)) == (403, "subject_used")
    assert phone.choose(granted=False, subject=token).status_code == 201
    laptop.sign_in()
    assert laptop.runs == []


def test_a_late_token_refuses_and_neither_grants_nor_reads(keyed):
    phone, _ = devices(keyed)
    now = int(time.time())
    late = phone.token(iat=now - 4000, exp=now - 3700)
    assert error(phone.choose(granted=True, subject=late)) == (403, "subject_expired")
    assert error(phone.sign_in(subject=late)) == (403, "subject_expired")
    assert error(phone.decision(Consent_Subject=late)) == (403, "subject_expired")
    choices = {"functional": True, "analytics": False, "advertising": False}
    mixed = phone.choose(granted=False, action="save", choices=choices, subject=late)
    assert (mixed.status_code, mixed.json["unseen"]) == (201, ["functional"])
    too_late = phone.token(iat=now - 40 * 86400 - 300, exp=now - 40 * 86400)
    assert error(phone.choose(granted=False, subject=too_late)) == (403, "subject_expired")


def test_a_repeat_with_a_newer_token_is_the_same_receipt_and_another_subject_is_refused(keyed):
    shop, key = keyed
    (phone,) = devices(keyed, 1)
    same = {"key": "c" * 32, "seen": 0}
    first = phone.choose(granted=True, **same)
    again = phone.choose(granted=True, **same)
    assert (again.status_code, again.json["id"], again.json["receipt"]) == (
        200,
        first.json["id"],
        first.json["receipt"],
    )
    other = phone.choose(granted=True, **same, subject=make_token(key, "somebody else"))
    assert error(other) == (409, "key_reused")
    assert shop.receipts() == 1


@pytest.mark.parametrize("claims", [{"aud": "press"}, {"email": "a@b.example"}, {"jti": "x"}])
def test_rejects_a_foreign_or_oversharing_token_everywhere_and_writes_nothing(shop, claims):
    device = Device(shop, make_key(shop))
    bad = device.token(**claims)
    assert error(device.choose(granted=False, subject=bad)) == (403, "bad_subject")
    assert error(device.post("account", {"subject": bad})) == (403, "bad_subject")
    assert error(device.post("account/delete", {"subject": bad})) == (403, "bad_subject")
    assert error(device.decision(Consent_Subject=bad)) == (403, "bad_subject")
    assert shop.receipts() == 0
    assert device.cookies == {}


def test_a_forged_token_and_one_of_a_leaked_key_are_refused_and_a_retired_one_still_refuses(shop):
    device = Device(shop, make_key(shop))
    second = make_key(shop)
    token, path = shop.token("config:write"), "/api/v1/sites/shop/subject-keys"
    forged = make_token(device.key[:-4] + "AAAA")
    assert error(device.choose(granted=False, subject=forged)) == (403, "bad_subject")
    made = shop.client.post(path, data="{}", headers={"Authorization": token, "Content-Type": "application/json"})
    assert error(made) == (409, "too_many_keys")
    kid = device.key.split("_")[1]
    assert shop.client.delete(f"{path}/{kid}", headers={"Authorization": token}).status_code == 204
    said = {"signed_in": False, "seen": 0}
    assert device.choose(granted=False, subject=device.token(), **said).status_code == 201
    assert error(device.choose(granted=True, subject=device.token(), **said)) == (403, "subject_expired")
    assert shop.client.delete(f"{path}/{kid}?leaked=true", headers={"Authorization": token}).status_code == 204
    assert error(device.choose(granted=False, subject=device.token(), **said)) == (403, "bad_subject")
    items = shop.client.get(path, headers={"Authorization": token}).json["items"]
    assert {item["kid"]: item["leaked"] for item in items} == {kid: True, second.split("_")[1]: False}
    assert Device(shop, second).choose(granted=True).status_code == 201
    assert second.split("_", 2)[2] not in json.dumps(items)


def test_a_site_without_a_key_has_no_accounts(shop):
    device = Device(shop, "csk1_0a1b2c3d_" + "A" * 43)
    assert error(device.post("account", {"subject": device.token()})) == (404, "no_accounts")
    assert error(device.decision(Consent_Subject=device.token())) == (404, "no_accounts")
    assert device.sign_out().status_code == 204


def test_wrong_tokens_of_one_network_are_refused_unread_after_some(tmp_path):
    from tests.api.shop import open_shop

    shop = open_shop(tmp_path, write_limit=600)
    try:
        device = Device(shop, make_key(shop))
        codes = [device.post("account", {"subject": "x.y.z"}).status_code for _ in range(12)]
        assert codes == [403] * 10 + [429] * 2
        assert error(device.post("account", {"subject": device.token()})) == (429, "rate_limited")
    finally:
        shop.service.close()


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"subject": 1},
        {"subject": "x" * 1025},
        {"subject": "a.b.c", "mode": "x"},
        {"subject": "a.b.c", "path": "shop"},
        {"subject": "a.b.c", "account": "4711"},
        {"subject": "a.b.c", "own": "o" * 2000},
    ],
)
def test_an_invalid_join_reports_the_error(shop, body):
    device = Device(shop, make_key(shop))
    answer = device.post("account", body)
    assert error(answer) == (400, "invalid_field")
    assert answer.json["error"]["fields"]


def test_fields_of_a_signed_in_choice_need_a_subject(shop):
    device = Device(shop, make_key(shop))
    answer = device.choose(granted=False, signed_in=False, scope="account", seen=1, confirmed=True)
    assert error(answer) == (400, "invalid_field")
    assert set(answer.json["error"]["fields"]) == {"scope", "seen", "confirmed"}


@pytest.mark.parametrize(
    "cookies",
    [
        {"consent_shop_own": "o1.j.0."},
        {"consent_shop": "rubbish", "consent_shop_own": "o1.j.0."},
        {"consent_shop_own": "o2.j.0."},
        {"consent_shop_own": "o1.x.0."},
        {"consent_shop_own": "o1.j.0.rubbish"},
        {"consent_shop_own": "o1.j." + "9" * 40 + "."},
    ],
)
def test_damaged_device_cookies_are_ignored_and_deleted_on_sign_out(shop, cookies):
    device = Device(shop, make_key(shop), cookies=dict(cookies))
    assert device.sign_in().status_code == 200
    assert device.runs == []
    device.sign_out()
    assert "consent_shop_own" not in device.cookies
    assert device.own is None


def test_a_server_may_ask_by_the_subject_alone_and_a_page_may_not(keyed):
    shop, _ = keyed
    phone, laptop = devices(keyed)
    phone.choose(granted=False)
    from consent.signing.subject_token import subject_of
    from tests.subjects import ID_KEY

    sub = subject_of(ID_KEY, "shop", ACCOUNT)
    answer = laptop.decision(Consent_Subject=sub)
    assert answer.json["allowed_tags"] == ["session"]
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert "Consent-Subject" in answer.headers["Vary"]
    page = shop.get("/api/v1/sites/shop/decision", Consent_Subject=sub)
    assert error(page) == (403, "bad_subject")
    preflight = shop.client.options(
        "/api/v1/sites/shop/decision",
        headers={"Origin": "https://www.example.com", "Access-Control-Request-Method": "GET"},
    )
    assert preflight.headers["Access-Control-Allow-Headers"] == "Consent-Subject"


def test_an_age_band_in_the_token_can_only_narrow(keyed):
    phone, laptop = devices(keyed)
    phone.choose(granted=True)
    child = laptop.token(age_band="under13")
    assert laptop.post("account", {"subject": child}).json["decision"]["allowed_tags"] == ["session"]


def test_choices_of_one_subject_at_the_same_moment_end_in_the_refusal(keyed):
    shop, _ = keyed
    both = devices(keyed, 6)
    for device in both:
        device.sign_in()
    answers = []

    def choose(device, granted):
        answers.append(device.choose(granted=granted, seen=0))

    threads = [threading.Thread(target=choose, args=(device, n % 2 == 0)) for n, device in enumerate(both)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.status_code for answer in answers] == [201] * 6
    assert shop.receipts() == 6
    (new,) = devices(keyed, 1)
    let_cache_expire(keyed)
    new.sign_in()
    assert new.runs == []


def test_two_names_lead_to_one_account_and_what_either_refused_is_refused(keyed):
    shop, key = keyed
    from consent.signing.subject_token import subject_of
    from tests.subjects import ID_KEY

    old, new = Device(shop, key, account="old"), Device(shop, key, account="new")
    old.choose(granted=False)
    new.choose(granted=True)
    renamed = new.token(prev=subject_of(ID_KEY, "shop", "old"))
    joined = new.post("account", {"subject": renamed})
    assert joined.json["decision"]["allowed_tags"] == ["session"]
    let_cache_expire(keyed)
    new.sign_in()
    old.sign_in()
    assert new.runs == old.runs == []
    assert old.last["decision"]["account"]["version"] == new.last["decision"]["account"]["version"]


def test_deleting_an_account_forgets_its_grants_and_keeps_its_refusals(keyed):
    phone, laptop = devices(keyed)
    choices = {"functional": True, "analytics": True, "advertising": False}
    phone.choose(granted=False, action="save", choices=choices)
    token = phone.token()
    assert phone.post("account/delete", {"subject": token}).status_code == 204
    assert error(phone.post("account/delete", {"subject": token})) == (403, "subject_used")
    laptop.sign_in()
    decision = laptop.last["decision"]
    assert decision["groups"]["advertising"]["reason"] == "refused"
    assert decision["groups"]["analytics"]["reason"] == "opt_in_not_given"
