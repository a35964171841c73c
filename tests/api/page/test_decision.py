"""GET decision: for a page by its request, for a server by a token; both get the same result."""

import gzip

import brotli
import pytest
from werkzeug.test import Client

from consent.api.http.caches import Caches
from tests.api.shop import ORIGIN

GERMAN = "?country=DE"
CALIFORNIAN = "?country=US&subdivision=CA"


def test_a_page_with_an_unknown_location_gets_the_strictest_decision(shop):
    decision = shop.decision().json
    assert decision["place"] == {"country": None, "subdivision": None, "source": "unknown"}
    assert decision["regime"] == "fallback"
    assert decision["show"] == "ask"
    assert decision["allowed_tags"] == ["session"]
    assert decision["token"]


def test_a_server_passes_the_location_with_a_token(shop):
    token = shop.token("decide")
    german = shop.decision(GERMAN, Authorization=token).json
    assert (german["regime"], german["show"], german["place"]["source"]) == ("eu_opt_in", "ask", "token")
    californian = shop.decision(CALIFORNIAN + "&gpc=1", Authorization=token).json
    assert californian["regime"] == "us_ca"
    assert californian["allowed_tags"] == ["session", "chat", "ga"]
    assert californian["status"] == "opt_out_honored"
    assert "token" not in californian


def test_a_server_passes_the_visitors_address(shop):
    token = shop.token("decide")
    assert shop.decision(Authorization=token, X_Visitor_Address="8.8.8.8").json["place"]["source"] == "geoip"
    assert shop.decision(Authorization=token).json["place"]["country"] is None
    assert shop.decision(Authorization=token, X_Visitor_Address="rubbish").json["place"]["country"] is None


def test_a_server_forwards_the_visitors_cookie(shop):
    token = shop.token("decide")
    keys = shop.service.context.configs.live.get("shop").resolved("DE", None, 20782)["groups"]
    states = "".join("1" + keys[group]["keys"][0] for group in ("functional", "analytics", "advertising"))
    import time

    choice = f"v1.{int(time.time() // 86400)}.eu_opt_in.0.{states}."
    decision = shop.decision(f"{GERMAN}&choice={choice}", Authorization=token).json
    assert decision["allowed_tags"] == ["session", "chat", "ga", "ads"]
    assert shop.decision(GERMAN, Authorization=token, Cookie=f"consent_shop={choice}").json == decision


@pytest.mark.parametrize(
    "query", ["?country=DE", "?subdivision=CA", "?gpc=1", "?choice=x", "?age_band=adult", "?dnt=1"]
)
def test_only_a_token_may_state_the_visitors_location(shared_shop, query):
    answer = shared_shop.decision(query)
    assert (answer.status_code, answer.json["error"]["code"]) == (403, "token_required")


