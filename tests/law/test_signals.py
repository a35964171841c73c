"""Signals, California's links, and what vendors are told: assertions 24 to 29, 31, 32 and 36."""

import datetime
import http.client
import json
from typing import Any

import pytest
import requests
from playwright.sync_api import Dialog, Page, expect

from consent.classifier.catalog import VENDORS, load_catalog
from consent.core.rules import Place
from tests.golden import shipped_rules
from tests.law.visits import Arrive, claims_of, wait_for_version
from tests.story.demo import Demo

pytestmark = [pytest.mark.server, pytest.mark.extended]

PROPERTY = "Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', { get: () => true })"
HONORED = "Opt-Out Request Honored"
DECISION = "/api/v1/sites/demo/decision?country=US&subdivision={}&path=/"
LINKS = ("Do Not Sell or Share My Personal Information", "Limit the Use of My Sensitive Personal Information")
PLAIN = """link => { const s = getComputedStyle(link); return [s.color, s.fontSize, s.fontFamily, s.fontWeight] }"""
TYPES = {
    *("ad_storage", "ad_user_data", "ad_personalization", "analytics_storage"),
    *("functionality_storage", "personalization_storage", "security_storage"),
}


def decision(demo: Demo, token: str, state: str, *gpc: str) -> dict[str, Any]:
    """Return the decision for a state, with one `Sec-GPC` header for each value in `gpc`."""
    connection = http.client.HTTPConnection("127.0.0.1", demo.ports[0], timeout=10)
    connection.putrequest("GET", DECISION.format(state))
    connection.putheader("Authorization", f"Bearer {token}")
    for value in gpc:
        connection.putheader("Sec-GPC", value)
    connection.endheaders()
    answer = connection.getresponse()
    assert answer.status == 200
    found: dict[str, Any] = json.loads(answer.read())
    connection.close()
    return found


def states() -> list[str]:
    """Return the US states whose rule requires honoring the signal."""
    rules, today = shipped_rules(), datetime.datetime.now(datetime.UTC).date()
    codes = [code.removeprefix("US-") for code in rules.codes if code.startswith("US-")]
    return [code for code in codes if rules.rule_at(Place("US", code), today).gpc in ("yes", "conditional")]


def test_assertion_24_the_signal_holds_advertising_in_each_state_that_knows_it(demo: Demo, token: str) -> None:
    known = states()
    assert len(known) >= 10
    for state in known:
        assert "demo-ads" in decision(demo, token, state)["allowed_tags"], state
        assert "demo-ads" not in decision(demo, token, state, "1")["allowed_tags"], state


@pytest.mark.parametrize(
    ("headers", "counts"),
    [(["0"], False), (["true"], False), (["1, 1"], False), (["1"], True), (["0", "1"], True), (["1", "0"], True)],
)
def test_assertion_24_only_the_exact_value_counts(demo: Demo, token: str, headers: list[str], counts: bool) -> None:
    assert decision(demo, token, "CA", *headers)["signals"]["gpc"] is counts


@pytest.mark.parametrize("source", ["header", "property"])
def test_assertions_24_25_on_the_first_load_the_page_obeys_and_says_so(arrive: Arrive, source: str) -> None:
    visitor = arrive("US-CA", gpc=source == "header")
    if source == "property":
        visitor.leave()
        visitor.context.add_init_script(PROPERTY)
        visitor.visit()
    visitor.settle()
    assert "ads" not in visitor.demo.hits()
    page = visitor.page
    expect(page.get_by_text(HONORED).first).to_be_visible()
    # A person presses "Settings" in the notice, or "Privacy choices" once the signal's receipt exists.
    page.evaluate("void consent.open()")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("switch", name="Advertising", exact=True)).not_to_be_checked()
    expect(dialog.get_by_text(HONORED)).to_be_visible()


def test_assertion_25_a_manual_opt_out_is_said_to_be_honored_too(arrive: Arrive) -> None:
    visitor = arrive("US-CA")
    visitor.press("Opt out")
    expect(visitor.page.get_by_text(HONORED).first).to_be_visible()
    expect(visitor.visit("/cart").get_by_text(HONORED).first).to_be_visible()


def test_assertion_26_the_links_of_california_stand_like_their_siblings_on_every_page(arrive: Arrive) -> None:
    visitor = arrive("US-CA")
    for path in ("/", "/plants/monstera", "/privacy"):
        footer = visitor.visit(path).locator("footer")
        sibling = footer.get_by_role("link", name="Privacy", exact=True).evaluate(PLAIN)
        for name in LINKS:
            assert footer.get_by_role("button", name=name).evaluate(PLAIN) == sibling
    visitor.page.locator("footer").get_by_role("button", name=LINKS[0]).click()
    # A loaded vendor without a way to stop makes the page reload; pressing the link was all the visitor had to do.
    expect(visitor.page.get_by_text(HONORED).first).to_be_visible()
    visitor.page.wait_for_function("() => window.consent?.get()?.groups.advertising.reason === 'refused'")


