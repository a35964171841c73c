"""Which vendor a request to the site's own host belongs to: by typical keys and values, never by a common path."""

import base64
import gzip
import json

import pytest

from consent.classifier.own_host.judge import (
    MOUNT,
    SentRequest,
    answer_owners,
    is_opaque,
    judge,
    libraries,
    visitor_facts,
)
from consent.classifier.own_host.request_body import MAX_BYTES
from consent.classifier.own_host.signatures import SIGNATURES as FILE
from consent.classifier.own_host.signatures import load_signatures

SCHEMA = FILE.parent / "config.schema.json"
SIGNATURES = load_signatures()
PHC = "phc_" + "Ab1" * 14
UUID = "0f3c1b52-7d1e-4c55-9a20-6b1f0d9e7a11"
HEX32 = "0123456789abcdef0123456789abcdef"
EVENT = {"api_key": PHC, "event": "$pageview", "properties": {"distinct_id": UUID, "token": PHC}}
IGLU = "iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/1-0-4"
OWN = "https://www.shop.example"


def asked(method: str, address: str, body: object = b"", content_type: str = "") -> SentRequest:
    sent = body if isinstance(body, bytes) else body.encode() if isinstance(body, str) else json.dumps(body).encode()
    return SentRequest(method, OWN + address, content_type, sent)


def base64_of(value: object) -> str:
    return "data=" + base64.b64encode(json.dumps(value).encode()).decode().rstrip("=")


PLUGIN = ("google-tag", "/w/measurement.php")
ENVELOPE = f'{{"dsn":"https://{HEX32}@o1.ingest.sentry.io/1"}}\n{{"type":"session"}}'
MIXPANEL = {"event": "view", "properties": {"token": HEX32, "distinct_id": UUID}}
NAMED = [
    ("POST", "/metrics/g/collect?v=2&tid=G-ABC1234567&cid=1.2&en=page_view", b"", "google-tag", "/metrics/*"),
    ("POST", "/x4f2/ag/g/c?v=2&tid=G-ABC1234567", b"", "google-tag", "/x4f2/*"),
    ("GET", "/metrics/gtag/js?id=G-ABC1234567", b"", "google-tag", "/metrics/*"),
    ("GET", "/x4f2/?id=G-ABC1234567", b"", "google-tag", "/x4f2/*"),
    ("GET", "/x4f2/as/d/ccm/conversion/123456789/?en=purchase", b"", "google-tag", "/x4f2/*"),
    ("POST", "/w/measurement.php?id=G-AB12CD34&s=%2Fg%2Fcollect&v=2&tid=G-AB12CD34", b"", *PLUGIN),
    ("POST", "/my/events?v=2&tid=G-ABC1234567&en=scroll", b"", "google-tag", "/my/events"),
    ("POST", "/data?v=2", {"event_name": "page_view", "client_id": "a.b"}, "stape", "/data"),
    ("POST", "/ingest/e/?ip=0", EVENT, "posthog", "/ingest/*"),
    ("POST", "/ingest/i/v0/e/?compression=gzip-js", gzip.compress(json.dumps(EVENT).encode()), "posthog", "/ingest/*"),
    ("POST", "/ingest/flags/?v=2", {"token": PHC, "distinct_id": UUID}, "posthog", "/ingest/*"),
    ("POST", "/ingest/e/", base64_of(EVENT), "posthog", "/ingest/*"),
    ("POST", "/quite/another", gzip.compress(json.dumps(EVENT).encode()), "posthog", "/quite/another"),
    ("GET", f"/ingest/array/{PHC}/config.js", b"", "posthog", "/ingest/*"),
    ("POST", "/api/event", {"n": "pageview", "u": OWN + "/", "d": "shop.example"}, "plausible", "/api/event"),
    ("POST", "/p/e", '{"n":"Signup","u":"https://shop.example/a","d":"shop.example","r":null}', "plausible", "/p/e"),
    ("POST", "/api/send", {"type": "event", "payload": {"website": UUID, "url": "/"}}, "umami", "/api/send"),
    ("GET", "/stats/matomo.php?idsite=1&rec=1&_id=0123456789abcdef", b"", "matomo", "/stats/matomo.php"),
    ("POST", "/stats/x", "idsite=1&rec=1&action_name=a", "matomo", "/stats/x"),
    ("POST", "/stats/x", {"requests": ["?idsite=1&rec=1&url=a"]}, "matomo", "/stats/x"),
    ("GET", f"/ppms.php?idsite={UUID}&rec=1", b"", "piwik-pro", "/ppms.php"),
    ("POST", "/seg/v1/t", {"messageId": "a", "type": "track", "anonymousId": UUID}, "segment", "/seg/*"),
    ("POST", "/seg/v1/b", {"batch": [{"messageId": "a"}], "writeKey": "k"}, "segment", "/seg/*"),
    ("POST", "/rudder/v1/track", {"messageId": "a", "channel": "web", "anonymousId": UUID}, "rudderstack", "/rudder/*"),
    ("POST", "/collector", {"schema": IGLU, "data": [{"e": "pv", "duid": UUID}]}, "snowplow", "/collector"),
    ("GET", "/i?e=pv&tv=js-4.1.0&aid=shop&p=web", b"", "snowplow", "/i"),
    ("POST", "/mp/track/", base64_of([MIXPANEL]), "mixpanel", "/mp/*"),
    ("POST", "/mp/track/", MIXPANEL, "mixpanel", "/mp/*"),
    ("POST", "/amp", {"api_key": HEX32, "events": [{"event_type": "a", "device_id": UUID}]}, "amplitude", "/amp"),
    ("POST", "/events?cee=no", {"event_name": "PageView", "event_id": "e", "fb.pixel_id": "12345"}, "meta", "/events"),
    ("GET", "/tr/?id=1234567890123&ev=PageView", b"", "meta", "/tr/*"),
    ("POST", "/tt", {"event": "Pageview", "context": {"pixel": {"code": "C123"}}}, "tiktok", "/tt"),
    ("GET", "/b/ss/shopprod/1/JS-2.22.0/s12345678901234?AQB=1", b"", "adobe", "/b/ss/*"),
    (
        "POST",
        "/monitoring",
        ENVELOPE,
        "sentry",
        "/monitoring",
    ),
    ("POST", "/dd?ddforward=%2Fapi%2Fv2%2Frum%3Fddsource%3Dbrowser", b"", "datadog-rum", "/dd"),
    ("POST", "/cdn-cgi/zaraz/t", b"{}", "zaraz", "/cdn-cgi/zaraz/*"),
    ("POST", "/_scripts/p/www.clarity.ms/collect", b"", "nuxt-scripts", "/_scripts/*"),
]


