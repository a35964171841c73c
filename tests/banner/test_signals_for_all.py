"""The signals that a page sends to everyone if the site enables them, each tested against a recording stand-in."""

import pytest
from playwright.sync_api import Page

from tests.banner.payload import CAST, choice, make_payload
from tests.banner.service import LINE, Service

pytestmark = pytest.mark.extended

GPC = "Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', { get: () => true })"
ASK = "new Promise(done => __uspapi('getUSPData', 1, (data, ok) => done([data, ok])))"
WORDPRESS = "<script>window.said = []; window.wp_set_consent = (...args) => said.push(args.join())</script>"
SHOP = """<script>
  window.said = []
  window.Shopify = { loadFeatures(features, done) {
    said.push(features[0].name)
    Shopify.customerPrivacy = { setTrackingConsent: (answers, callback) => (said.push(answers), callback()) }
    done()
  } }
</script>"""


def serve(service: Service, *sends: str, place: str = "DE", head: str = "", body: str = "") -> str:
    service.payload = make_payload(service.vendors, place, sends=list(sends))
    return service.page(body, head=head + LINE)


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name).click()


def test_signals_that_are_not_enabled_do_not_exist(page: Page, service: Service) -> None:
    page.goto(serve(service, "shopify", place="US-CA", head=WORDPRESS))
    page.wait_for_function("window.consent")
    page.evaluate("consent.set({advertising: false})")
    page.wait_for_function("consent.get().choice")
    assert page.evaluate("[window.__uspapi, window.wp_consent_type, document.cookie.includes('usprivacy'), said]") == [
        None,
        None,
        False,
        [],
    ]


def test_the_us_privacy_string_follows_the_opt_out(page: Page, service: Service) -> None:
    page.goto(serve(service, "us_privacy", place="US-CA"))
    page.wait_for_function("!!window.__uspapi")
    assert page.evaluate(ASK) == [{"version": 1, "uspString": "1YNN"}, True]
    page.evaluate("consent.set({advertising: false})")
    page.wait_for_function("consent.get().choice")
    assert page.evaluate(ASK) == [{"version": 1, "uspString": "1YYN"}, True]
    unknown = "new Promise(done => __uspapi('getData', 1, (data, ok) => done([data, ok])))"
    assert page.evaluate(unknown) == [None, False]
    assert "usprivacy" not in page.evaluate("document.cookie")


@pytest.mark.parametrize(
    ("place", "gpc", "text"),
    [("US-CA", True, "1YYN"), ("US-TX", False, "1YNN")],
)
def test_sets_the_us_privacy_cookie_when_enabled(
    page: Page, service: Service, place: str, gpc: bool, text: str
) -> None:
    if gpc:
        page.add_init_script(GPC)
    page.goto(serve(service, "us_privacy", "us_privacy_cookie", place=place))
    page.wait_for_function("document.cookie.includes('usprivacy')")
    assert f"usprivacy={text}" in page.evaluate("document.cookie")


@pytest.mark.parametrize(("place", "text"), [("DE", "1---"), ("", "1YYN")])
def test_sets_no_us_privacy_cookie_outside_the_us(page: Page, service: Service, place: str, text: str) -> None:
    page.context.add_cookies([{"name": "usprivacy", "value": "1YNN", "url": service.origin}])
    page.goto(serve(service, "us_privacy", "us_privacy_cookie", place=place))
    page.wait_for_function("!!window.__uspapi")
    assert page.evaluate(ASK) == [{"version": 1, "uspString": text}, True]
    assert "usprivacy" not in page.evaluate("document.cookie")


@pytest.mark.parametrize("form", ["value => value", "JSON.stringify"])
def test_a_frame_gets_the_us_privacy_string_through_its_locator(page: Page, service: Service, form: str) -> None:
    asks = f"""<script>
      const form = {form}, call = {{ __uspapiCall: {{ command: "getUSPData", version: 1, callId: 7 }} }}
      const timer = setInterval(() =>
        parent.frames.__uspapiLocator && (clearInterval(timer), parent.postMessage(form(call), "*")), 20)
      addEventListener("message", ({{ data }}) => (parent.heard = typeof data === "string" ? JSON.parse(data) : data))
    </script>"""
    service.pages["/inner"] = asks
    page.goto(serve(service, "us_privacy", place="US-CA", body='<iframe src="/inner"></iframe>'))
    page.wait_for_function("window.heard")
    assert page.evaluate("heard.__uspapiReturn") == {
        "returnValue": {"version": 1, "uspString": "1YNN"},
        "success": True,
        "callId": 7,
    }


