"""POST receipts that are refused: each gets one clear error, and nothing is written."""

import json
import secrets

import pytest

from tests.api.shop import KEY, ORIGIN, claims_of, open_shop

pytestmark = [pytest.mark.app, pytest.mark.attack]


REFUSED = {
    "unknown config": ({"config": "sha256:" + "0" * 64}, 403, "invalid_token"),
    "no config": ({"config": None}, 400, "invalid_field"),
    "unknown vendor": ({"vendors": {"nobody": True}}, 400, "unknown_vendor"),
    "unknown action": ({"action": "shrug"}, 400, "invalid_field"),
    "unknown method": ({"method": "telepathy"}, 400, "invalid_field"),
    "a layer of the page on a site that has ours": ({"method": "own_layer"}, 400, "invalid_field"),
    "an import of nowhere": ({"method": "import"}, 400, "invalid_field"),
    "unknown field": ({"admin": True}, 400, "invalid_field"),
    "unknown group": ({"choices": {"marketing": True}}, 400, "invalid_field"),
    "essential": ({"choices": {"essential": False}}, 400, "essential"),
    "a number for a boolean": ({"choices": {"functional": 1}}, 400, "invalid_field"),
    "a word for a boolean": ({"choices": {"functional": "true"}}, 400, "invalid_field"),
    "a list for an object": ({"choices": [True]}, 400, "invalid_field"),
    "reject all with a grant behind a vendor of the same name": (
        {
            "action": "reject_all",
            "choices": {"functional": False, "analytics": False, "advertising": True},
            "vendors": {"advertising": False},
        },
        400,
        "invalid_field",
    ),
    "reject all with a grant": ({"action": "reject_all"}, 400, "invalid_field"),
    "accept all with a refusal": ({"choices": {"functional": False}}, 400, "invalid_field"),
    "nothing chosen": ({"action": "save", "choices": {}}, 400, "invalid_field"),
    "a grant by gpc": ({"method": "gpc"}, 400, "invalid_field"),
    "a short key": ({"key": "abc"}, 400, "invalid_field"),
    "a key in capitals": ({"key": KEY.upper()}, 400, "invalid_field"),
    "a key with a newline": ({"key": KEY + "\n"}, 400, "invalid_field"),
    "a forged token": ({"token": "w1.shop.x.y.z"}, 403, "invalid_token"),
    "a token that is a list": ({"token": ["w1"]}, 400, "invalid_field"),
    "an odd time": ({"chosen_at": "yesterday"}, 400, "invalid_field"),
    "a time without a zone": ({"chosen_at": "2026-11-24T23:00:00"}, 400, "invalid_field"),
    "a float for the layer": ({"layer": 1.0}, 400, "invalid_field"),
}


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED)
def test_rejects_an_invalid_choice_and_writes_nothing(shared_shop, case):
    kept = shared_shop.receipts()
    change, status, code = case
    answer = shared_shop.choose(shared_shop.choice() | change)
    assert answer.status_code == status
    assert answer.json["error"]["code"] == code
    assert set(answer.json["error"]) == {"code", "message", "fields"}
    assert "Set-Cookie" not in answer.headers
    assert shared_shop.receipts() == kept
    assert shared_shop.choose(shared_shop.choice(key=secrets.token_hex(16))).status_code == 201


BODIES = {
    "not json": b"{",
    "not an object": b"[]",
    "not utf-8": b"\xff\xfe",
    "a doubled key": b'{"key": "a", "key": "b"}',
    "a doubled key inside": b'{"choices": {"functional": true, "functional": false}}',
    "NaN": b'{"layer": NaN}',
    "Infinity": b'{"layer": Infinity}',
    "a number that overflows": b'{"layer": 1e999}',
    "deep": b'{"a":' * 900 + b"1" + b"}" * 900,
    "deep lists": b'{"a":' + b"[" * 3000 + b"]" * 3000 + b"}",
    "a huge number": b'{"layer": ' + b"9" * 5000 + b"}",
    "an unpaired surrogate in a name": b'{"\\udfff": 1}',
    "the character 0 in a name": b'{"\\u0000": 1}',
    "an unpaired surrogate in a value": b'{"vendors": {"\\ud800": true}, "action": "\\ud83d"}',
    "nothing": b"",
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_rejects_a_body_that_is_not_a_json_object(shared_shop, body):
    kept = shared_shop.receipts()
    answer = shared_shop.choose(body)
    assert answer.status_code == 400
    assert answer.json["error"]["code"] == "invalid_json"
    assert "Python" not in (message := answer.json["error"]["message"])
    assert "sys." not in message
    assert shared_shop.receipts() == kept


def test_parses_a_complete_surrogate_pair_as_a_character(shop):
    answer = shop.choose(b'{"action": "\\ud83d\\ude00"}')
    assert answer.json["error"]["code"] == "invalid_field"


def test_errors_are_keyed_by_dotted_names_with_a_list_of_messages(shop):
    faulty = {"layer": 9, "choices": {"functional": "yes"}, "vendors": {"../": "x"}, "color": 1}
    fields = shop.choose(shop.choice() | faulty).json["error"]["fields"]
    assert set(fields) == {"layer", "choices.functional", "vendors.../", "color"}
    parameters = shop.decision("?path=nowhere").json["error"]["fields"]
    searched = shop.get("/api/v1/sites/shop/receipts?limit=0", Authorization=shop.token("receipts:read"))
    for found in (fields, parameters, searched.json["error"]["fields"]):
        assert found
        assert all(isinstance(said, list) and all(isinstance(one, str) for one in said) for said in found.values())


def test_a_body_beyond_8_kib_is_refused(shop):
    answer = shop.choose(shop.choice() | {"chosen_at": "x" * 9000})
    assert (answer.status_code, answer.json["error"]["code"]) == (413, "body_too_large")


def test_another_content_type_is_refused(shop):
    assert shop.choose(shop.choice(), Content_Type="application/x-www-form-urlencoded").status_code == 415


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "https://www.example.com.evil.example", "http://www.example.com"]
)
def test_a_foreign_origin_is_refused_without_cors(shared_shop, origin):
    kept = shared_shop.receipts()
    answer = shared_shop.choose(shared_shop.choice(), origin=origin)
    assert answer.status_code == 403
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert shared_shop.receipts() == kept


