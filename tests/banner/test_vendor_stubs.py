"""Calls queued for vendors whose snippets have a stub: their form and order, also with a snippet in the page."""

import pytest
from playwright.sync_api import Page

from tests.banner.service import LINE, Service
from tests.banner.vendor_pages import COMING, said, serve

CALLS = {"pinterest-tag": "pintrk", "meta-pixel": "fbq"}


@pytest.mark.parametrize("vendor", CALLS)
def test_what_waits_for_a_vendors_code_waits_in_arrays_as_in_its_own_snippet(
    page: Page, service: Service, vendor: str
) -> None:
    keeps_nothing = serve(service, vendor)
    service.pages["/"] = service.pages["/"].replace(f'names = new Set(["{CALLS[vendor]}"])', "names = new Set()")
    page.goto(keeps_nothing)
    page.get_by_role("button", name="Accept all").click()
    said(page, COMING)
    told = page.evaluate(f"{CALLS[vendor]}.queue.map(one => [Array.isArray(one), one[0]])")
    assert {is_array for is_array, _ in told} == {True}
    assert [name for _, name in told][-2:] == {"pinterest-tag": ["load", "page"], "meta-pixel": ["init", "track"]}[
        vendor
    ]


TAKES_WHAT_WAITS = """<script>
  window.said = []
  document.addEventListener("load", e => {
    if (!e.target.src?.includes("/vendor/it.js")) return
    let locked = false
    const take = (...call) => {
      if (call[0] === "consent") locked = call[1] === "revoke"
      else if (locked) return void fbq.queue.push(call)
      else said.push(call)
      while (fbq.queue.length && !locked) take(...fbq.queue.shift())
    }
    fbq.callMethod = take
    while (fbq.queue.length && !locked) take(...fbq.queue.shift())
  }, true)
</script>"""
"""How `fbevents.js` processes its queue: a "revoke" stops it, and later entries are never read."""


@pytest.mark.parametrize("limited", [None, "restricted"])
def test_what_waits_for_metas_code_does_not_stop_it(page: Page, service: Service, limited: str | None) -> None:
    facts = {"limited": limited} if limited else {}
    address = serve(service, "meta-pixel", "US-CA" if limited else "DE", **facts)
    assert service.payload
    service.payload["signals"]["gpc"] = bool(limited)
    service.pages["/"] = service.pages["/"].replace(LINE, TAKES_WHAT_WAITS + LINE)
    service.pages["/"] = service.pages["/"].replace('names = new Set(["fbq"])', "names = new Set()")
    page.goto(address)
    if not limited:
        page.get_by_role("button", name="Accept all").click()
    page.wait_for_function("said.some(one => one[0] === 'track')")
    options = [["LDU"], 0, 0] if limited else [[]]
    assert page.evaluate("said.filter(Array.isArray)") == [
        ["dataProcessingOptions", *options],
        ["init", "1234567890123456"],
        ["track", "PageView"],
    ]
    page.evaluate("consent.withdraw()")
    if not limited:
        page.wait_for_function("consent.debug().told['meta-pixel'].startsWith('refused')")
        page.evaluate("fbq('track', 'Purchase')")
        assert page.evaluate("said.filter(one => one[1] === 'Purchase')") == []


SNIPPET = """(function (name) {
  if (window[name]) return
  const stub = (window[name] = (...call) => void stub.queue.push(call))
  stub.queue = []
  said.push("its own code is fetched")
})("%s")"""
"""The beginning of Meta's and Pinterest's own snippets."""


@pytest.mark.parametrize("vendor", CALLS)
def test_a_snippet_that_skips_an_existing_stub_finds_none(page: Page, service: Service, vendor: str) -> None:
    serve(service, vendor)
    assert service.payload
    service.payload["acts"]["tags"]["it"] = {"type": "marked", "src": None, "attributes": {}, "calls": []}
    mark = f'type="text/plain" data-consent="advertising" data-vendor="{vendor}"'
    marked = f"<script {mark}>{SNIPPET % CALLS[vendor]}</script>"
    page.goto(service.page(marked, head="<script>window.said = []</script>" + LINE))
    page.get_by_role("button", name="Accept all").click()
    page.wait_for_function(f"consent.debug().told['{vendor}']")
    assert page.evaluate("said") == ["its own code is fetched"]
    assert page.evaluate(f"{CALLS[vendor]}.queue.at(-1)") == (
        ["consent", "grant"] if vendor == "meta-pixel" else ["setconsent", True]
    )


def test_a_global_of_the_page_stays_and_an_element_of_its_name_is_none(page: Page, service: Service) -> None:
    address = serve(service, "hotjar")
    assert service.payload
    own = "<script>window._hjSettings = {hjid: 7, mine: true}</script><div id='hj'></div>"
    service.pages["/"] = service.pages["/"].replace("<body>", f"<body>{own}")
    page.goto(address)
    page.get_by_role("button", name="Accept all").click()
    said(page, COMING)
    assert page.evaluate("[_hjSettings, typeof hj, hj.q]") == [{"hjid": 7, "mine": True}, "function", []]
