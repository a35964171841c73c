"""What the script decides without its later part, and what it leaves to that part."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product

import pytest
from playwright.sync_api import Page, Route, expect

from tests.banner.payload import TEXTS, choice, make_payload, tag
from tests.banner.service import LATER, LINE, Service, with_real_focus
from tests.banner.split_script import QUIET, asked, split_script

pytestmark = pytest.mark.extended

GET = "JSON.stringify(consent.get())"


@pytest.fixture
def service(service: Service) -> Service:
    """Make the service's script fetch its later part."""
    return split_script(service)


@contextmanager
def cut_off(page: Page) -> Iterator[None]:
    """Fail the fetch of the later part, and wait until each request, even one caused only by the mouse, has failed."""
    asked: list[str] = []
    failed: list[str] = []

    def abort(route: Route) -> None:
        asked.append(route.request.url)
        route.abort()

    page.route("**" + LATER, abort)
    page.on("requestfailed", lambda request: failed.append(request.url) if LATER in request.url else None)
    yield
    while not asked or len(failed) < len(asked):
        page.wait_for_timeout(10)
    page.unroute("**" + LATER)


def come_back(page: Page) -> None:
    """Simulate a return to the page: what failed to load is requested again."""
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    expect(page.get_by_role("button", name="Privacy choices")).to_be_visible()


SHORT = {
    ("DE", False, "Accept all"),
    ("FR", True, "Accept all"),
    ("CA-QC", False, "Reject all"),
    ("IN", True, "Reject all"),
}
"""The places, signals and answers that every run checks."""


@pytest.mark.parametrize(
    ("place", "gpc", "answer"),
    [
        pytest.param(*one, marks=[] if one in SHORT else [pytest.mark.long])
        for one in product(("DE", "FR", "CA-QC", "IN"), (False, True), ("Accept all", "Reject all"))
    ],
)
def test_the_precomputed_decision_matches_that_of_the_page(
    page: Page, service: Service, place: str, gpc: bool, answer: str
) -> None:
    service.payload = make_payload(service.vendors, place, tags=QUIET)
    service.payload["signals"]["gpc"] = gpc
    page.add_init_script(
        f"Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', {{ value: {json.dumps(gpc)} }})"
    )
    page.goto(service.page())
    expect(page.get_by_role("button", name=answer)).to_be_visible()
    first = page.evaluate(GET)
    page.evaluate("consent.open()")
    page.get_by_role("dialog").get_by_role("button", name="Close").click()
    assert page.evaluate(GET) == first
    with cut_off(page):
        page.reload()
        page.get_by_role("button", name=answer).click()
        expect(page.get_by_role("button", name=answer)).to_have_count(0)
        then = page.evaluate(GET)
    assert json.loads(then)["groups"]["analytics"]["reason"] == ("granted" if answer == "Accept all" else "refused")
    come_back(page)
    assert page.evaluate(GET) == then


def test_a_returning_visitor_is_not_asked_while_it_cannot_be_fetched_and_nothing_runs(
    page: Page, service: Service
) -> None:
    service.visit_with(page, choice("011"))
    with cut_off(page):
        page.goto(service.page())
        page.wait_for_function("window.consent")
        assert page.evaluate("[consent.get().show, consent.get().allowed_tags, window.ran]") == ["none", [], None]
        expect(page.get_by_role("button", name="Reject all")).to_have_count(0)
    come_back(page)
    page.wait_for_function("(window.ran || []).length === 2")
    assert page.evaluate("consent.get().groups.functional.reason") == "refused"


def test_consent_mode_says_denied_until_a_returning_visitors_grant_is_read(page: Page, service: Service) -> None:
    service.visit_with(page, choice("010"))
    page.goto(service.page())
    page.wait_for_function("window.consent")
    told = page.evaluate(
        "dataLayer.filter(e => e[0] === 'consent').map(e => [e[1], e[2].analytics_storage, e[2].ad_storage])"
    )
    assert told == [["default", "denied", "denied"], ["default", "denied", "denied"], ["update", "granted", "denied"]]
    assert page.evaluate("consent.get().groups.analytics.reason") == "granted"


def test_a_refusal_in_another_tab_applies_while_the_fetch_is_pending(page: Page, service: Service) -> None:
    service.visit_with(page, choice("111"))

    def refuse(route: Route) -> None:
        service.visit_with(page, choice("000"))
        route.continue_()

    page.route("**" + LATER, refuse)
    page.goto(service.page())
    expect(page.get_by_role("button", name="Privacy choices")).to_be_visible()
    assert page.evaluate("[consent.get().groups.analytics.reason, consent.get().allowed_tags]") == ["refused", []]
    assert not [path for path in service.requests if path.startswith("/vendor/")]


def test_an_invalid_cookie_is_not_a_choice(page: Page, service: Service) -> None:
    service.visit_with(page, "v1.nothing")
    page.goto(service.page())
    page.get_by_role("button", name="Reject all").click()
    assert service.one_receipt()["action"] == "reject_all"


@pytest.mark.parametrize(
    ("head", "script", "reason"),
    [
        ("", "Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', { value: true })", "gpc"),
        ("", "Object.defineProperty(Navigator.prototype, 'doNotTrack', { get: () => '1' })", "dnt"),
        (' data-age-band="under13"', "", "minor"),
    ],
)
def test_facts_known_only_to_the_page_are_decided_there(
    page: Page, service: Service, head: str, script: str, reason: str
) -> None:
    service.payload = make_payload(service.vendors, tags=QUIET, overrides={"honour_dnt": True})
    page.add_init_script(script)
    page.goto(service.page(head=LINE.replace("async", "async" + head)))
    page.wait_for_function("window.consent")
    assert page.evaluate("consent.get().groups.advertising.reason") == reason
    if reason == "gpc":
        expect(page.get_by_role("region")).to_contain_text(TEXTS["gpc_conflict"])
    assert service.asked_for(LATER) == 1


def test_a_page_that_a_tag_stays_away_from_is_decided_in_it(page: Page, service: Service) -> None:
    away = {"pages": {"only": [], "except": ["/members/*"]}}
    service.payload = make_payload(service.vendors, tags=[tag("ads", "advertising", **away), tag("stats", "analytics")])
    page.goto(service.page())
    expect(page.get_by_role("button", name="Accept all")).to_be_visible()
    assert asked(service) == []
    reason = "consent.get().tags[0].reason"
    assert page.evaluate(reason) == "opt_in_not_given"
    page.evaluate("history.pushState(null, '', '/members/2'); document.body.append('pay')")
    page.wait_for_function(reason + " === 'out_of_page'")
    expect(page.get_by_role("button", name="Accept all")).to_be_visible()
    service.page(path="/members/3")
    page.goto(service.origin + "/members/3")
    page.wait_for_function("window.consent")
    assert page.evaluate(reason) == "out_of_page"


@pytest.mark.windows
def test_another_tab_that_knows_no_more_than_what_was_decided_ahead_follows_a_choice(
    page: Page, service: Service
) -> None:
    page.goto(service.page())
    other = page.context.new_page()
    other.goto(service.origin)
    expect(other.get_by_role("button", name="Accept all")).to_be_visible()
    with_real_focus(other)
    page.bring_to_front()
    page.get_by_role("button", name="Settings").click()
    page.get_by_role("switch", name="Analytics", exact=True).check()
    page.get_by_role("button", name="Save my choice").click()
    expect(other.get_by_role("button", name="Accept all")).to_have_count(0)
    other.wait_for_function("(window.ran || []).join() === 'stats'")