def test_a_page_of_the_service_itself_may_write_and_the_receipt_does_not_call_it_the_sites(shop):
    answer = shop.choose(shop.choice(), origin="https://consent.example.com", Host="consent.example.com")
    assert answer.status_code == 201
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert claims_of(shop, answer)["origin_checked"] is False
    assert shop.choose(shop.choice(), origin="https://consent.example.com").status_code == 403


def test_a_write_without_an_origin_is_recorded_as_such_in_the_receipt(shop):
    assert claims_of(shop, shop.choose(shop.choice(), origin=None))["origin_checked"] is False


def test_a_token_of_another_site_or_config_is_refused(shop):
    body = shop.choice()
    shop.edit(lambda draft: draft["tags"].pop())
    shop.publish()
    assert shop.choose(shop.choice() | {"token": body["token"]}).status_code == 403


def test_an_unknown_site_is_not_found(shop):
    answer = shop.client.post("/api/v1/sites/nobody/receipts", json=shop.choice(), headers={"Origin": ORIGIN})
    assert (answer.status_code, answer.json["error"]["code"]) == (404, "unknown_site")


@pytest.mark.parametrize("method", ["put", "delete", "patch"])
def test_a_wrong_method_is_refused_in_the_same_shape(shared_shop, method):
    answer = getattr(shared_shop.client, method)("/api/v1/sites/shop/receipts")
    assert answer.status_code == 405
    assert set(answer.json["error"]) == {"code", "message", "fields"}


def test_a_preflight_is_answered_for_the_sites_origins_alone(shop):
    headers = {"Origin": ORIGIN, "Access-Control-Request-Method": "POST"}
    answer = shop.client.options("/api/v1/sites/shop/receipts", headers=headers)
    assert answer.status_code == 204
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert answer.headers["Access-Control-Allow-Credentials"] == "true"
    foreign = shop.client.options("/api/v1/sites/shop/receipts", headers=headers | {"Origin": "https://evil.example"})
    assert foreign.status_code == 403
    assert "Access-Control-Allow-Origin" not in foreign.headers


def test_too_many_writes_from_one_network_are_refused_before_they_are_read(tmp_path):
    shop = open_shop(tmp_path, write_limit=3)
    body = shop.choice()
    environ = {"REMOTE_ADDR": "203.0.113.7"}

    def post(data, address):
        return shop.client.post(
            "/api/v1/sites/shop/receipts", data=data, headers={"Origin": ORIGIN, "Content-Type": "application/json"},
            environ_base={"REMOTE_ADDR": address},
        )  # fmt: skip

    assert [post("{", environ["REMOTE_ADDR"]).status_code for _ in range(3)] == [400, 400, 400]
    refused = post(json.dumps(body), "203.0.113.99")
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "60")
    assert post(json.dumps(body), "198.51.100.1").status_code == 201
    shop.service.close()


def test_a_truncated_body_can_be_retried(shop):
    """Pages drop a choice after a 4xx response and retry it after 503."""
    text = json.dumps(shop.choice())
    headers = {"Content-Type": "application/json", "Origin": ORIGIN}
    environ = {"CONTENT_LENGTH": str(len(text) + 1)}
    answer = shop.client.post("/api/v1/sites/shop/receipts", data=text, headers=headers, environ_overrides=environ)
    assert (answer.status_code, answer.json["error"]["code"]) == (503, "body_truncated")
    assert answer.headers["Retry-After"] == "5"
    assert shop.receipts() == 0
