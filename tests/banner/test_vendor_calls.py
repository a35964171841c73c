"""The calls that each vendor of the catalog receives, tested against a stand-in of its global that records them."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.banner.payload import make_payload
from tests.banner.service import LINE, Service
from tests.banner.vendor_pages import COMING, Said, said, serve

pytestmark = pytest.mark.extended

DOCS = Path(__file__).parents[2] / "docs" / "signals.md"


def consents(told: Said) -> Said:
    """Return the recorded calls without those that load or count."""
    return [one for one in told if isinstance(one, str) or not _is_of_load(one)]


def _is_of_load(one: Any) -> bool:
    text = json.dumps(one)
    return any(
        word in text
        for word in (
            "init",
            '"track",',
            "trackPageView",
            "load",
            '"page"',
            "setTrackerUrl",
            "setSiteId",
            "enableLink",
            "viewPage",
            "ttq.page",
            "pageLoad",
        )
    )


UET = "uetq.push"
HSP = "_hsp.push"
TRACKS_AGAIN = ["_hsq.push", ["doNotTrack", {"track": True}]]
"""Removes the cookie in which HubSpot remembers a refusal for half a year."""
EXPECTED: dict[str, tuple[Said, Said, Said]] = {
    "microsoft-ads": (
        [
            [UET, "consent", "default", {"ad_storage": "denied"}],
            [UET, "consent", "update", {"ad_storage": "granted"}],
            COMING,
        ],
        [[UET, "consent", "update", {"ad_storage": "denied"}]],
        [[UET, "consent", "update", {"ad_storage": "granted"}]],
    ),
    "meta-pixel": (
        [["fbq", "dataProcessingOptions", []], ["fbq", "consent", "grant"], COMING],
        [["fbq", "consent", "revoke"]],
        [["fbq", "dataProcessingOptions", []], ["fbq", "consent", "grant"]],
    ),
    "tiktok-pixel": (
        [["ttq.holdConsent"], ["ttq.grantConsent"], COMING],
        [["ttq.revokeConsent"]],
        [["ttq.grantConsent"]],
    ),
    "pinterest-tag": (
        [["pintrk", "setconsent", True], COMING],
        [["pintrk", "setconsent", False]],
        [["pintrk", "setconsent", True]],
    ),
    "amazon-ads": (
        [COMING, ["amznConsent", {"countryCode": "DE", "enableAdStorage": True, "enableUserData": True}]],
        [["amznConsent", {"countryCode": "DE", "enableAdStorage": False, "enableUserData": False}]],
        [["amznConsent", {"countryCode": "DE", "enableAdStorage": True, "enableUserData": True}]],
    ),
    "matomo": (
        [["_paq.push", ["requireConsent"]], ["_paq.push", ["setConsentGiven"]], COMING],
        [["_paq.push", ["forgetConsentGiven"]]],
        [["_paq.push", ["setConsentGiven"]]],
    ),
    "posthog": (
        [["posthog.opt_in_capturing", {"captureEventName": False}], COMING],
        [["posthog.opt_out_capturing"]],
        [["posthog.opt_in_capturing", {"captureEventName": False}]],
    ),
    "mixpanel": (
        [["mixpanel.opt_in_tracking", {"track": None}], COMING],
        [["mixpanel.opt_out_tracking"]],
        [["mixpanel.opt_in_tracking", {"track": None}]],
    ),
    "hubspot": (
        [
            [HSP, ["setHubSpotConsent", {"analytics": False, "advertisement": False, "functionality": False}]],
            TRACKS_AGAIN,
            [HSP, ["setHubSpotConsent", {"analytics": True, "advertisement": True, "functionality": True}]],
            COMING,
        ],
        [["_hsq.push", ["doNotTrack"]], [HSP, ["revokeCookieConsent"]]],
        [
            TRACKS_AGAIN,
            [HSP, ["setHubSpotConsent", {"analytics": True, "advertisement": True, "functionality": True}]],
        ],
    ),
}
"""The calls at load, after a withdrawal and after a new grant."""


@pytest.mark.parametrize("vendor", EXPECTED)
def test_a_vendor_is_told_default_grant_refusal_and_grant_again_in_this_order(
    page: Page, service: Service, vendor: str
) -> None:
    first, taken, again = EXPECTED[vendor]
    page.goto(serve(service, vendor))
    page.wait_for_function("window.consent")
    assert page.evaluate("said") == []
    page.get_by_role("button", name="Accept all").click()
    page.wait_for_function(f"said.length >= {len(first)} && JSON.stringify(said).includes('{COMING}')")
    assert consents(said(page, COMING)) == first
    for action, expected in (
        ("withdraw()", taken),
        ("set({functional: true, analytics: true, advertising: true})", again),
    ):
        page.evaluate(f"consent.{action}")
        page.wait_for_function(f"said.length >= {len(expected)}")
        assert page.evaluate("said.splice(0)") == expected
    assert page.evaluate(f"consent.debug().told['{vendor}']").startswith("granted ")


def test_consent_calls_come_before_the_init_and_track_calls_of_the_vendor(page: Page, service: Service) -> None:
    page.goto(serve(service, "meta-pixel"))
    page.get_by_role("button", name="Accept all").click()
    told = [one[1] for one in said(page, COMING) if isinstance(one, list)]
    assert told == ["dataProcessingOptions", "consent", "init", "track"]


def test_a_refused_vendor_that_was_never_loaded_gets_no_call(page: Page, service: Service) -> None:
    page.goto(serve(service, "hubspot"))
    page.get_by_role("button", name="Reject all").click()
    service.wait_for(lambda: bool(service.receipts))
    page.wait_for_function("consent.get().choice")
    assert page.evaluate("said") == []


def test_a_change_of_another_group_that_a_vendor_uses_is_passed_on(page: Page, service: Service) -> None:
    page.goto(serve(service, "hubspot"))
    page.wait_for_function("window.consent")
    page.evaluate("consent.set({advertising: true})")
    told = said(page, COMING)
    assert told[2] == [HSP, ["setHubSpotConsent", {"analytics": False, "advertisement": True, "functionality": False}]]
    page.evaluate("consent.set({analytics: true})")
    page.wait_for_function("said.length === 2")
    assert page.evaluate("said[1][1][1]") == {"analytics": True, "advertisement": True, "functionality": False}


CLARITY = [
    ["clarity", "consentv2", {"ad_Storage": "denied", "analytics_Storage": answer}] for answer in ("granted", "denied")
]
ENDS_WITH_A_NEW_PAGE: dict[str, tuple[Said, Said]] = {
    "reddit-pixel": ([["rdt", "enableFirstPartyCookies"], COMING], ["rdt", "disableFirstPartyCookies"]),
    # If told "denied" first, it would stop and start a second session on every page.
    "microsoft-clarity": ([CLARITY[0], COMING], CLARITY[1]),
}


@pytest.mark.parametrize("vendor", ENDS_WITH_A_NEW_PAGE)
def test_a_vendor_that_its_call_does_not_stop_is_told_and_ends_with_a_new_page(
    page: Page, service: Service, vendor: str
) -> None:
    first, taken = ENDS_WITH_A_NEW_PAGE[vendor]
    page.goto(serve(service, vendor))
    page.evaluate("window.before = 1")
    page.get_by_role("button", name="Accept all").click()
    page.wait_for_function(f"JSON.stringify(said).includes('{COMING}')")
    assert consents(said(page, COMING)) == first
    keeps = "Object.defineProperty(said, 'push', { value: one => sessionStorage.setItem('last', JSON.stringify(one)) })"
    page.evaluate(keeps)
    page.evaluate("void consent.withdraw()")
    page.wait_for_function("window.before === undefined && window.consent")
    assert json.loads(page.evaluate("sessionStorage.getItem('last')")) == taken
    assert page.evaluate("said") == []


def test_meta_runs_with_limited_data_use_under_an_objection_and_not_where_an_opt_in_is_asked(
    page: Page, service: Service
) -> None:
    address = serve(service, "meta-pixel", "US-CA", limited="restricted")
    assert service.payload
    service.payload["signals"]["gpc"] = True
    page.goto(address)
    told = [one for one in said(page, COMING) if isinstance(one, list)]
    assert told[:2] == [
        ["fbq", "dataProcessingOptions", ["LDU"], 0, 0],
        ["fbq", "consent", "grant"],
    ]
    assert page.evaluate("consent.get().limited_tags") == ["it"]
    page.goto(serve(service, "meta-pixel", "DE", limited="restricted"))
    page.wait_for_function("window.consent")
    assert page.evaluate("[said.length, consent.get().tags[0].mode]") == [0, "held"]


def test_the_wrapper_of_segment_in_the_docs_loads_and_tells_by_the_answers_and_ends_with_a_new_page(
    page: Page, service: Service
) -> None:
    code = re.search(r"```js\nimport \{ createWrapper[^\n]*\n(.*?)```", DOCS.read_text("utf-8"), re.S)
    assert code
    # The bundle loads first.
    bundle = f"""<script>
      window.said = []
      const resolveWhen = async (isTrue, ms) => {{ while (!isTrue()) await new Promise(done => setTimeout(done, ms)) }}
      const createWrapper = async settings => {{
        await settings.shouldLoadWrapper()
        settings.registerOnConsentChanged(answers => said.push(answers))
        window.listens = true
        await settings.shouldLoadSegment()
        said.push("loaded")
      }}
      {code[1].replace("export ", "")}
    </script>"""
    page.goto(service.page(head=bundle + LINE))
    page.wait_for_function("window.consent && window.listens")
    page.evaluate("window.before = 1")
    page.evaluate("consent.set({advertising: true})")
    page.evaluate("consent.set({analytics: true})")
    page.wait_for_function("said.includes('loaded') && said.some(one => one.analytics)")
    assert page.evaluate("said.find(one => one.analytics)") == {
        "functional": False,
        "analytics": True,
        "advertising": True,
    }
    page.evaluate("void consent.withdraw('analytics')")
    page.wait_for_function("window.before === undefined && window.consent")
    assert page.evaluate("said") == []


PUSHED = "Array.from(dataLayer, entry => entry.event || [entry[0], entry[1]].join(' '))"


@pytest.mark.parametrize(
    ("place", "gpc", "analytics", "ads"),
    [("DE", False, "denied", "denied"), ("US-TX", False, "granted", "granted"), ("US-TX", True, "granted", "denied")],
)
def test_the_default_of_consent_mode_is_that_of_the_visitors_place_and_signal(
    page: Page, service: Service, place: str, gpc: bool, analytics: str, ads: str
) -> None:
    service.payload = make_payload(service.vendors, place)
    service.payload["signals"]["gpc"] = gpc
    page.goto(service.page())
    page.wait_for_function("window.dataLayer")
    values = page.evaluate("dataLayer[0][2]")
    assert (values["analytics_storage"], values["ad_storage"], values["ad_user_data"]) == (analytics, ads, ads)
    # The page's own default for the region would otherwise override one without a region.
    assert page.evaluate("[dataLayer[1][1], dataLayer[1][2]]") == ["default", values | {"region": [place]}]
    page.wait_for_function("window.consent")
    updates = page.evaluate("dataLayer.filter(entry => entry[1] === 'update').map(entry => entry[2])")
    # Tags wait for an update; where nobody is asked, no choice will bring it, so the script sends one.
    values.pop("wait_for_update")
    assert updates == ([] if place == "DE" else [values])


def test_a_refusal_is_an_update_of_consent_mode_and_so_is_its_return(page: Page, service: Service) -> None:
    page.goto(service.page())
    page.get_by_role("button", name="Reject all").click()
    updates = "dataLayer.filter(entry => entry[1] === 'update').map(entry => entry[2].ad_storage)"
    page.wait_for_function(f"{updates}.length === 1")
    page.reload()
    page.wait_for_function(f"window.consent && {updates}.length === 1")
    assert page.evaluate(updates) == ["denied"]


@pytest.mark.parametrize("vendor", ["google-analytics", "google-ads", "google-tag-manager"])
def test_google_sends_nothing_on_after_a_withdrawal_where_its_mode_without_cookies_is_not_declared(
    page: Page, service: Service, vendor: str
) -> None:
    page.goto(serve(service, vendor))
    page.evaluate("window.before = 1")
    page.get_by_role("button", name="Accept all").click()
    said(page, COMING)
    page.evaluate("void consent.withdraw()")
    # Consent mode would only turn its cookies off.
    page.wait_for_function("window.before === undefined && window.consent")
    assert page.evaluate("[consent.get().tags[0].mode, said.length]") == ["held", 0]


def test_a_refused_vendor_has_no_mode_without_cookies_beside_its_groups_grant(page: Page, service: Service) -> None:
    page.goto(serve(service, "google-ads", limited="cookieless"))
    said(page, COMING)
    page.get_by_role("button", name="Accept all").click()
    page.wait_for_function("consent.get().allowed_tags.includes('it')")
    page.evaluate("window.before = 1")
    page.evaluate("void consent.set({}, {'google-ads': false})")
    page.wait_for_function("window.before === undefined && window.consent")
    # Consent mode reports advertising as granted, since other vendors' tags need it.
    assert page.evaluate("[consent.get().groups.advertising.granted, consent.get().tags[0].mode]") == [True, "held"]
    assert page.evaluate("said") == []


def test_google_is_held_before_a_grant_unless_its_mode_without_cookies_is_declared(
    page: Page, service: Service
) -> None:
    page.goto(serve(service, "google-analytics"))
    page.wait_for_function("window.consent")
    assert page.evaluate("[consent.get().tags[0].mode, said.length]") == ["held", 0]
    page.goto(serve(service, "google-analytics", limited="cookieless"))
    said(page, COMING)
    assert page.evaluate("consent.get().limited_tags") == ["it"]
    begins = ["consent default", "consent default", "consent_change", "set ads_data_redaction", "set url_passthrough"]
    assert page.evaluate(PUSHED) == [*begins, "js " + page.evaluate("String(dataLayer[5][1])"), "config G-ABC1234567"]
    page.get_by_role("button", name="Accept all").click()
    page.wait_for_function(f"{PUSHED}.includes('consent update')")
    assert page.evaluate("Array.from(dataLayer).find(entry => entry[1] === 'update')[2].analytics_storage") == "granted"
    page.evaluate("consent.withdraw()")
    page.wait_for_function("consent.debug().told['google-analytics'].startsWith('limited')")
    page.wait_for_function(f"{PUSHED}.filter(one => one === 'consent update').length === 2")
    assert page.evaluate("consent.get().limited_tags") == ["it"]
