"""The npm package `core` in a page: calls wait for the script, and listeners receive each decision."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.banner.service import Service

CORE = (Path(__file__).parents[2] / "integrations" / "npm" / "core" / "index.js").read_text("utf-8")
BEGIN = """async ([code, service]) => {
  window.core = await import(URL.createObjectURL(new Blob([code], {type: "text/javascript"})))
  window.heard = []
  window.kept = []
  core.subscribe((decision) => heard.push(decision.groups.analytics.granted))
  void core.when("analytics").then(() => kept.push("analytics"))
  void core.when("advertising").then(() => kept.push("advertising"))
  window.before = [core.getDecision(), core.isGranted(null, "analytics"), core.isGranted(null, "essential")]
  core.loadConsent({service, site: "demo"})
  core.loadConsent({service, site: "demo"})
}"""


def test_what_is_asked_before_the_script_comes_is_kept_once_it_has_decided(page: Page, service: Service) -> None:
    page.goto(service.page(head=""))
    page.evaluate(BEGIN, [CORE, service.origin])
    assert page.evaluate("before") == [None, False, True]
    expect(page.get_by_role("button", name="Reject all")).to_be_visible()
    page.wait_for_function("heard.length == 1")
    assert page.evaluate("[heard, kept, core.getDecision().show]") == [[False], [], "ask"]
    page.evaluate("void core.set({analytics: true})")
    page.wait_for_function("kept.length == 1 && heard.at(-1)")
    assert page.evaluate("[kept, core.isAllowed(core.getDecision(), 'stats')]") == [["analytics"], True]
    page.evaluate("void core.withdraw('analytics')")
    page.wait_for_function("heard.at(-1) === false")
    page.evaluate("void core.open()")
    expect(page.get_by_role("dialog")).to_be_visible()
    assert service.asked_for("/b/demo.js") == 1


def test_an_ended_subscription_gets_no_events_and_a_seed_ends_with_the_decision(page: Page, service: Service) -> None:
    page.goto(service.page(head=""))
    page.evaluate(BEGIN, [CORE, service.origin])
    page.evaluate("""() => {
      core.seed({groups: {analytics: {granted: true}}})
      window.seeded = core.isGranted(core.getDecision(), "analytics")
      window.once = []
      window.end = core.subscribe((decision) => once.push(decision.groups.analytics.granted))
    }""")
    page.wait_for_function("once.at(-1) === false && once.length == 2 || !seeded")
    page.evaluate("() => { end(); core.seed({groups: {}}) }")
    count = page.evaluate("once.length")
    page.evaluate("void core.set({analytics: true})")
    page.wait_for_function("heard.at(-1) === true")
    assert page.evaluate("once.length") == count


@pytest.mark.parametrize(
    "wrong",
    [
        "loadConsent({service: 'consent.example.com', site: 'demo'})",
        "loadConsent({service: 'javascript:alert(1)//', site: 'demo'})",
        "loadConsent({service: 'https://consent.example.com', site: '../x'})",
        "loadConsent({service: 'https://consent.example.com'})",
        "frameHtml({group: 'functional', src: 'javascript:alert(1)', title: ''})",
        "frameHtml({group: 'functional', src: 'https://a.example', title: '', attributes: {onload: 'x'}})",
        "frameHtml({group: 'functional', src: 'https://a.example', title: '', attributes: {srcdoc: 'x'}})",
        "frameHtml({group: 'functional', src: 'https://a.example', title: '', attributes: {'a><b': 'x'}})",
    ],
)
def test_rejects_invalid_options_and_loads_nothing(page: Page, service: Service, wrong: str) -> None:
    page.goto(service.page(head=""))
    page.evaluate(
        BEGIN.rpartition("core.loadConsent")[0].rpartition("core.loadConsent")[0] + "}", [CORE, service.origin]
    )
    assert page.evaluate(f"() => {{ try {{ core.{wrong} }} catch (error) {{ return error.name }} }}") == "TypeError"
    assert page.locator("script[src]").count() == 0


def test_the_text_of_a_frame_is_not_markup(page: Page, service: Service) -> None:
    page.goto(service.page(head=""))
    page.evaluate(BEGIN, [CORE, service.origin])
    frame = page.evaluate("""() => {
      const src = 'https://video.example/embed?a=1&b="2"'
      const facts = {group: "functional", vendor: "video", src, title: '"><img src=x>', attributes: {allow: "fullscreen"}}
      const {children} = new DOMParser().parseFromString(core.frameHtml(facts), "text/html").body
      const [frame] = children
      return [children.length, {...frame.dataset}, frame.title, frame.allow, frame.src]
    }""")
    src = 'https://video.example/embed?a=1&b="2"'
    assert frame == [1, {"consent": "functional", "vendor": "video", "src": src}, '"><img src=x>', "fullscreen", ""]
