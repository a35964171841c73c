"""Links that navigate once Google's code calls back, while that code is held."""

import pytest
from playwright.sync_api import Page

from tests.banner.blocker import blocker
from tests.banner.service import LINE, Service

GTAG = "<script>window.dataLayer = window.dataLayer || []; function gtag() { dataLayer.push(arguments) }</script>"
GA = "<script>window.ga = window.ga || function () { (ga.q = ga.q || []).push(arguments) }; ga('create', 'UA-1')</script>"
HELD = "<script async src='https://www.googletagmanager.com/gtag/js?id=AW-1'></script>"
CALLS = {
    "gtag": "gtag('event', 'conversion', {send_to: 'AW-1/a', event_callback: back})",
    "a tag manager": "dataLayer.push({event: 'call', eventCallback: back, eventTimeout: 2000})",
    "ga": "ga('send', 'event', 'call', {hitCallback: back})",
}
LOADED = """() => {
  window.google_tag_manager = {}
  for (const entry of [...dataLayer, ...ga.q]) for (const facts of [entry, ...Object.values(entry)])
    for (const name of ["event_callback", "eventCallback", "hitCallback"]) facts?.[name]?.()
}"""
"""What Google's code does with the queued entries."""


@pytest.fixture
def calls(page: Page, service: Service) -> Page:
    """Open a page with Google's snippets, whose code is held, and count the callbacks."""
    service.apart = True
    page.route("**://www.googletagmanager.com/**", lambda route: route.fulfill(body="", content_type="text/javascript"))
    page.add_init_script("window.calls = 0; window.back = () => void calls++")
    page.goto(service.page("<p>words", head=blocker() + LINE + GTAG + GA + HELD))
    page.wait_for_function("Object.hasOwn(dataLayer, 'push')")
    return page


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_the_page_is_called_back_while_the_code_is_held_and_once_only(calls: Page, call: str) -> None:
    calls.evaluate(f"() => {{ {call} }}")
    calls.wait_for_function("calls === 1")
    calls.evaluate(LOADED)
    assert calls.evaluate("calls") == 1


def test_callbacks_of_calls_made_before_the_script_loads_are_run(page: Page, service: Service) -> None:
    page.add_init_script("window.calls = 0; window.back = () => void calls++")
    page.goto(service.page(f"<script>{CALLS['gtag']}</script>", head=blocker() + GTAG + LINE))
    page.wait_for_function("calls === 1")


def test_the_page_keeps_its_own_objects_and_the_queue_its_kind(calls: Page) -> None:
    calls.evaluate(
        "() => { window.facts = {event_callback: back}; gtag('event', 'a', facts); gtag('event', 'b', facts) }"
    )
    calls.wait_for_function("calls === 2")
    assert calls.evaluate("facts.event_callback === back")
    assert calls.evaluate("Object.prototype.toString.call(dataLayer.at(-1))") == "[object Arguments]"


def test_code_that_is_not_held_calls_back_itself(calls: Page) -> None:
    calls.evaluate("() => { window.google_tag_manager = {}; dataLayer.push({event: 'a', eventCallback: back}) }")
    assert calls.evaluate("dataLayer.at(-1).eventCallback === back")
    calls.evaluate("() => { delete window.google_tag_manager; gtag('event', 'b', {event_callback: back}) }")
    calls.wait_for_function("calls === 1")
