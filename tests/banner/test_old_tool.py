"""A page where the former consent tool still runs, in Chromium: ours stays hidden, and nothing optional runs."""

import pytest
from playwright.sync_api import Page, expect

from tests.banner.old_klaro import BANNER, OLD, PART, cover_old_grants
from tests.banner.payload import choice, make_payload
from tests.banner.service import Service

pytestmark = pytest.mark.extended

RUNS = "<script>window.klaro = { getManager() {} }</script>"
LATE = "<script>addEventListener('load', () => setTimeout(() => (window.klaro = {}), 600))</script>"
QUIET = "window.consent?.get().show === 'none' && consent.get().groups.analytics.reason === 'opt_in_not_given'"


def moving(page: Page, service: Service, place: str = "DE", *, taken: bool = False) -> None:
    page.clock.resume()  # run the clock at normal speed, so that timeouts end
    service.payload = make_payload(service.vendors, place)
    service.payload["old_tool"] = {"tool": "klaro", "taken": taken}
    service.early = ["old_tool"]


@pytest.mark.parametrize("is_apart", [False, True])
def test_our_banner_stays_hidden_while_the_former_tool_runs(page: Page, service: Service, is_apart: bool) -> None:
    moving(page, service)
    service.apart = is_apart
    page.goto(service.page("<p>Hello</p>" + LATE))
    # By now the tool has started, and our banner has had time to appear.
    service.wait_for(lambda: [one["event"] for one in service.events] == ["old_tool"])
    page.wait_for_function(QUIET)
    expect(page.get_by_role("button", name="Reject all")).to_have_count(0)
    assert page.evaluate("window.ran || []") in ([], ["session"])
    # Visitors can still open the settings.
    page.evaluate("consent.open()")
    expect(page.get_by_role("button", name="Save")).to_be_visible()


def test_our_banner_asks_when_only_an_element_id_of_the_old_tool_is_left(page: Page, service: Service) -> None:
    moving(page, service)
    page.context.add_cookies([{"name": "klaro", "value": PART, "url": service.origin}])
    page.goto(service.page('<p id="klaro">Hello</p>'))
    expect(page.get_by_role("button", name="Reject all")).to_be_visible()
    assert [one["event"] for one in service.events] in ([], ["shown"])
    # The tool may start later; then our banner disappears.
    page.evaluate("document.querySelector('p').remove(); window.klaro = {}")
    expect(page.get_by_role("button", name="Reject all")).to_have_count(0)
    page.wait_for_function(QUIET)


@pytest.mark.parametrize("place", ["US-TX", "DE"])
def test_nothing_optional_runs_beside_it_whatever_the_law_or_an_earlier_grant_lets_run(
    page: Page, service: Service, place: str
) -> None:
    moving(page, service, place)
    if place == "DE":
        service.visit_with(page, choice("111"))
    page.goto(service.page(RUNS))
    service.wait_for(lambda: bool(service.events))
    page.wait_for_function(QUIET)
    assert page.evaluate("ran") == ["session"]
    # Without the tool, what the law or the grant allows runs as soon as the tool is known to be absent.
    page.goto(service.page())
    page.wait_for_function("ran.includes('stats')")


def test_an_answer_that_a_mapping_takes_over_counts_while_the_tool_still_runs(page: Page, service: Service) -> None:
    moving(page, service, taken=True)
    assert service.payload
    cover_old_grants(service.payload)
    service.payload["old"] = OLD | {"delete": False}
    service.early = ["old_tool", "old_choices"]
    page.goto(service.page(RUNS + BANNER % PART))
    service.wait_for(lambda: bool(service.events))
    page.wait_for_function(QUIET)
    page.get_by_role("button", name="Some").click()
    page.wait_for_function("ran.includes('chat')")
    assert set(page.evaluate("ran")) == {"session", "chat"}
    expect(page.get_by_role("button", name="Reject all")).to_have_count(0)
    assert service.one_receipt()["choices"] == {"functional": True, "analytics": False}