def test_wordpress_gets_its_consent_type_and_each_category(page: Page, service: Service) -> None:
    hears = "<script>document.addEventListener('wp_consent_type_defined', () => said.push(wp_consent_type))</script>"
    page.goto(serve(service, "wp_consent", head=WORDPRESS + hears))
    page.wait_for_function("said.length >= 6")
    assert page.evaluate("said.slice(0, 6)") == [
        "preferences,deny",
        "statistics-anonymous,deny",
        "statistics,deny",
        "marketing,deny",
        "functional,allow",
        "optin",
    ]
    press(page, "Accept all")
    page.wait_for_function("said.includes('marketing,allow')")
    assert page.evaluate("said.slice(-5)") == [
        "functional,allow",
        "preferences,allow",
        "statistics-anonymous,allow",
        "statistics,allow",
        "marketing,allow",
    ]
    page.evaluate("consent.withdraw('advertising')")
    page.wait_for_function("said[said.length - 1] === 'statistics,allow' && said[said.length - 5] === 'marketing,deny'")
    assert page.evaluate("said.filter(one => one === 'optin').length") == 1


@pytest.mark.parametrize(("place", "gpc"), [("US-TX", True), ("CH", False)])
def test_no_plugin_of_wordpress_finds_allowed_what_is_denied_in_a_place_of_opt_outs(
    page: Page, service: Service, place: str, gpc: bool
) -> None:
    # Like the real API, which allows what it wasn't told. Plugins ask whenever they get an event.
    api = """<script>
      window.found = [], told = {}
      const ask = () => found.push(told.marketing ?? wp_consent_type === "optout")
      window.wp_set_consent = (category, value) => { told[category] = value === "allow"; ask() }
      document.addEventListener("wp_consent_type_defined", ask)
    </script>"""
    if gpc:
        page.add_init_script(GPC)
    page.goto(serve(service, "wp_consent", place=place, head=api))
    page.wait_for_function("found.length >= 6")
    assert page.evaluate("[wp_consent_type, found.includes(true), told.statistics]") == ["optout", False, True]


def test_wordpress_gets_the_consent_when_its_script_loads_late(page: Page, service: Service) -> None:
    service.pages["/slow.js"] = "window.said = []; window.wp_set_consent = (...args) => said.push(args.join())"
    service.visit_with(page, choice("010"))
    hears = "<script>document.addEventListener('wp_consent_type_defined', () => said.push(wp_consent_type))</script>"
    page.goto(serve(service, "wp_consent", body=hears + '<script defer src="/slow.js"></script>'))
    page.wait_for_function("window.said && said.includes('optin')")
    assert page.evaluate("said.slice(0, 6)")[::5] == ["preferences,deny", "optin"]
    assert page.evaluate("said.includes('statistics,allow') && said.includes('marketing,deny')")


def test_a_shop_is_notified_once_its_visitor_has_decided(page: Page, service: Service) -> None:
    page.goto(serve(service, "shopify", head=SHOP))
    page.wait_for_function("window.consent")
    assert page.evaluate("said") == []
    page.evaluate("consent.set({analytics: true, advertising: false})")
    page.wait_for_function("said.length === 2")
    assert page.evaluate("said") == [
        "consent-tracking-api",
        {"analytics": True, "marketing": False, "preferences": False, "sale_of_data": False},
    ]
    page.evaluate("consent.withdraw()")
    page.wait_for_function("said.length === 3")
    assert page.evaluate("said[2].analytics") is False


def test_a_signal_decides_for_a_shop_too(page: Page, service: Service) -> None:
    page.add_init_script(GPC)
    page.goto(serve(service, "shopify", place="US-CA", head=SHOP))
    page.wait_for_function("said.length === 2")
    assert page.evaluate("said[1]") == {
        "analytics": True,
        "marketing": False,
        "preferences": True,
        "sale_of_data": False,
    }


def test_the_data_layer_gets_each_change(page: Page, service: Service) -> None:
    events = "dataLayer.filter(entry => entry.event === 'consent_change')"
    service.visit_with(page, choice("010"))
    page.goto(service.page())
    page.wait_for_function(f"window.dataLayer && {events}.length === 1")
    page.evaluate("consent.set({advertising: true})")
    page.wait_for_function(f"{events}.length === 2")
    assert page.evaluate(events) == [
        {
            "event": "consent_change",
            "consent_functional": "denied",
            "consent_analytics": "granted",
            "consent_advertising": advertising,
        }
        for advertising in ("denied", "granted")
    ]


HOLDS = """window.held = []
const later = window.setTimeout
window.setTimeout = (callback, wait, ...more) => (wait === 99 ? held.push(callback) : later(callback, wait, ...more))
window.requestAnimationFrame = () => 0"""
"""Holds back the task in which the script reacts to a choice until the page releases it."""


def test_the_data_layer_hears_of_a_choice_once_however_soon_what_acts_on_it_comes(page: Page, service: Service) -> None:
    service.apart = True
    service.payload = make_payload(service.vendors, tags=[one for one in CAST if one["group"] != "essential"])
    page.add_init_script(HOLDS)
    page.goto(service.page())
    press(page, "Accept all")
    # This fetches the later part before the script has reacted to the choice.
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    events = "dataLayer.filter(entry => entry.event === 'consent_change')"
    page.wait_for_function(f"{events}.length === 1")
    page.evaluate(
        """() => new Promise(resolve => {
          document.addEventListener('consent:change', resolve)
          held.splice(0).forEach(callback => callback())
        })"""
    )
    assert page.evaluate(f"{events}.map(entry => entry.consent_advertising)") == ["granted"]
