"""Adapters send what the vendors document; each test names its source."""

import base64
import hashlib
import json

import pytest

from consent.delivery.adapters import (
    FOLDER,
    Adapter,
    AdapterError,
    shipped_adapters,
    template_context,
    use_own_adapters,
)
from consent.delivery.template import TemplateError, fill_address, render
from consent.storage.delivery import receivers
from tests.event_receiver import EventReceiver

GROUPS = {"functional": True, "analytics": False, "advertising": True}


def event(browser=None, groups=GROUPS):
    who = {"pseudonym": "p_x"} | ({"browser": browser} if browser else {})
    data = {"receipt": "0b9e", "allowed": {"groups": groups}, "refused": ["analytics"], "who": who}
    return {"id": "evt_5f0c", "type": "consent.changed", "time": "2026-11-30T10:44:30Z", "data": data}


def request_of(world, name, browser, **values):
    receiver = world.receiver(world.add("https://tool.example", adapter=name, values=values))
    secrets = world.services.keys.unseal("consent receiver sealed/1", "receiver", receiver.id, receiver.secret_sealed)
    adapter = shipped_adapters()[name]
    facts = template_context(event(browser), receiver, secrets)
    assert adapter.needs(facts)
    return adapter.request(facts)


CATEGORIES = {
    "category_functional": "Functional",
    "category_analytics": "Analytics",
    "category_advertising": "Advertising",
}


def test_segment_gets_its_consent_object(world):
    """twilio.com/docs/segment/privacy/consent-management/consent-in-unify: the consent object of its example.

    HTTP API: twilio.com/docs/segment/connections/sources/catalog/libraries/server/http-api (basic auth by write key).
    """
    made = request_of(world, "segment", {"anonymous_id": "507f191e810c19729de860ea"}, write_key="secret", **CATEGORIES)
    assert (made.method, made.url) == ("POST", "https://tool.example/v1/track")
    assert made.headers["Authorization"] == "Basic " + base64.b64encode(b"secret:").decode()
    body = json.loads(made.body)
    assert body["context"] == {
        "consent": {"categoryPreferences": {"Advertising": True, "Analytics": False, "Functional": True}}
    }
    assert (body["anonymousId"], body["event"]) == ("507f191e810c19729de860ea", "Segment Consent Preference Updated")
    assert (body["messageId"], body["timestamp"]) == ("evt_5f0c", "2026-11-30T10:44:30Z")
    assert "userId" not in body


def test_rudderstack_gets_its_consent_management_object(world):
    """rudderstack.com/docs/data-governance/consent-management/passing-consent: the curl of the HTTP source."""
    made = request_of(
        world, "rudderstack", {"anonymous_id": "f5e1a2b3-0000-4000-8000-000000000000"}, write_key="w", **CATEGORIES
    )
    assert made.url == "https://tool.example/v1/track"
    assert json.loads(made.body)["context"]["consentManagement"] == {
        "allowedConsentIds": ["Functional", "Advertising"],
        "deniedConsentIds": ["Analytics"],
        "provider": "custom",
        "resolutionStrategy": "and",
    }


def test_google_gets_the_consent_of_the_measurement_protocol(world):
    """developers.google.com/analytics/devguides/collection/protocol/ga4/reference: `consent` and its two values."""
    made = request_of(
        world, "google_server_side", {"client_id": "1234567.7654321"}, measurement_id="G-ABC1234567", api_secret="a/b&c"
    )
    assert made.url == "https://tool.example/mp/collect?measurement_id=G-ABC1234567&api_secret=a%2Fb%26c"
    assert json.loads(made.body) == {
        "client_id": "1234567.7654321",
        "consent": {"ad_user_data": "GRANTED", "ad_personalization": "GRANTED"},
        "events": [{"name": "consent_changed"}],
    }


def test_matomo_erases_visits_in_two_steps_and_only_where_that_was_chosen(world, heard):
    """developer.matomo.org/api-reference/reporting-api: PrivacyManager.findDataSubjects and deleteDataSubjects."""
    values = {"site": "3", "token_auth": "t0k", "erase_visits": "no"}
    receiver = world.add(heard.url, adapter="matomo", values=values)
    world.tell("a")
    world.run(receiver)
    assert heard.posts == []
    adapter = shipped_adapters()["matomo"]
    row = world.receiver(world.add(heard.url, adapter="matomo", values=values | {"erase_visits": "yes"}))
    facts = template_context(event({"visitor_id": "c1d07f1aee1f04cb"}), row, {"token_auth": "t0k"})
    facts["ids"]["visitor_segment"] = "visitorId==c1d07f1aee1f04cb"
    assert adapter.needs(facts)
    assert adapter.request(facts, 0).body == (
        b"module=API&method=PrivacyManager.findDataSubjects&format=json&idSite=3"
        b"&segment=visitorId%3D%3Dc1d07f1aee1f04cb&token_auth=t0k"
    )
    found = facts | {"answer": [{"idSite": "3", "idVisit": "17"}, {"idSite": "3", "idVisit": "18"}]}
    assert adapter.request(found, 1).body.endswith(
        b"&visits%5B0%5D%5Bidsite%5D=3&visits%5B0%5D%5Bidvisit%5D=17"
        b"&visits%5B1%5D%5Bidsite%5D=3&visits%5B1%5D%5Bidvisit%5D=18"
    )


