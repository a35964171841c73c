"""How the service judges an event for a gate, by the visitor's choice, place and signals and the event's content."""

import gzip
import json
import time
import zlib
from typing import Any

import pytest
from werkzeug.test import TestResponse

from consent.classifier.catalog import VENDORS, fill, load_catalog
from consent.core.choice import Choice, format_choice
from consent.sites.draft import add_tag
from consent.sites.own_host.mounts import set_mounts
from tests.api.shop import ORIGIN, Shop, cookies_of
from tests.geo.addresses import BERKELEY, BERLIN_V6

GATE = "/api/v1/sites/shop/gate"
PHC = "phc_" + "Ab1" * 14
HIT = "/metrics/g/collect?v=2&tid=G-ABC1234567&cid=1.2&en=page_view"
MOUNTED = {
    "google-analytics": ("ga4", {"measurement_id": "G-ABC1234567"}, "/metrics/*"),
    "posthog": ("posthog", {"token": PHC, "region": "eu"}, "/ph/*"),
    "google-tag-manager": ("gtm", {"container_id": "GTM-ABC1234"}, "/gtm/*"),
}


@pytest.fixture
def gated(shop: Shop) -> Shop:
    """Mount three vendors on the shop's own host."""

    def mount(draft: dict[str, Any]) -> None:
        catalog = load_catalog(VENDORS)
        for vendor_id, (template, parameters, path) in MOUNTED.items():
            vendor = catalog.vendor(vendor_id)
            draft.update(add_tag(draft, vendor, template, fill(vendor.tag(template), parameters), parameters))
            draft.update(set_mounts(draft, vendor_id, [path]))

    shop.edit(mount)
    shop.publish()
    return shop