@pytest.mark.long
def test_assertion_26_one_link_with_its_icon_may_stand_for_the_two(arrive: Arrive, demo: Demo, publish: Any) -> None:
    draft = json.loads(demo.command("config", "export", "demo"))
    draft["overrides"]["one_choices_link"] = True
    visitor = arrive("US-CA")
    wait_for_version(visitor, publish(json.dumps(draft)))
    footer = visitor.page.locator("footer")
    link = footer.get_by_role("button", name="Your Privacy Choices", exact=True)
    assert link.evaluate(PLAIN) == footer.get_by_role("link", name="Privacy", exact=True).evaluate(PLAIN)
    expect(link.locator("svg")).to_be_visible()
    for name in LINKS:
        expect(visitor.page.get_by_text(name)).to_have_count(0)
    link.click()
    expect(visitor.page.get_by_role("dialog")).to_be_visible()
    places = requests.get(f"{demo.url}/c/demo", params={"language": "en"}, timeout=10).text
    assert places.count("Your Privacy Choices") == places.count("<svg")


def test_assertion_27_an_opt_out_is_one_act_that_says_nothing_of_the_visitor(arrive: Arrive) -> None:
    page = arrive("US-CA").page
    asked: list[str] = []

    def go_on(dialog: Dialog) -> None:
        asked.append(dialog.message)
        dialog.accept()

    page.on("dialog", go_on)
    with page.expect_request(lambda r: r.url.endswith("/receipts") and r.method == "POST") as sent:
        page.get_by_role("button", name="Opt out", exact=True).click()
    body = sent.value.post_data_json
    assert set(body) == {
        *("key", "config", "token", "action", "method", "choices", "vendors", "layer", "conflict_shown"),
        *("age_band", "keep_proof", "chosen_at"),
    }
    assert asked == []
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("textbox")).to_have_count(0)


def test_assertion_28_for_a_year_nobody_asks_to_opt_in_again(arrive: Arrive) -> None:
    visitor = arrive("US-CA", gpc=True)
    expect(visitor.page.get_by_text(HONORED).first).to_be_visible()
    now = datetime.datetime.now(datetime.UTC)
    for days in (1, 180, 364):
        visitor.context.clock.set_fixed_time(now + datetime.timedelta(days=days))
        page = visitor.visit()
        expect(page.get_by_text(HONORED).first).to_be_visible()
        expect(page.get_by_role("button", name="Accept all")).to_have_count(0)


def test_assertion_29_a_grant_against_the_signal_is_asked_for_after_telling_and_the_receipt_says_so(
    arrive: Arrive,
) -> None:
    page = arrive("US-CA", gpc=True).page
    # A person presses "Settings" in the notice, or "Privacy choices" once the signal's receipt exists.
    page.evaluate("void consent.open()")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("What you accept here counts instead of that signal.")).to_be_visible()
    dialog.get_by_role("switch", name="Advertising", exact=True).check()
    with page.expect_response(
        lambda r: r.url.endswith("/receipts") and r.request.post_data_json["method"] == "click"
    ) as sent:
        dialog.get_by_role("button", name="Save my choice").click()
    assert sent.value.status == 201
    assert claims_of(sent.value.json()["receipt"])["conflict_shown"] is True


def test_assertion_31_answers_that_depend_on_place_and_signal_say_so(demo: Demo) -> None:
    for path in ("/b/demo.js", "/api/v1/sites/demo/decision"):
        headers = requests.get(demo.url + path, timeout=10).headers
        assert "Sec-GPC" in headers["Vary"].split(", ")
        assert "private" in headers["Cache-Control"]
    answer = requests.get(f"{demo.url}/.well-known/gpc.json", timeout=10)
    assert answer.headers["Content-Type"].startswith("application/json")
    form = answer.json()
    assert form["gpc"] is True
    datetime.date.fromisoformat(form["lastUpdate"])


def consent_calls(page: Page) -> list[list[Any]]:
    found: list[list[Any]] = page.evaluate("dataLayer.filter(e => e[0] === 'consent').map(e => [e[1], e[2]])")
    return found


def test_assertion_32_consent_mode_comes_first_with_all_seven_types_and_follows_the_choice(arrive: Arrive) -> None:
    visitor = arrive("DE")
    page = visitor.page
    (one, before), (two, of_place) = consent_calls(page)
    assert (one, two, of_place) == ("default", "default", before | {"region": ["DE"]})
    visitor.settle()
    assert visitor.demo.hits() == {}
    visitor.press("Accept all")
    page.wait_for_function("() => dataLayer.filter(e => e[0] === 'consent').length === 3")
    last, after = consent_calls(page)[-1]
    assert last == "update"
    for values in (before, after):
        assert set(values) - {"wait_for_update"} == TYPES
    assert (before["ad_storage"], after["ad_storage"]) == ("denied", "granted")


def test_assertion_32_a_refusal_is_told_within_the_same_page_too(arrive: Arrive) -> None:
    visitor = arrive("DE")
    visitor.press("Reject all")
    visitor.page.wait_for_function("() => dataLayer.some(e => e[1] === 'update' && e[2].ad_storage === 'denied')")


def test_assertion_32_clarity_is_told_by_its_own_spelling() -> None:
    clarity = json.dumps(load_catalog(VENDORS).vendor("microsoft-clarity").document)
    assert "consentv2" in clarity
    assert "ad_Storage" in clarity
    assert "analytics_Storage" in clarity
    assert "ad_storage" not in clarity


def test_assertion_36_without_a_registration_no_string_of_the_iab_is_made(arrive: Arrive) -> None:
    visitor = arrive("DE")
    visitor.press("Accept all")
    assert visitor.page.evaluate("[typeof __tcfapi, typeof __gpp]") == ["undefined", "undefined"]
    names = {*visitor.cookies(), *visitor.storage()}
    assert not {name for name in names if "euconsent" in name or "tcf" in name.lower() or "gpp" in name.lower()}
