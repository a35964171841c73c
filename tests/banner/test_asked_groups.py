"""Visitors aren't asked for a group without tags, and accepting all doesn't grant it."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.banner.blocker import blocker, let_vendor_have_its_host, stranger
from tests.banner.payload import CAST, DAY, make_payload, tag
from tests.banner.service import LINE, Service

CONSENT = "JSON.stringify(Object.entries(consent.get().groups).map(([name, { granted }]) => [name, granted]))"
ANALYTICS = [tag("session", "essential", third_party=False), tag("stats", "analytics")]


def with_analytics_alone(service: Service, **facts: Any) -> None:
    """Give the site one optional tag, for analytics, and ask for no other group."""
    service.payload = make_payload(service.vendors, tags=ANALYTICS, asked=["analytics"], **facts)


def groups_of(cookie: str) -> list[str]:
    """Return the three groups in a consent cookie, each with its mark and key."""
    states = cookie.split(".")[4]
    return [states[at : at + 9] for at in (0, 9, 18)]


@pytest.mark.parametrize("apart", [False, True])
def test_accepting_all_grants_only_the_requested_groups(page: Page, service: Service, apart: bool) -> None:
    with_analytics_alone(service)
    service.apart = apart
    page.goto(service.page())
    layer = page.get_by_role("region")
    expect(layer).to_contain_text("Analytics")
    expect(layer).not_to_contain_text("Advertising")
    layer.get_by_role("button", name="Accept all").click()
    assert service.one_receipt()["choices"] == {"analytics": True}
    functional, analytics, advertising = groups_of(service.own_cookies(page)["consent_demo"])
    assert (functional, advertising, analytics[0]) == ("-00000000", "-00000000", "1")
    granted = '[["essential",true],["functional",false],["analytics",true],["advertising",false]]'
    page.wait_for_function(f"{CONSENT} === '{granted}'")
    expect(layer.get_by_role("button", name="Reject all")).to_have_count(0)


def test_rejecting_all_refuses_every_group_and_later_tags_do_not_ask_again(page: Page, service: Service) -> None:
    with_analytics_alone(service)
    page.goto(service.page())
    page.get_by_role("button", name="Reject all").click()
    assert service.one_receipt()["choices"] == {"functional": False, "analytics": False, "advertising": False}
    service.payload = make_payload(service.vendors, tags=CAST, earlier=[ANALYTICS])
    page.reload()
    expect(page.get_by_role("button", name="Privacy choices")).to_be_visible()
    expect(page.get_by_role("button", name="Reject all")).to_have_count(0)


def test_asks_again_after_a_tag_of_another_group_is_added(page: Page, service: Service) -> None:
    with_analytics_alone(service)
    page.goto(service.page())
    page.get_by_role("button", name="Accept all").click()
    expect(page.get_by_role("button", name="Privacy choices")).to_be_visible()
    service.payload = make_payload(service.vendors, tags=CAST, earlier=[ANALYTICS])
    page.reload()
    expect(page.get_by_role("region")).to_contain_text("Advertising")
    page.wait_for_function("ran.join() === 'stats,session' || ran.join() === 'session,stats'")  # but not the new tags


def test_the_second_layer_has_no_switch_of_it_and_keeps_its_refusal(page: Page, service: Service) -> None:
    with_analytics_alone(service)
    service.visit_with(page, f"v1.{DAY}.eu_opt_in.0.-00000000-00000000000000000.")
    page.goto(service.page())
    page.get_by_role("button", name="Settings").click()
    dialog = page.get_by_role("dialog")
    switch = dialog.get_by_role("switch", name="Analytics")
    expect(switch).to_be_visible()
    expect(dialog).not_to_contain_text("Advertising")
    switch.check()
    dialog.get_by_role("button", name="Save my choice").click()
    assert service.one_receipt()["choices"] == {"analytics": True}
    functional, analytics, advertising = groups_of(service.own_cookies(page)["consent_demo"])
    assert (functional[0], analytics[0], advertising[0]) == ("-", "1", "0")


def test_code_of_an_unknown_vendor_stays_held_where_advertising_is_not_requested(page: Page, service: Service) -> None:
    with_analytics_alone(service)
    let_vendor_have_its_host(service)
    scripts = {"odd": stranger(service), "known": service.vendors}
    body = "".join(f"<script src='{origin}/vendor/{name}.js'></script>" for name, origin in scripts.items())
    page.goto(service.page(body, head=blocker() + LINE))
    page.get_by_role("button", name="Accept all").click()
    page.wait_for_function("(window.ran || []).join() === 'known'")
    page.wait_for_function("document.readyState === 'complete'")
    assert page.evaluate("[ran.join(), document.querySelectorAll('[data-consent=unmarked]').length]") == ["known", 1]
