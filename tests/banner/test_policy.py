"""The content security policy that a server builds from the allowed tags, enforced by a browser."""

import pytest
from playwright.sync_api import Page, expect

from consent.csp import OWN_POLICY, policy_with
from tests.banner.service import LINE, Service


@pytest.mark.parametrize("is_allowed", [False, True])
def test_a_script_before_ours_runs_only_when_the_policy_allows_its_host(
    page: Page, service: Service, is_allowed: bool
) -> None:
    sources = [service.vendors] if is_allowed else []
    service.headers = {"Content-Security-Policy": policy_with(OWN_POLICY, sources)}
    early = (
        f'<script src="{service.vendors}/vendor/early.js"></script><img alt="" src="{service.vendors}/vendor/pixel.js">'
    )
    page.goto(service.page(head=early + LINE))
    expect(page.get_by_role("button", name="Reject all")).to_be_visible()
    page.wait_for_load_state("load")
    assert page.evaluate("(window.ran || []).includes('early')") is is_allowed
    assert (service.asked_for("/vendor/early.js"), service.asked_for("/vendor/pixel.js")) == (is_allowed, is_allowed)


@pytest.mark.parametrize("is_allowed", [False, True])
def test_sockets_styles_and_frames_of_a_vendor_follow_its_answer(
    page: Page, service: Service, is_allowed: bool
) -> None:
    service.headers = {"Content-Security-Policy": policy_with(OWN_POLICY, [service.vendors] if is_allowed else [])}
    asks = f"""<script>
      window.refused = []
      document.addEventListener("securitypolicyviolation", event => refused.push(event.effectiveDirective))
      window.isOwn = eval("1 + 1") === 2
    </script><link rel="stylesheet" href="{service.vendors}/vendor/look.css"><body>
    <iframe title="f" src="{service.vendors}/vendor/film"></iframe>
    <script>new WebSocket("{service.vendors.replace("http:", "ws:")}/vendor/talk")</script>"""
    page.goto(service.page(head=asks + LINE))
    expect(page.get_by_role("button", name="Reject all")).to_be_visible()
    page.wait_for_load_state("load")
    refused = [] if is_allowed else ["connect-src", "frame-src", "script-src-elem", "style-src-elem"]
    page.wait_for_function(f"refused.length >= {len(refused)}")
    assert page.evaluate("[refused.sort(), isOwn]") == [refused, True]


@pytest.mark.parametrize(("is_made_for_it", "is_apart"), [(True, True), (True, False), (False, True)])
def test_reloads_a_page_once_if_its_policy_predates_the_choice(
    page: Page, service: Service, is_made_for_it: bool, is_apart: bool
) -> None:
    service.apart = is_apart
    without, full = (policy_with(OWN_POLICY, sources) for sources in ([], [service.vendors]))
    service.headers = {"Content-Security-Policy": without}
    assert service.payload
    service.payload["acts"]["vendors"]["stats"]["hosts"] = ["vendors.localhost"]
    loads: list[str] = []
    page.on("load", lambda loaded: loads.append(loaded.url))
    page.goto(service.page(head=LINE))
    reject, accept = (page.get_by_role("button", name=name) for name in ("Reject all", "Accept all"))
    expect(reject).to_be_visible()
    page.wait_for_load_state("load")
    service.headers = {"Content-Security-Policy": full if is_made_for_it else without}
    with page.expect_event("load"):
        accept.click()
    page.wait_for_function("window.consent?.get && consent.get().groups.analytics.granted")
    if is_made_for_it:
        page.wait_for_function("document.documentElement.dataset.ran?.includes('stats')")
    else:
        expect(page.get_by_role("button", name="Privacy choices")).to_be_visible()
    assert len(loads) == 2
    assert len({receipt["key"] for receipt in service.receipts}) == 1