def test_tokens_are_checked_for_life_scope_and_site(shop):
    assert shop.decision(GERMAN, Authorization="Bearer cst_nonsense").status_code == 401
    refused = shop.decision(GERMAN, Authorization="Basic abc")
    assert (refused.status_code, refused.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert shop.decision(GERMAN, Authorization=shop.token("receipts:read")).status_code == 403
    assert shop.decision(GERMAN, Authorization=shop.token("decide", expires_at=1)).status_code == 401


@pytest.mark.parametrize(
    ("query", "place", "regime"),
    [
        ("?country=US&subdivision=CA", ("US", "CA", "token"), "us_ca"),
        ("?country=US&subdivision=ZZZ", ("US", None, "token"), "us_strictest"),
        ("?country=US&subdivision=ON", ("US", None, "token"), "us_strictest"),
        ("?country=CA&subdivision=ON", ("CA", "ON", "token"), "ca_implied"),
        # Edges and geo databases use XX for an unknown country.
        ("?country=XX&subdivision=CA", (None, None, "unknown"), "fallback"),
    ],
)
def test_an_invalid_location_is_at_least_as_strict_as_a_missing_one(shared_shop, query, place, regime):
    view = shared_shop.decision(query, Authorization=shared_shop.token("decide")).json
    assert tuple(view["place"].values()) == place
    assert view["regime"] == regime


@pytest.mark.parametrize("ages", [(15, 14), (14, 15)])
def test_two_ages_of_one_band_do_not_share_a_response(shop, ages):
    token = shop.token("decide")
    for path in ("/api/v1/sites/shop/decision", "/b/shop.js"):
        for age in (*ages, None, *ages):
            stated = f"age={age}" if age else "age_band=13_15"
            answer = shop.get(f"{path}?country=FR&{stated}", Authorization=token)
            if path.endswith(".js"):
                assert ('"age":' in answer.text, f'"age":{age}' in answer.text) == (age is not None, age is not None)
                continue
            view = answer.json
            assert view["signals"].get("age") == age
            # France requires a parent's consent below 15 (art. 45 of its act); an age band counts as its lowest age.
            assert view["groups"]["advertising"]["reason"] == ("opt_in_not_given" if age == 15 else "minor")
            assert view["show"] == ("ask" if age == 15 else "none")


@pytest.mark.parametrize(
    "query",
    [
        "?country=de",
        "?country=DEU",
        "?country=DE&subdivision=TOOLONG",
        "?country=DE&gpc=yes",
        "?country=DE&age_band=old",
        "?country=DE&age=-1",
        "?country=DE&age=1x",
        "?country=FR&age=15&age_band=adult",
        "?path=nowhere",
        "?view=all",
        "?color=red",
        "?country=DE&country=FR",
        "?path=" + "/a" * 3000,
        "?country=DE&choice=" + "x" * 1100,
    ],
)
def test_a_faulty_parameter_is_refused(shared_shop, query):
    answer = shared_shop.decision(query, Authorization=shared_shop.token("decide"))
    assert answer.status_code == 400
    assert set(answer.json["error"]) == {"code", "message", "fields"}


@pytest.mark.parametrize("value", ["true", "0", "1, 1", "11", "", "yes", "１"])
def test_only_the_exact_value_1_counts_as_gpc(shared_shop, value):
    answer = shared_shop.client.get("/api/v1/sites/shop/decision", environ_overrides={"HTTP_SEC_GPC": value})
    assert answer.json["signals"]["gpc"] is False
    assert shared_shop.decision(Sec_GPC="1").json["signals"]["gpc"] is True


@pytest.mark.parametrize(
    "name", ["X_Forwarded_For", "CF_IPCountry", "X_Vercel_IP_Country", "CloudFront_Viewer_Country", "Forwarded"]
)
def test_no_untrusted_header_selects_the_applicable_law(shared_shop, name):
    for value in ("US", "8.8.8.8", "for=8.8.8.8", "a" * 5000, "1.1.1.1, " * 500, "\x00"):
        answer = shared_shop.client.get(
            "/api/v1/sites/shop/decision",
            environ_overrides={"HTTP_" + name.upper(): value, "REMOTE_ADDR": "203.0.113.9"},
        )
        assert answer.json["place"]["country"] is None


@pytest.mark.parametrize(
    "cookie", ["consent_shop=" + "x" * 5000, "consent_shop=v1.1.a.0", "consent_shop", "=;=;;;", "consent_shop=\x7f"]
)
def test_an_invalid_cookie_is_not_a_choice(shared_shop, cookie):
    assert shared_shop.decision(Cookie=cookie).json["allowed_tags"] == ["session"]


def test_a_foreign_origin_cannot_read_the_decision(shared_shop):
    assert shared_shop.decision(Origin="https://evil.example").status_code == 403
    answer = shared_shop.decision(Origin=ORIGIN)
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert answer.headers.getlist("Vary")[-1] == "Origin" or "Origin" in answer.headers["Vary"]


def test_an_unknown_site_is_not_found(shared_shop):
    answer = shared_shop.get("/api/v1/sites/nobody/decision")
    assert (answer.status_code, answer.json["error"]["code"]) == (404, "unknown_site")


def test_the_fast_path_and_flask_give_the_same_responses(shop):
    inner = Client(shop.service.api)
    for path in (
        "/api/v1/sites/shop/decision",
        "/b/shop.js",
        "/api/v1/sites/nobody/decision",
        "/api/v1/sites/shop/decision?gpc=1",
    ):
        outside, inside = shop.client.get(path), inner.get(path)
        assert (outside.status_code, outside.data) == (inside.status_code, inside.data)
        assert sorted(outside.headers) == sorted(inside.headers)


def test_a_vendor_switched_off_is_off_in_the_next_answer_after_the_publish(shop):
    token = shop.token("decide")
    shop.edit(lambda draft: draft["tags"][3].update(enabled=False))
    assert "ads" in shop.decision("?country=US&subdivision=TX", Authorization=token).json["allowed_tags"]
    shop.publish()
    decision = shop.decision("?country=US&subdivision=TX", Authorization=token).json
    assert decision["version"] == 2
    assert {tag["id"]: tag["reason"] for tag in decision["tags"]}["ads"] == "switched_off"


def test_the_banner_view_holds_what_the_script_needs(shop):
    banner = shop.decision("?view=banner").json["banner"]
    assert {"visit", "signals", "resolved", "texts", "links", "look", "token"} <= set(banner)
    assert {"tags", "vendors", "cookies", "texts", "run"} == set(banner["acts"])


SENT = [
    {},
    {"Accept-Language": "de"},
    {"Accept-Language": "fr-CA, en;q=0.5"},
    {"Accept-Language": "de" + ", en" * 400},
    {"Sec-GPC": "1"},
    {"DNT": "1"},
    {"Origin": ORIGIN},
    {"Accept-Encoding": "br"},
    {"Accept-Encoding": "gzip", "Sec-GPC": "1", "Accept-Language": "de"},
    {"Cookie": "consent_shop=v1.rubbish"},
    {"Cookie": "consent_shop=" + "x" * 3000},
]


@pytest.mark.parametrize("path", ["/api/v1/sites/shop/decision", "/b/shop.js"])
def test_a_cached_response_equals_a_fresh_one(shop, path):
    def answers():
        return [ask(headers) for headers in SENT]

    def ask(headers):
        got = shop.client.get(path, headers={"Accept-Language": "en"} | headers)
        unpack = {"br": brotli.decompress, "gzip": gzip.decompress}.get(got.headers.get("Content-Encoding"), bytes)
        # A background thread compresses the response again, which makes it shorter.
        return got.status_code, [one for one in got.headers if one[0] != "Content-Length"], unpack(got.data)

    made, kept = answers(), answers()
    assert kept == made
    for headers, answer in zip(SENT, made, strict=True):
        caches, empty = shop.service.context.caches, Caches()
        caches.answers, caches.decisions, caches.scripts = empty.answers, empty.decisions, empty.scripts
        assert ask(headers) == answer


def test_a_cached_response_for_a_page_is_not_served_to_a_foreign_origin(shop):
    assert shop.decision(Origin=ORIGIN).status_code == 200
    assert shop.decision(Origin="https://elsewhere.example").status_code == 403
    assert shop.decision(Origin="https://elsewhere.example").status_code == 403
    assert shop.decision(Origin=ORIGIN).status_code == 200


def test_a_cached_response_for_a_page_still_requires_its_token(shop):
    assert shop.decision().status_code == 200
    assert shop.decision(Authorization="Bearer cst_nonsense").status_code == 401
