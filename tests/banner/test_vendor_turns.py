"""A vendor marked in the page gets its consent calls once all of its allowed code has run."""

from playwright.sync_api import Page

from tests.banner.payload import make_payload, tag
from tests.banner.service import Service

LIBRARY = "window.counter = { begin() { this.begun = true }, may() { if (this.begun) heard.push('may') } }"
"""A library as vendors publish it: calls before its start are lost."""
MARK = 'data-consent="analytics" data-vendor="counter"'


def serve(service: Service, body: str) -> str:
    """Serve a page of a site with the vendor `counter`, and return its address."""
    service.payload = make_payload(service.vendors, tags=[tag("counter", "analytics")])
    service.payload["acts"]["tags"] = {"counter": {"type": "marked", "src": "", "attributes": {}, "calls": []}}
    facts = service.payload["acts"]["vendors"]["counter"]
    facts |= {"revoke": [], "consent": {"granted": [{"call": "counter.may", "args": []}]}}
    return service.page(f"<script>window.heard = []</script>{body}")


def marked(code: str) -> str:
    return f'<script type="text/plain" {MARK}>{code}</script>'


def test_a_library_that_the_page_starts_in_a_script_of_its_own_is_told_after_that(page: Page, service: Service) -> None:
    ends = marked("document.documentElement.dataset.ends = heard.length")
    page.goto(serve(service, marked(LIBRARY) + marked("counter.begin()") + ends))
    page.get_by_role("button", name="Accept all").click()
    page.wait_for_function("heard.length")
    # Called once, after the last waiting script.
    assert page.evaluate("[heard.length, document.documentElement.dataset.ends]") == [1, "0"]


def test_a_library_that_is_started_later_is_told_again(page: Page, service: Service) -> None:
    page.goto(serve(service, marked(LIBRARY)))
    page.get_by_role("button", name="Accept all").click()
    page.wait_for_function("window.counter && consent.debug().told.counter")
    assert page.evaluate("heard") == []
    page.evaluate(
        """() => {
          const later = Object.assign(document.createElement("script"), { type: "text/plain", text: "counter.begin()" })
          Object.assign(later.dataset, { consent: "analytics", vendor: "counter" })
          document.body.append(later)
        }"""
    )
    page.wait_for_function("heard.length")


def test_a_vendor_is_told_after_what_a_template_of_its_loads(page: Page, service: Service) -> None:
    content = f'<script src="{service.vendors}/vendor/counter.js"></script>'
    body = f"<template {MARK}>{content}</template>"
    page.route("**/vendor/counter.js", lambda route: route.fulfill(body=LIBRARY + ";counter.begin()"))
    page.goto(serve(service, body))
    page.get_by_role("button", name="Accept all").click()
    page.wait_for_function("heard.length")


def test_what_the_page_itself_withdraws_is_told_before_its_promise_is_kept(page: Page, service: Service) -> None:
    address = serve(service, marked(LIBRARY + ";counter.begin();counter.end = () => heard.push('end')"))
    facts = service.payload["acts"]["vendors"]["counter"]
    facts["revoke"] = [{"call": "counter.end", "args": []}]
    page.goto(address)
    page.get_by_role("button", name="Accept all").click()
    page.wait_for_function("heard.length")
    assert page.evaluate("consent.withdraw('analytics').then(() => [...heard])") == ["may", "end"]
    assert page.evaluate("consent.set({analytics: true}).then(() => [...heard])") == ["may", "end", "may"]
    page.evaluate("new Promise((resolve) => setTimeout(resolve, 50))")
    assert page.evaluate("heard.length") == 3
