"""What a visitor experiences on the shop's pages, in a real browser."""

import re

import pytest
from playwright.sync_api import expect

from tests.polling import wait_for
from tests.story.demo import VENDORS, Visitor
from tests.story.stored_receipts import receipts_of

pytestmark = pytest.mark.server

NON_ESSENTIAL = ("demo_chat", "demo_visitor", "demo_ads", "ads_visitor", "video_visitor", "chat_visitor")
OWN = {"visit_as", "shop_session", "cart", "consent_demo"}
LONG = re.compile(r"[0-9a-f]{16,}|[A-Za-z0-9_-]{22,}")


def wait_for_receipt(demo, method):
    """Wait for a receipt with `method`: the script sends it when the page is idle."""
    return wait_for(lambda: [one for one in receipts_of(demo) if one["method"] == method])[0]


def test_in_germany_nothing_runs_before_the_choice_and_all_after_accept(visitor):
    page = visitor.visit(visit="DE")
    visitor.settle()
    assert visitor.demo.hits() == {}
    assert not set(visitor.cookies()) & set(NON_ESSENTIAL)
    expect(page.get_by_role("button", name="Reject all", exact=True)).to_be_visible()
    visitor.press("Accept all")
    visitor.settle()
    assert {"chat", "analytics", "ads"} <= set(visitor.demo.hits())
    assert {"demo_chat", "demo_visitor", "demo_ads"} <= set(visitor.cookies())
    # With an existing choice, nothing is shown.
    visitor.visit()
    expect(page.get_by_role("button", name="Accept all", exact=True)).to_have_count(0)
    visitor.settle()
    assert visitor.demo.hits()["analytics"]["/analytics.js"] >= 2


def test_after_reject_nothing_runs_over_three_loads_and_nothing_unique_is_left(visitor):
    visitor.visit(visit="DE")
    before = {name: value for name, value in visitor.cookies().items() if name in OWN}
    visitor.press("Reject all")
    for path in ("/", "/plants/monstera", "/cart"):
        visitor.visit(path)
        visitor.settle()
        assert "Accept all" not in visitor.buttons()
    assert visitor.demo.hits() == {}
    cookies = visitor.cookies()
    assert not set(cookies) & set(NON_ESSENTIAL)
    assert set(cookies) <= OWN
    # The session cookie is the shop's; ours contain nothing unique, but the same for everyone who refuses here today.
    ours = {name: value for name, value in cookies.items() if name not in before or name == "consent_demo"}
    assert re.fullmatch(r"v1\.\d+\.eu_opt_in\.0\.0[0-9a-f]{8}0[0-9a-f]{8}0[0-9a-f]{8}\.", ours["consent_demo"])
    assert not any(LONG.search(f"{name} {value}") for name, value in visitor.storage().items()), visitor.storage()


def test_two_who_refuse_keep_the_same_bytes(demo, browser):
    kept = []
    for _ in range(2):
        context = browser.new_context(locale="en-GB")
        somebody = Visitor(demo, context)
        somebody.visit(visit="DE")
        somebody.press("Reject all")
        somebody.visit()
        kept.append((somebody.cookies()["consent_demo"], somebody.storage()))
        context.close()
    assert kept[0] == kept[1]


def test_a_californian_with_gpc_gets_no_advertising_on_the_first_load_and_sees_it_said(visitor):
    page = visitor.visit(visit="US-CA", gpc="1")
    visitor.settle()
    hits = visitor.demo.hits()
    assert "ads" not in hits
    assert "analytics" in hits
    expect(page.get_by_text("Opt-Out Request Honored").first).to_be_visible()
    expect(page.locator("[data-choices-link]")).to_contain_text("Do Not Sell or Share My Personal Information")
    newest = wait_for_receipt(visitor.demo, "gpc")
    assert (newest["action"], newest["method"], newest["visitor"]) == ("opt_out", "gpc", None)
    assert newest["place"] == {"country": "US", "subdivision": "CA"}
    page.goto(f"{visitor.demo.shop}/story/server-side")
    expect(page.get_by_role("row", name="demo-ads").get_by_text("held", exact=True)).to_be_visible()
    expect(page.get_by_role("row", name="demo-analytics").get_by_text("full", exact=True)).to_be_visible()


def test_a_californian_without_gpc_sees_a_notice_and_opts_out_in_one_act(visitor):
    page = visitor.visit(visit="US-CA")
    visitor.settle()
    assert "ads" in visitor.demo.hits()
    expect(page.get_by_role("button", name="Opt out", exact=True)).to_be_visible()
    visitor.press("Opt out")
    visitor.leave()
    visitor.visit()
    visitor.settle()
    assert "ads" not in visitor.demo.hits()
    assert "demo_ads" not in visitor.cookies()