@pytest.mark.parametrize("adapter", ["segment", "rudderstack", "google_server_side"])
def test_sends_nothing_for_a_browser_without_an_id_of_the_tool(world, adapter):
    values = {"write_key": "w", "measurement_id": "G-ABC1234567", "api_secret": "s", **CATEGORIES}
    receiver = world.receiver(world.add("https://tool.example", adapter=adapter, values=values))
    assert not shipped_adapters()[adapter].needs(template_context(event(), receiver, {}))


def test_a_test_reaches_each_shipped_tool(world, heard: EventReceiver):
    values = {"write_key": "w", "measurement_id": "G-ABC1234567", "api_secret": "s", "site": "1", "token_auth": "t"}
    values |= {"erase_visits": "no", **CATEGORIES}
    tools = [name for name, one in shipped_adapters().items() if not one.document.get("relay")]
    for name in tools:
        receiver = world.add(heard.url, adapter=name, values=values)
        assert world.services.senders.sender_for(world.receiver(receiver)).send_test(world.now).problem == ""
    assert len(heard.posts) == len(tools)


def test_an_adapter_of_the_instance_is_used_and_a_broken_one_is_left_out(world, heard, tmp_path, caplog):
    own = tmp_path / "adapters"
    own.mkdir()
    segment = json.loads((FOLDER / "segment.json").read_text())
    for name, change in {"mine": {"id": "mine"}, "taken": {}, "broken": {"id": "broken", "when": "never"}}.items():
        (own / f"{name}.json").write_text(json.dumps(segment | change))
    try:
        use_own_adapters(tmp_path)
        receiver = world.add(heard.url, adapter="mine", values={"write_key": "w", **CATEGORIES})
        assert world.services.senders.sender_for(world.receiver(receiver)).send_test(world.now).problem == ""
    finally:
        use_own_adapters(tmp_path / "none")
    assert heard.posts[0].event["event"] == "Segment Consent Preference Updated"
    assert [record.args[0] for record in caplog.records] == ["broken.json", "taken.json"]


def test_secrets_of_a_tool_are_in_no_column_in_clear(world):
    receiver = world.receiver(
        world.add("https://tool.example", adapter="segment", values={"write_key": "very-secret", **CATEGORIES})
    )
    assert "very-secret" not in str(receiver)
    assert receiver.state == receivers.ON


@pytest.mark.parametrize("value", [".", "..", ""])
def test_rejects_an_empty_or_dot_value_in_an_address(value):
    with pytest.raises(TemplateError):
        fill_address("https://tool.example/{ids.email}", {"ids": {"email": value}})


def test_each_value_in_an_address_is_encoded_whole():
    made = fill_address("https://tool.example/{ids.email}?x={ids.email}", {"ids": {"email": "a/../b?c#d&e=%@é"}})
    assert made == "https://tool.example/a%2F..%2Fb%3Fc%23d%26e%3D%25%40%C3%A9?x=a%2F..%2Fb%3Fc%23d%26e%3D%25%40%C3%A9"


def test_omits_template_parts_without_a_value():
    template = {"a": {"$": "x"}, "b": {"$if": "y", "then": 1, "else": 2}, "c": {"$md5_lower": "z"}, "d": [{"$": "x"}]}
    assert render(template, {"y": False, "z": "MAIL@Example.com"}) == {
        "b": 2,
        "c": hashlib.md5(b"mail@example.com").hexdigest(),
        "d": [],
    }


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"request": {"method": "POST", "url": "http://tool.example/"}}, "request.url"),
        ({"request": {"method": "GET", "url": "https://tool.example/"}}, "request.method"),
        ({"request": {"method": "POST", "url": "https://{ids.host}/"}}, "request.url"),
        ({"code": "import os"}, "code"),
        ({"id": "Bad Id"}, "id"),
    ],
)
def test_rejects_a_file_that_is_not_an_adapter(change, words):
    good = dict(shipped_adapters()["segment"].document)
    with pytest.raises(AdapterError, match=words):
        Adapter(good | change)
