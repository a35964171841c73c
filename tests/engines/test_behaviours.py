"""What a visitor sees, identical in Chromium, Firefox and WebKit; docs/engines.md lists what an engine can't do."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.banner.blocker import blocker
from tests.banner.service import LINE, REST, Service
from tests.engines.dialog import DIALOG
from tests.engines.engine import Visitor
from tests.engines.tls_service import payload_for

BODY = """<h1>Shop</h1><a href="#x">link</a>
<script type="text/plain" data-consent="analytics">(window.ran ||= []).push("inline")</script>
<script type="text/plain" data-consent="advertising" src="/vendor/late.js"></script>
<script type="text/plain" data-consent="essential">window.needed = true</script>
<img alt="" data-consent="analytics" data-src="/vendor/pixel.js">
<template data-consent="functional"><b id="from-template">shown</b></template>"""
RAN = "(window.ran || []).toSorted().join(' ')"
EVERYTHING = "ads chat inline late session stats"
GPC = "<script>Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', { get: () => true })</script>"
POLICY = (
    "default-src 'none'; script-src 'nonce-abc' 'strict-dynamic'; style-src 'self'; connect-src 'self'; base-uri 'none'"
)


def vendors_asked(service: Service) -> set[str]:
    return {path for path in service.requests if path.startswith("/vendor/")}


def accept(visitor: Visitor, service: Service) -> None:
    visitor.visit(service.page(BODY))
    visitor.press_button("Accept all")
    visitor.wait(f"{RAN} === '{EVERYTHING}'")


def test_nothing_runs_before_a_choice_and_both_answers_are_in_sight(visitor: Visitor, service: Service) -> None:
    visitor.visit(service.page(BODY))
    (_, accept_y), (_, reject_y) = visitor.button("Accept all"), visitor.button("Reject all")
    assert accept_y == reject_y
    visitor.wait("window.needed && (window.ran || []).includes('session')")
    assert visitor.see(RAN) == "session"
    assert vendors_asked(service) == {"/vendor/session.js"}
    assert visitor.see("document.cookie") == ""
    assert visitor.see("document.activeElement === document.body")
    layer = "getComputedStyle(document.querySelector('section[role=region]'))"
    assert visitor.see(f"{layer}.position") == "fixed"


def test_the_layer_stands_in_the_window_and_the_keyboard_meets_it_first_whatever_is_done_to_the_body(
    visitor: Visitor, service: Service
) -> None:
    visitor.visit(service.page("<style>body { transform: translateX(0); height: 3000px }</style>" + BODY))
    assert visitor.button("Reject all")[1] < visitor.see("innerHeight")
    visitor.press_key("Tab")
    first = visitor.wait("document.activeElement.closest('section[role=region]')?.innerText")
    assert first.startswith("Your cookie choices")
    visitor.press_button("Settings")
    assert visitor.button("Save my choice")[1] < visitor.see("innerHeight")


def test_a_refusal_runs_nothing_now_and_on_the_next_page(visitor: Visitor, service: Service) -> None:
    visitor.visit(service.page(BODY))
    visitor.press_button("Reject all")
    assert service.one_receipt()["action"] == "reject_all"
    visitor.visit(service.page(BODY))
    visitor.button("Privacy choices")
    visitor.wait("(window.ran || []).includes('session')")
    assert not visitor.has_button("Accept all")
    assert visitor.see(RAN) == "session"
    assert vendors_asked(service) == {"/vendor/session.js"}


def test_a_grant_runs_each_once_now_and_on_the_next_page(visitor: Visitor, service: Service) -> None:
    accept(visitor, service)
    assert service.one_receipt()["action"] == "accept_all"
    assert visitor.see("document.querySelector('#from-template').innerText") == "shown"
    visitor.visit(service.page(BODY))
    visitor.wait(f"{RAN} === '{EVERYTHING}'")
    assert not visitor.has_button("Accept all")
    assert visitor.see("document.cookie.includes('consent_demo=v1.')")
    assert len(service.receipts) == 1


def test_the_second_layer_is_modal_closes_by_escape_and_saves_what_was_switched(
    visitor: Visitor, service: Service
) -> None:
    visitor.visit(service.page(BODY))
    visitor.press_button("Settings")
    visitor.button("Save my choice")
    assert visitor.see(f"{DIALOG}.matches(':modal')")
    visitor.press_key("Escape")
    visitor.wait(f"!{DIALOG}")
    assert service.receipts == []
    assert visitor.wait("document.activeElement.innerText") == "Settings"
    visitor.press_key("Enter")
    visitor.press_button("Analytics")
    visitor.press_button("Save my choice")
    visitor.wait(f"{RAN} === 'inline session stats'")
    receipt = service.one_receipt()
    assert receipt["choices"] == {"functional": False, "analytics": True, "advertising": False}


def test_a_withdrawal_revokes_and_deletes_what_the_config_names(visitor: Visitor, service: Service) -> None:
    head = "<script>revocations = []; revoked = name => revocations.push(name)</script>" + LINE
    # Marked scripts without a vendor would make the page reload.
    visitor.visit(service.page("<h1>Shop</h1>", head=head))
    visitor.see("document.cookie = 'basket=1;path=/'")
    visitor.see("localStorage.setItem('stats_state', '1')")
    visitor.press_button("Accept all")
    visitor.wait("document.cookie.includes('_stats=1') && document.cookie.includes('_ads=1')")
    visitor.press_button("Privacy choices")
    visitor.press_button("Reject all")
    service.wait_for(lambda: len(service.receipts) == 2)
    visitor.wait("!/_(stats|ads)=/.test(document.cookie) && !localStorage.getItem('stats_state')")
    assert visitor.see("revocations.toSorted()") == ["ads", "chat", "stats"]
    assert "basket=1" in visitor.see("document.cookie")
    assert service.receipts[1]["action"] == "withdraw"


def test_gpc_holds_advertising_in_california_and_the_page_says_so(visitor: Visitor, service: Service) -> None:
    service.payload = payload_for(service, "US-CA")
    visitor.visit(service.page(BODY, head=GPC + LINE))
    visitor.wait("document.documentElement.innerText.includes('Opt-Out Request Honored')")
    visitor.wait("(window.ran || []).includes('stats')")
    assert not {"ads", "late"} & set(visitor.see(RAN).split())
    assert "/vendor/ads.js" not in vendors_asked(service)
    assert service.one_receipt()["method"] == "gpc"


@pytest.mark.parametrize("types", ["", "; require-trusted-types-for 'script'"])
def test_a_strict_policy_needs_no_option(visitor: Visitor, service: Service, types: str) -> None:
    service.headers = {"Content-Security-Policy": POLICY + types}
    refused = """<script nonce=abc>refused = []
    addEventListener('securitypolicyviolation', event => refused.push(event.blockedURI))</script>"""
    marked = '<script nonce="abc" type="text/plain" data-consent="analytics">document.body.id = "inline"</script>'
    bare = '<script type="text/plain" data-consent="essential">slipped = true</script>'
    visitor.visit(service.page(marked + bare, head=refused + LINE.replace("async", 'async nonce="abc"')))
    assert styled(visitor) == "rgb(11, 87, 208)"
    visitor.press_button("Accept all")
    visitor.wait("document.body.id === 'inline' && (window.ran || []).includes('ads')")
    visitor.press_button("Privacy choices")
    visitor.button("Save my choice")
    assert visitor.see(
        "[typeof slipped, refused.filter(uri => uri !== 'inline' && !uri.endsWith('/favicon.ico'))]"
    ) == ["undefined", []]


def styled(visitor: Visitor) -> Any:
    visitor.button("Accept all")
    return visitor.see("getComputedStyle(document.querySelector('section[role=region] button[slot]')).backgroundColor")


BY_A_TIMER = """<script>(function later() {
  if (!window.consent || !document.body) return setTimeout(later, 10)
  for (const [name, parent] of [["head", document.head], ["body", document.body]]) {
    const added = document.createElement("script"); added.async = true
    added.src = "%s/vendor/by-" + name + ".js"; parent.append(added)
  }
  fetch("/decided")
})()</script>"""


def test_tags_that_come_after_the_decision_wait_where_they_are_refused_and_none_runs_twice(
    visitor: Visitor, service: Service
) -> None:
    assert service.payload
    service.payload["acts"]["vendors"]["stats"]["hosts"] = ["vendors.localhost"]
    visitor.visit(service.page(BODY, path="/first"))
    visitor.press_button("Reject all")
    service.one_receipt()
    odd = service.vendors.replace("vendors.", "odd.")
    tags = [f'<script {how} src="{odd}/vendor/{how}.js"></script>' for how in ("defer", "async", "type=module")]
    head = blocker() + LINE + BY_A_TIMER % service.vendors
    page = service.page(f'<p>words</p>{REST}{"".join(tags)}<iframe src="{odd}/vendor/frame"></iframe>', head=head)
    with ThreadPoolExecutor() as other:
        other.submit(lambda: (service.wait_for_request("/decided"), service.rest.set()))
        visitor.visit(page)
    visitor.wait("(window.ran || []).includes('session')")
    assert visitor.see(RAN) == "session"
    assert visitor.see("document.querySelectorAll('[data-consent=unmarked][src*=by-]').length") == 2
    visitor.see("void consent.set({functional: true, analytics: true, advertising: true})")
    every = "ads async by-body by-head chat defer session stats type=module"
    visitor.wait(f"{RAN}.includes('type=module') && {RAN}.includes('stats') && ran.length >= {len(every.split())}")
    visitor.wait("(window.since ||= Date.now()) < Date.now() - 300")
    assert visitor.see(RAN) == every


CUT = """[...document.querySelectorAll("consent-placeholder")].flatMap((host) => {
    const around = host.getBoundingClientRect()
    return [...host.shadowRoot.querySelectorAll("button")].filter((button) => {
        const box = button.getBoundingClientRect()
        return box.top < around.top || box.bottom > around.bottom + 0.1 || box.height < 24
            || box.left < around.left || box.right > around.right + 0.1
    }).map((button) => `${button.innerText} at ${around.width} x ${around.height}`)
})"""


def test_the_buttons_of_small_held_frames_are_whole_and_load_what_is_held(visitor: Visitor, service: Service) -> None:
    frame = '<iframe title="film" data-consent="functional" data-vendor="video" data-src="/film"'
    sizes = [
        "",
        'width="200" height="100"',
        'width="120" height="90"',
        'width="340" height="35"',
        'width="1" height="1" style="border:0"',
    ]
    service.page("<p>film</p>", head="", path="/film")
    visitor.visit(service.page("".join(f"<div>{frame} {size}></iframe></div>" for size in sizes)))
    visitor.press_button("Reject all")
    visitor.wait('document.querySelectorAll("consent-placeholder").length === 4')
    assert visitor.see(CUT) == []
    visitor.press_button("Load once")
    visitor.wait('document.querySelector("iframe").contentDocument?.body?.innerText === "film"')