def test_a_grant_from_texas_does_not_count_in_germany(visitor):
    visitor.visit(visit="US-TX")
    visitor.page.evaluate(
        "() => window.consent.set({functional: true, analytics: true, advertising: true})",
    )
    visitor.settle()
    assert ".us_opt_out." in visitor.cookies()["consent_demo"]
    visitor.leave()
    page = visitor.visit(visit="DE")
    visitor.settle()
    assert visitor.demo.hits() == {}
    expect(page.get_by_role("button", name="Reject all", exact=True)).to_be_visible()


def test_an_unknown_place_gets_the_strictest_answer(visitor):
    page = visitor.visit(visit="unknown")
    visitor.settle()
    assert visitor.demo.hits() == {}
    expect(page.get_by_role("button", name="Reject all", exact=True)).to_be_visible()
    assert page.evaluate("() => window.consent.get().regime") == "fallback"


def test_withdrawal_removes_the_named_cookies_and_leaves_session_and_cart(visitor):
    page = visitor.visit("/plants/monstera", visit="DE")
    page.get_by_role("button", name="Put in cart").click()
    visitor.visit("/plants/monstera")
    visitor.press("Accept all")
    visitor.settle()
    hidden = {"value": "1", "url": visitor.demo.shop, "httpOnly": True}
    visitor.context.add_cookies([{"name": name, **hidden} for name in ("demo_ads", "sessionid")])
    before = visitor.cookies()
    assert {"demo_visitor", "demo_ads", "demo_chat", "consent_demo_id"} <= set(before)
    page.get_by_role("button", name="Privacy choices").first.click()
    visitor.press("Reject all")
    visitor.settle()
    after = visitor.cookies()
    assert not {"demo_visitor", "demo_ads", "demo_chat", "consent_demo_id"} & set(after)
    assert "demo_analytics_queue" not in visitor.storage()
    kept = {"shop_session", "cart", "sessionid"} & set(before)
    assert len(kept) > 1
    assert {name: after.get(name) for name in kept} == {name: before[name] for name in kept}
    visitor.leave()
    visitor.visit()
    visitor.settle()
    assert visitor.demo.hits() == {}


def test_a_frame_waits_behind_a_placeholder_and_loads_once(visitor):
    page = visitor.visit("/plants/monstera", visit="DE")
    visitor.press("Reject all")
    visitor.settle()
    assert "video" not in visitor.demo.hits()
    page.get_by_role("button", name="Load once").first.click()
    visitor.settle()
    assert "video" in visitor.demo.hits()
    expect(page.frame_locator("iframe[src]").get_by_role("button", name="Play")).to_be_visible()
    visitor.demo.forget_hits()
    visitor.visit("/plants/monstera")
    visitor.settle()
    assert "video" not in visitor.demo.hits()


def test_the_checkout_keeps_its_strict_policy_and_chat_and_adverts_out(visitor):
    complaints = []
    visitor.page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    visitor.visit("/checkout", visit="GB")
    visitor.press("Accept all")
    visitor.settle()
    assert set(visitor.demo.hits()) == {"analytics"}
    assert complaints == []


def test_the_page_from_the_server_leaves_held_tags_out_of_its_html(visitor):
    html = {}
    for place in ("DE", "US-TX"):
        visitor.page.goto(f"{visitor.demo.shop}/story/server-side?visit={place}")
        html[place] = visitor.page.content()
    for name in VENDORS[:3]:
        assert f"{name}.vendors.localhost:{visitor.demo.ports[2]}/{name}.js" not in html["DE"]
        assert f"{name}.vendors.localhost:{visitor.demo.ports[2]}/{name}.js" in html["US-TX"]


def test_on_the_page_from_the_server_the_banner_acts_and_no_tag_runs_twice(visitor):
    page, asked = visitor.visit("/story/server-side", visit="DE"), []
    page.on("request", lambda request: asked.append(request.url.partition("?")[0]))
    assert visitor.demo.hits() == {}
    visitor.press("Accept all")
    visitor.settle()
    assert {"chat", "analytics", "ads"} <= set(visitor.demo.hits())
    asked.clear()
    visitor.visit("/story/server-side")
    visitor.settle()
    scripts = [address for name in VENDORS[:3] for address in asked if address.endswith(f"/{name}.js")]
    assert len(scripts) == len(VENDORS[:3])
    expect(page.locator("iframe[data-tag]")).to_be_visible()
    page.get_by_role("button", name="Privacy choices").first.click()
    visitor.press("Reject all")
    visitor.settle()
    assert not {"demo_visitor", "demo_ads", "demo_chat"} & set(visitor.cookies())
    visitor.leave()
    visitor.visit("/story/server-side")
    visitor.settle()
    assert visitor.demo.hits() == {}


@pytest.mark.parametrize(
    ("language", "word"), [("de", "Alle ablehnen"), ("fr", "Tout refuser"), ("pl", "Odrzuć wszystko")]
)
def test_the_banner_speaks_the_visitors_language(visitor, language, word):
    page = visitor.visit(visit="DE", language=language)
    expect(page.get_by_role("button", name=word, exact=True)).to_be_visible()
