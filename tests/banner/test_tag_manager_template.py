"""The Google Tag Manager template with the real script: what it sends to consent mode, and when."""

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.banner.payload import choice
from tests.banner.service import Service

TEMPLATE = (Path(__file__).parents[2] / "integrations" / "gtm" / "template.tpl").read_text("utf-8")
CODE = re.search(
    r"^___SANDBOXED_JS_FOR_WEB_TEMPLATE___\n(.*?)^___WEB_PERMISSIONS___", TEMPLATE, re.MULTILINE | re.DOTALL
)
CONTAINER = """([code, service]) => {
  window.told = []
  window.ends = []
  window.dataLayer = window.dataLayer || []
  let layer = {event: "gtm.init_consent"}
  const at = (key) => key.split(".").reduce((found, name) => found?.[name], window)
  const apis = {
    callInWindow: (key, ...args) => at(key)(...args),
    copyFromDataLayer: (key) => layer[key],
    copyFromWindow: at,
    encodeUriComponent: encodeURIComponent,
    getType: (value) => typeof value,
    gtagSet: () => {},
    injectScript: (address, onload, onerror) => {
      const src = address.replace("https:", "http:")
      document.head.append(Object.assign(document.createElement("script"), {src, onload, onerror}))
    },
    makeNumber: Number,
    setDefaultConsentState: (state) => told.push(["default", state.ad_storage, state.analytics_storage]),
    updateConsentState: (state) => told.push(["update", state.ad_storage, state.analytics_storage]),
  }
  const gtm = {gtmOnSuccess: () => ends.push("success"), gtmOnFailure: () => ends.push("failure")}
  const data = {site: "demo", loadScript: true, service, ...gtm}
  const fire = () => new Function("require", "data", code)((name) => apis[name], data)
  const push = dataLayer.push.bind(dataLayer)
  dataLayer.push = (...entries) => {
    for (const entry of entries) if (entry.event === "consent_change") { layer = entry; fire() }
    return push(...entries)
  }
  fire()
}"""


def start(page: Page, service: Service) -> None:
    """Open a page without our script line, whose container fires the tag on its triggers."""
    assert CODE
    page.goto(service.page(head=""))
    page.evaluate(CONTAINER, [CODE[1], service.origin.replace("http:", "https:")])


def test_a_first_visit_is_denied_until_the_answer(page: Page, service: Service) -> None:
    start(page, service)
    expect(page.get_by_role("button", name="Reject all")).to_be_visible()
    page.wait_for_function("ends.length > 0")
    assert page.evaluate("told[0]") == ["default", "denied", "denied"]
    assert not page.evaluate("told.some((one) => one.includes('granted'))")
    page.get_by_role("button", name="Accept all").click()
    page.wait_for_function("told.at(-1).join() === 'update,granted,granted'")
    assert page.evaluate("ends.every((end) => end === 'success')")
    assert page.evaluate("told.filter(([what]) => what === 'default').length") == 1
    page.evaluate("void consent.withdraw('advertising')")
    page.wait_for_function("told.at(-1).join() === 'update,denied,granted'")


def test_a_stored_choice_is_told_as_soon_as_the_script_has_decided(page: Page, service: Service) -> None:
    service.visit_with(page, choice("010"))
    start(page, service)
    page.wait_for_function("told.at(-1).join() === 'update,denied,granted'")


def test_everything_stays_denied_without_the_service(page: Page, service: Service) -> None:
    service.payload = None
    service.script_headers = {"Content-Type": "text/html", "X-Content-Type-Options": "nosniff"}
    start(page, service)
    page.wait_for_function("ends.length == 1")
    assert page.evaluate("told") == [["default", "denied", "denied"]]
