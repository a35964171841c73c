"""Invented input neither fills the caches nor produces responses that no normal visitor would need."""

import gc
import re
import secrets
import tracemalloc

import pytest
from sqlalchemy import event

from consent.api.fast_path import find_endpoint
from consent.api.http.caches import MAX_ANSWER_BYTES, MAX_DECISION_BYTES, Caches
from consent.api.http.request import Request
from consent.storage.database.lookup_budget import MAX_AT_ONCE, LookupBudget
from consent.storage.database.nonblocking import WouldBlockError, nonblocking
from tests.polling import wait_for

pytestmark = pytest.mark.attack

DAY = 20_700


def usage(shop):
    return shop.service.context.caches.usage()


def rubbish(number):
    return f"v1.{number}.rubbish.{secrets.token_hex(20)}"


def invented(number):
    """Return a well-formed choice made on `DAY` with keys, a rule and vendors that were never published."""
    states = "".join("1" + secrets.token_hex(4) for _ in range(3))
    return f"v1.{DAY}.rule_of_{'abcdefgh'[number % 8]}.0.{states}.vendor-{number}:1"


@pytest.mark.parametrize("path", ["/api/v1/sites/shop/decision", "/b/shop.js"])
def test_invented_languages_map_to_the_available_ones(shop, path):
    for number in range(200):
        asked = f"de-{secrets.token_hex(3)};q=0.{number}, x{number % 100}"
        assert shop.get(path, Accept_Language=asked).status_code == 200
    assert usage(shop)["answers"].entries <= 2
    assert usage(shop)["scripts"].entries <= 2


def test_paths_without_a_matching_rule_share_one_decision(shop):
    for view in ("", "&view=banner"):
        for number in range(200):
            assert shop.decision(f"?path=/page-{number}{view}").status_code == 200
    assert usage(shop)["decisions"].entries == usage(shop)["answers"].entries == 2


def test_decisions_for_paths_are_keyed_by_the_rules_they_match(shop):
    def bind(draft):
        next(tag for tag in draft["tags"] if tag["id"] == "session")["pages"]["only"] = ["/basket*"]

    shop.edit(bind)
    shop.publish()
    for _ in range(2):
        reasons = {
            path: shop.decision(f"?path={path}").json["tags"][0]["reason"] for path in ("/basket/1", "/", "/basket/2")
        }
        assert reasons == {"/basket/1": "essential", "/": "out_of_page", "/basket/2": "essential"}
        assert shop.decision().json["tags"][0]["reason"] == "out_of_page"
    assert usage(shop)["answers"].entries == 3


def test_invalid_choice_cookies_count_as_no_cookie(shop):
    for number in range(200):
        shop.decision(Cookie=f"consent_shop={rubbish(number)}")
    assert usage(shop)["answers"].entries == usage(shop)["decisions"].entries == 1


def test_invented_choices_share_the_decision_and_the_stored_answers_are_bounded(shop):
    for number in range(300):
        shop.decision(Cookie=f"consent_shop={invented(number)}")
    assert usage(shop)["decisions"].entries == 1
    # Each is cached as sent, with its day, until the limit evicts it.
    assert usage(shop)["answers"].entries == 300
    assert usage(shop)["answers"].bytes <= MAX_ANSWER_BYTES
    assert usage(shop)["decisions"].bytes <= MAX_DECISION_BYTES


def test_invented_sites_and_builds_leave_no_state(shop):
    for number in range(30):
        assert shop.get(f"/b/shop-{number}.js").status_code == 404
        assert shop.get(f"/b/shop/{number:064x}.js").status_code == 404
        assert shop.get(f"/b/shop/{number:016x}/{number:016x}/de.js?place=DE").status_code == 404
        assert shop.get(f"/api/v1/sites/shop-{number}/decision").status_code == 404
    assert {one.entries for one in usage(shop).values()} == {0}


@pytest.mark.parametrize(
    "path",
    [
        "/b/shop/{0:064x}.js",
        "/b/shop/{0:016x}/{0:016x}/en.js?place=DE",
        "/b/shop/tcf/{0:016x}.json",
        "/b/shop/tcf/{0:016x}.js",
    ],
)
def test_invented_builds_and_configs_cost_few_queries(shop, path):
    shop.service.context.configs.live.lookups = LookupBudget(clock=lambda: 0.0)
    asked = []
    event.listen(shop.service.context.engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    statuses = {shop.get(path.format(number)).status_code for number in range(MAX_AT_ONCE + 50)}
    assert len([text for text in asked if "substr" in text]) == MAX_AT_ONCE
    assert statuses == {404, 503}
    # What is live stays in memory and is served all the while.
    later = re.search(rb'"later":"([^"]+)"', shop.get("/b/shop.js").data)[1].decode()
    assert shop.get(later).status_code == 200


def test_does_not_compress_a_script_to_answer_304(shop):
    etag = shop.get("/b/shop.js", Accept_Encoding="br").headers["ETag"]
    shop.service.context.caches.scripts = Caches().scripts
    answer = shop.get("/b/shop.js", Accept_Encoding="br", If_None_Match=etag)
    assert (answer.status_code, answer.data) == (304, b"")
    before = usage(shop)["scripts"].bytes
    shop.get("/b/shop.js", Accept_Encoding="br")
    # The compressed bytes replace the plain ones.
    assert usage(shop)["scripts"].bytes < before
    assert usage(shop)["scripts"].hits == 1


def test_does_not_store_long_invented_values(shop):
    def invent(number):
        text = f"{number}" + "x" * 100_000
        shop.get("/b/shop.js", Referer=f"https://{text}.example/")
        shop.get("/b/shop.js", Accept_Encoding=text, Accept_Language=text, If_None_Match=text, Authorization=text)
        shop.decision(Cookie=f"consent_shop={text}; consent_shop_own={text}")
        shop.client.open("/b/shop.js", method=text)

    invent(0)
    tracemalloc.start()
    try:
        for number in range(1, 51):
            invent(number)
        # Bodies that still wait to be compressed go within seconds.
        wait_for(lambda: gc.collect() >= 0 and tracemalloc.get_traced_memory()[0] < 2_000_000)
    finally:
        tracemalloc.stop()


def test_a_name_that_is_looked_up_is_counted_once_where_the_event_loop_asks_first(shop):
    app, live = shop.service.wsgi_app, shop.service.context.configs.live
    live.lookups = LookupBudget(clock=lambda: 0.0)
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": f"/b/shop/tcf/{0:016x}.json"}
    endpoint = find_endpoint(environ["PATH_INFO"], "GET")
    statuses = []
    for _ in range(MAX_AT_ONCE):
        with pytest.raises(WouldBlockError), nonblocking():
            app.answer(Request(environ), endpoint)
        statuses.append(app.answer(Request(environ), endpoint).status)
    assert set(statuses) == {404}


def test_a_visit_whose_answer_is_begun_twice_is_counted_once(shop):
    app, locator = shop.service.wsgi_app, shop.service.context.locator
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/b/shop.js", "REMOTE_ADDR": "127.0.0.1"}
    endpoint, before = find_endpoint(environ["PATH_INFO"], "GET"), locator.report().visits
    for _ in range(2):  # on the event loop, and in a thread where it would have waited
        assert app.answer(Request(environ), endpoint).status == 200
    assert locator.report().visits == before + 1