def cookie(shop: Shop, analytics: bool | None, advertising: bool | None = False, days_ago: int = 0) -> str:
    config = shop.service.context.configs.live.get("shop")
    assert config
    groups = {"functional": advertising, "analytics": analytics, "advertising": advertising}
    keys = {group: config.document["purpose_keys"][group][0]["key"][:8] for group in groups}
    return "consent_shop=" + format_choice(Choice(int(time.time() // 86400) - days_ago, "eu_opt_in", groups, keys))


def ask(shop: Shop, uri: str, body: bytes | None = None, method: str = "POST", **headers: str) -> TestResponse:
    """Send a gate's request for a visitor from Berlin."""
    sent = {"Authorization": shop.token("decide"), "X-Gate-Method": method, "X-Gate-Uri": uri}
    sent |= {"X-Visitor-Address": BERLIN_V6} | {name.replace("_", "-"): value for name, value in headers.items()}
    if body is None:
        return shop.client.get(GATE, headers=sent)
    return shop.client.post(f"{GATE}/event", data=body, headers=sent)


def reason(answer: TestResponse) -> str:
    return f"{answer.headers['X-Gate']} {answer.headers['X-Gate-Reason']}"


def event(**facts: Any) -> bytes:
    body = {"api_key": PHC, "event": "$pageview", "properties": {"token": PHC, "distinct_id": "d"}}
    return json.dumps(body | facts).encode()


def test_only_a_token_for_the_site_may_ask(gated: Shop) -> None:
    assert gated.client.get(GATE).status_code == 401
    other = gated.client.get(GATE, headers={"Authorization": gated.token("log:read")})
    assert other.json["error"]["code"] == "insufficient_scope"


def test_an_event_without_a_valid_path_method_or_vendor_is_rejected(gated: Shop) -> None:
    assert ask(gated, "").json["error"]["code"] == "invalid_field"
    assert ask(gated, "metrics/").status_code == 400
    assert ask(gated, HIT, method="post").status_code == 400
    assert ask(gated, HIT, X_Gate_Vendor="nobody").status_code == 400


def test_the_choice_location_and_signal_decide(gated: Shop) -> None:
    hit = f"{HIT}&gcs=G101"
    assert reason(ask(gated, hit)) == "stop opt_in_not_given"
    assert reason(ask(gated, hit, Cookie=cookie(gated, False))) == "stop refused"
    assert reason(ask(gated, hit, Cookie=cookie(gated, True))) == "pass granted"
    assert reason(ask(gated, hit, Cookie=cookie(gated, True, days_ago=900))) == "stop expired"
    in_california = {"X_Visitor_Address": BERKELEY}
    assert reason(ask(gated, f"{HIT}&gcs=G111", **in_california)) == "pass opt_out_default"
    assert reason(ask(gated, f"{HIT}&gcs=G111", Sec_GPC="1", **in_california)) == "stop claims_more"


def test_applies_the_strictest_rule_to_an_unknown_location(gated: Shop) -> None:
    assert reason(ask(gated, f"{HIT}&gcs=G111", X_Visitor_Address="")) == "stop opt_in_not_given"


def test_consent_parameters_must_agree_with_the_choice(gated: Shop) -> None:
    statistics = cookie(gated, True, False)
    assert reason(ask(gated, f"{HIT}&gcs=G111", Cookie=statistics)) == "stop claims_more"
    assert reason(ask(gated, f"{HIT}&gcs=G101&gcd=13v3v3v3v5l1", Cookie=statistics)) == "stop claims_more"
    assert reason(ask(gated, HIT, Cookie=statistics)) == "stop no_consent_parameters"
    assert reason(ask(gated, f"{HIT}&gcs=G100", Cookie=statistics)) == "pass claims_less"
    assert reason(ask(gated, HIT, Cookie=cookie(gated, True, True))) == "pass granted"


def test_blocks_an_unknown_path(gated: Shop) -> None:
    everything = cookie(gated, True, True)
    assert reason(ask(gated, "/elsewhere", Cookie=everything)) == "stop unknown_mount"
    assert reason(ask(gated, "/metricsx/g", Cookie=everything)) == "stop unknown_mount"
    assert reason(ask(gated, "/metrics/anything/at/all", Cookie=everything)) == "pass granted"


def test_treats_undeclared_container_events_as_advertising(gated: Shop) -> None:
    assert reason(ask(gated, "/gtm/abc", Cookie=cookie(gated, True, False))).startswith("stop")
    assert reason(ask(gated, "/gtm/abc", Cookie=cookie(gated, True, True))) == "pass granted"
    whole_host = {"X_Gate_Vendor": "google-tag-manager"}
    assert reason(ask(gated, "/any/path", Cookie=cookie(gated, True, True), **whole_host)) == "pass granted"
    # A vendor's event inside the container must also meet the conditions of that vendor's own tag.
    hit = "/g/collect?v=2&tid=G-ABC1234567&en=x&gcs=G110"
    assert reason(ask(gated, hit, Cookie=cookie(gated, False, True), **whole_host)) == "stop refused"


def test_blocks_an_event_from_before_the_grant(gated: Shop) -> None:
    granted, now = cookie(gated, True), time.time()
    assert reason(ask(gated, "/ph/e/", event(timestamp=now - 2), Cookie=granted)) == "pass granted"
    assert reason(ask(gated, "/ph/e/", event(timestamp=now - 60), Cookie=granted)) == "stop before_grant"
    packed = gzip.compress(event(timestamp=now - 60))
    assert reason(ask(gated, "/ph/e/", packed, Cookie=granted)) == "stop before_grant"
    # The browser's clock is an hour slow, and the event was sent at once.
    slow = event(timestamp=now - 3600, sent_at=now - 3599)
    assert reason(ask(gated, "/ph/e/", slow, Cookie=granted)) == "pass granted"
    batch = json.dumps(
        {"api_key": PHC, "batch": [{"event": "x", "timestamp": now}, {"event": "x", "timestamp": now - 90}]}
    )
    assert reason(ask(gated, "/ph/batch/", batch.encode(), Cookie=granted)) == "stop before_grant"


def test_takes_the_time_of_the_grant_from_the_receipt(gated: Shop) -> None:
    now = int(time.time())
    chosen = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now - 120))
    answer = gated.choose(gated.choice(chosen_at=chosen), Host="www.example.com")
    assert answer.status_code == 201
    secret = cookies_of(answer)["consent_shop_id"].partition(";")[0]
    both = f"{cookie(gated, True, True)}; consent_shop_id={secret}"
    after, before = event(timestamp=now - 60), event(timestamp=now - 180)
    passed = ask(gated, "/ph/e/", after, Cookie=both)
    assert reason(passed) == "pass granted"
    assert reason(ask(gated, "/ph/e/", before, Cookie=both)) == "stop before_grant"
    # The secret is meant for this service only.
    assert "consent_shop=" in passed.headers["X-Gate-Cookie"]
    assert secret not in passed.headers["X-Gate-Cookie"]


def test_a_body_that_is_not_seen_or_read_is_stopped_where_it_tells_the_time(gated: Shop) -> None:
    granted = cookie(gated, True, True)
    assert reason(ask(gated, "/ph/e/", None, Cookie=granted, X_Gate_Length="200")) == "stop body_unseen"
    assert reason(ask(gated, "/ph/e/", None, Cookie=granted)) == "stop body_unseen"
    assert reason(ask(gated, "/metrics/opaque", None, Cookie=granted)) == "pass granted"
    bomb = gzip.compress(b" " * 20_000_000)
    for body in (bomb, b"\x1f\x8bbroken", zlib.compress(b"packed")):
        assert reason(ask(gated, "/ph/e/", body, Cookie=granted)) == "stop unreadable"
        assert reason(ask(gated, "/ph/e/", body, Cookie=cookie(gated, True, True, days_ago=30))) == "pass granted"
    deep = b'{"api_key":"' + PHC.encode() + b'","batch":' + b"[" * 10_000 + b"]" * 10_000 + b"}"
    assert ask(gated, "/ph/e/", deep, Cookie=cookie(gated, False)).headers["X-Gate"] == "stop"
    assert ask(gated, "/ph/e/", b" " * (1 << 20) + b" ", Cookie=granted).status_code == 413


def test_a_blocked_event_gets_a_response_that_prevents_retries(gated: Shop) -> None:
    stopped = ask(gated, "/ph/e/", event(), Origin=ORIGIN)
    told = {name: stopped.headers[f"X-Gate-{name}"] for name in ("Status", "Body", "Type", "Origin")}
    assert (stopped.status_code, told) == (
        403,
        {"Status": "200", "Body": "{}", "Type": "application/json", "Origin": ORIGIN},
    )
    hit = ask(gated, HIT, Origin="https://elsewhere.example")
    assert (hit.headers["X-Gate-Status"], "X-Gate-Origin" in hit.headers) == ("204", False)
    assert reason(ask(gated, HIT, method="OPTIONS", Origin=ORIGIN)) == "stop preflight"


def test_blocks_a_tag_that_is_not_allowed_on_the_page(gated: Shop) -> None:
    granted = {"Cookie": cookie(gated, True, True)}

    def bind(draft: dict[str, Any]) -> None:
        (tag,) = (tag for tag in draft["tags"] if tag["vendor"] == "posthog")
        tag["pages"]["except"] = ["/checkout*"]

    gated.edit(bind)
    gated.publish()
    now = {"timestamp": time.time()}
    assert reason(ask(gated, "/ph/e/", event(**now), Referer=f"{ORIGIN}/shoes", **granted)) == "pass granted"
    assert reason(ask(gated, "/ph/e/", event(**now), Referer=f"{ORIGIN}/checkout", **granted)) == "stop out_of_page"
    assert (
        reason(ask(gated, "/ph/e/", event(**now), Referer="https://elsewhere.example/", **granted))
        == "stop out_of_page"
    )


def test_metrics_count_blocked_events_and_those_a_gate_missed(gated: Shop) -> None:
    ask(gated, HIT)
    ask(gated, HIT, X_Gate_Missed="7", Cookie=cookie(gated, True, True))
    text = gated.client.get("/metrics", environ_overrides={"REMOTE_ADDR": "127.0.0.1"}).text
    name = 'consent_gate_events_total{outcome="stop",reason='
    assert f'{name}"opt_in_not_given",site="shop",vendor="google-analytics"}} 1.0' in text
    assert f'{name}"gate_unavailable",site="shop",vendor=""}} 7.0' in text