@pytest.mark.parametrize(("method", "address", "body", "collector", "mount"), NAMED)
def test_a_request_is_named_by_its_shape_with_the_mount_to_offer(
    method: str, address: str, body: object, collector: str, mount: str
) -> None:
    match = judge(asked(method, address, body), SIGNATURES)
    assert match
    assert (match.collector.id, match.mount) == (collector, mount)


OF_THE_SITE = [
    ("POST", "/api/event", {"title": "Flea market", "starts": "2026-06-01"}),
    ("POST", "/api/event", {"n": 3, "u": "user-12", "d": "2026-01-01"}),
    ("POST", "/events", {"event_name": "Concert", "hall": "Great Hall"}),
    ("GET", "/track?id=123456789&order=77", b""),
    ("POST", "/track", "data=12&parcel=AB0390"),
    ("POST", "/v1/batch", {"batch": [{"id": 1, "op": "update"}]}),
    ("POST", "/v1/track", {"type": "track", "parcel": "AB1"}),
    ("POST", "/v1/page", {"slug": "about", "title": "About"}),
    ("POST", "/e/", {"message": "hello", "token": "csrf-1"}),
    ("POST", "/flags/?v=2", {"team": "a", "token": "abc"}),
    ("GET", "/i?id=3&e=png", b""),
    ("GET", "/g/collect?v=2&set=stamps", b""),
    ("GET", "/j/collect?v=1", b""),
    ("POST", "/collect", {"basket": [1, 2], "e": []}),
    ("POST", "/api/send", {"type": "event", "payload": {"to": "a@example.org"}}),
    ("POST", "/api/send", {"type": "event", "payload": {"website": "shop", "url": "/"}}),
    ("GET", "/tr?id=77&lang=tr", b""),
    ("GET", "/h?a=12&u=3", b""),
    ("GET", "/a?id=55&v=3&t=t", b""),
    ("GET", "/report?idsite=5&period=day", b""),
    ("POST", "/queue", {"requests": ["/a", "/b"]}),
    ("POST", "/hooks", {"api_key": "abc", "events": [{"id": 1}]}),
    ("POST", "/validate", {"schema": "https://json-schema.org/draft/2020-12/schema", "data": [1]}),
    ("POST", "/data?v=2", {"rows": [1]}),
    ("POST", "/s/", {"q": "shoes"}),
    ("GET", "/js/script.js", b""),
    ("GET", "/script.js", b""),
    ("GET", "/static/recorder.js", b""),
    ("GET", "/tag/winter", b""),
    ("GET", "/oauth/authorize?client_id=web&state=6f1c2d3e&response_type=code", b""),
    ("POST", "/graphql", {"operationName": "Cart", "query": "{cart{id}}", "variables": {"id": UUID}}),
    ("POST", "/login", "user=a&password=b&client_id=web"),
    ("GET", "/shop/?id=GT-2000", b""),
    ("POST", "/ingest/e/", b"\x1f\x8b broken"),
    ("POST", "/e/", b"\x00\x01\x02\xff"),
    ("POST", "/e/", "[" * 10_000),
]


@pytest.mark.parametrize(("method", "address", "body"), OF_THE_SITE)
def test_a_site_s_own_request_that_looks_alike_is_named_nobody(method: str, address: str, body: object) -> None:
    assert judge(asked(method, address, body), SIGNATURES) is None


def test_the_fields_that_name_a_visitor_are_given_by_name_alone() -> None:
    match = judge(asked("POST", "/metrics/g/collect?v=2&tid=G-ABC1234567&cid=12345.67890&uid=me"), SIGNATURES)
    assert match
    assert match.ids == ("cid", "uid")
    match = judge(asked("POST", "/ingest/e/", EVENT), SIGNATURES)
    assert match
    assert match.ids == ("properties.distinct_id",)


def test_does_not_read_a_body_that_decompresses_beyond_the_limit() -> None:
    request = asked("POST", "/ingest/e/", gzip.compress(b'{"api_key":"' + b"a" * (20 * MAX_BYTES) + b'"}'))
    assert request.text is None
    assert judge(request, SIGNATURES) is None


def test_a_visitor_and_words_of_events_are_seen_in_a_request_of_nobody_known() -> None:
    beacon = asked("POST", "/b", {"visitor": {"visitor_id": UUID}, "url": OWN, "referrer": "", "timestamp": 1})
    assert visitor_facts(beacon, SIGNATURES) == (["visitor_id"], True)
    assert visitor_facts(asked("POST", "/login", "user=a&client_id=web&url=x"), SIGNATURES) == ([], False)
    assert visitor_facts(asked("GET", f"/x?anything={UUID}"), SIGNATURES) == (["anything"], False)


@pytest.mark.parametrize(
    ("path", "is_one"), [("/x4f2/" + "aB3_" * 12, True), ("/assets/main-8f2c.js", False), ("/a/b/c", False)]
)
def test_an_opaque_path_may_be_a_gateways(path: str, is_one: bool) -> None:
    assert is_opaque(path, SIGNATURES) is is_one


def test_a_library_is_known_by_two_marks_and_never_by_one() -> None:
    both = "window.google_tag_manager={};window.google_tag_data={}"
    assert [one.id for one in libraries(both, SIGNATURES)] == ["google-tag"]
    assert libraries("window.google_tag_manager={}", SIGNATURES) == []
    assert all(len(one.marks) >= 2 for one in SIGNATURES.collectors if one.marks)


def test_a_cookie_of_an_answer_names_a_server_side_container() -> None:
    assert [one.id for one in answer_owners(["FPID", "session"], SIGNATURES)] == ["google-tag"]
    assert answer_owners(["session"], SIGNATURES) == []


def test_what_is_offered_as_a_mount_is_of_the_form_that_a_draft_takes() -> None:
    schema = json.loads((SCHEMA).read_text("utf-8"))
    assert schema["$defs"]["vendor"]["properties"]["mounts"]["items"]["pattern"] == MOUNT.pattern
    match = judge(asked("POST", "/?p=1&nv=1"), SIGNATURES)
    assert match
    assert match.mount == ""
