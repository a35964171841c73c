"""A site that draws its own layers: ours never appear, and the page's layers say and do everything ours would."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from consent.presentation.texts import banner_texts
from tests.banner.payload import NAMED, make_payload
from tests.banner.service import LINE, Service

pytestmark = pytest.mark.extended

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "headless" / "index.html"
SCRIPT = '<script async src="/consent/b/shop.js"></script>'
OURS = "[...document.querySelectorAll('*')].filter((one) => one.shadowRoot).length"
LAYER = "[data-consent-layer]"


def visit(page: Page, service: Service, html: str, place: str = "DE", apart: bool = False, **facts: object) -> None:
    """Open a page of a headless site with `html`."""
    service.payload, service.apart = make_payload(service.vendors, place, headless=True, **facts), apart
    service.early = ["headless"]
    assert LINE in html
    service.pages["/"] = html
    page.goto(f"{service.origin}/")


def example() -> str:
    """Return the example page from the docs, with the test site's script line."""
    html = EXAMPLE.read_text("utf-8")
    assert SCRIPT in html
    return html.replace(SCRIPT, LINE)


@pytest.mark.parametrize("apart", [False, True])
def test_the_page_draws_the_layer_and_the_receipt_records_it(page: Page, service: Service, apart: bool) -> None:
    visit(page, service, example(), apart=apart)
    layer = page.locator(LAYER)
    for text in (NAMED["title"], NAMED["withdrawal"], NAMED["analytics_text"]):
        expect(layer).to_contain_text(text)
    expect(layer.get_by_role("link", name=NAMED["policy"])).to_be_visible()
    assert page.evaluate(OURS) == 0
    service.wait_for(lambda: [event["event"] for event in service.events] == ["shown"])
    layer.get_by_role("button", name=NAMED["accept_all"]).click()
    expect(layer).to_be_hidden()
    said = service.one_receipt()
    assert (said["action"], said["method"], said["layer"]) == ("accept_all", "own_layer", 1)
    assert said["choices"] == {"functional": True, "analytics": True, "advertising": True}
    page.wait_for_function("window.ran?.includes('stats')")
    assert page.evaluate(OURS) == 0, "nor is there a button that opens the choices again"


def test_the_second_layer_names_vendors_and_saves_what_is_switched(page: Page, service: Service) -> None:
    visit(page, service, example())
    layer = page.locator(LAYER)
    layer.get_by_role("button", name=NAMED["settings"]).click()
    expect(layer).to_contain_text(NAMED["preferences_title"])
    layer.get_by_text("Analytics (1)").click()
    expect(layer.get_by_role("link", name="Privacy policy of Stats")).to_be_visible()
    assert layer.get_by_role("checkbox").count() == 3
    assert layer.get_by_role("checkbox", checked=True).count() == 0
    layer.get_by_role("checkbox", name="Analytics").check()
    layer.get_by_role("button", name=NAMED["save"]).click()
    expect(layer).to_be_hidden()
    said = service.one_receipt()
    assert (said["action"], said["method"], said["layer"]) == ("save", "own_layer", 2)
    assert said["choices"] == {"functional": False, "analytics": True, "advertising": False}
    page.get_by_role("button", name="Privacy choices").click()
    expect(layer.get_by_role("checkbox", name="Analytics")).to_be_checked()
    layer.get_by_role("button", name=NAMED["close"]).click()
    expect(layer).to_be_hidden()


def test_a_notice_holds_what_is_optional_until_the_page_shows_it(page: Page, service: Service) -> None:
    page.clock.resume()
    html = f"<!doctype html><html lang=en>{LINE}<body><div data-consent-layer hidden>A notice</div>"
    visit(page, service, html, "US-TX")
    page.wait_for_function("window.consent?.layer")
    page.evaluate("async () => { window.facts = await consent.layer() }")
    actions = [button["action"] for button in page.evaluate("facts.buttons")]
    assert actions == ["opt_out", "dismiss", "open"]
    assert page.evaluate("facts.title") == NAMED["notice_title"]
    with page.expect_console_message(lambda message: "data-consent-layer" in message.text, timeout=20_000):
        pass
    assert page.evaluate("[window.ran, consent.get().groups.analytics.granted]") == [["session"], False]
    page.evaluate("document.querySelector('[data-consent-layer]').hidden = false")
    page.wait_for_function("consent.get().groups.analytics.granted && window.ran?.includes('stats')")
    page.evaluate("void consent.answer('dismiss')")
    page.wait_for_function("async () => (await consent.layer()) === null")
    page.reload()
    page.wait_for_function("window.consent?.layer && window.ran?.includes('stats')")
    assert page.evaluate("async () => [await consent.layer(), consent.get().show]") == [None, "notice"]


UNSEEN = """
<div data-consent-layer></div>
<div style="opacity: 0"><div data-consent-layer>A notice</div></div>
<div data-consent-layer style="position: absolute; left: -9999px">A notice</div>
<own-layer data-consent-layer></own-layer>
"""
DRAWN = """() => {
  customElements.define('own-layer', class extends HTMLElement {})
  const root = document.querySelector('own-layer').attachShadow({ mode: 'open' })
  root.innerHTML = '<p style="position: fixed; bottom: 0">A notice</p>'
}"""


def test_a_mark_on_an_invisible_element_is_not_a_layer(page: Page, service: Service) -> None:
    page.clock.resume()
    visit(page, service, f"<!doctype html><html lang=en>{LINE}<body>{UNSEEN}", "US-TX")
    with page.expect_console_message(lambda message: "data-consent-layer" in message.text, timeout=20_000):
        pass
    assert page.evaluate("[window.ran, consent.get().groups.analytics.granted]") == [["session"], False]
    page.evaluate(DRAWN)
    page.wait_for_function("window.ran?.includes('stats')")


def test_without_a_visible_layer_a_grant_is_rejected_and_a_refusal_applies(page: Page, service: Service) -> None:
    visit(page, service, f"<!doctype html><html lang=en>{LINE}<body><p data-consent-layer hidden>", "DE")
    page.wait_for_function("window.consent?.layer")
    attempt = "(action) => consent.answer(action).then(() => 'taken', ({ message }) => message)"
    assert "visible" in page.evaluate(attempt, "accept_all")
    assert "answer with" in page.evaluate(attempt, "agree")
    assert "missing: functional,analytics,advertising" in page.evaluate(attempt, "save")
    assert service.receipts == []
    assert page.evaluate(attempt, "reject_all") == "taken"
    assert service.one_receipt()["action"] == "reject_all"


def test_a_layer_in_a_shadow_tree_can_explain_a_signal(page: Page, service: Service) -> None:
    page.add_init_script("Object.defineProperty(navigator, 'globalPrivacyControl', { value: true })")
    signals = {"gpc": True, "dnt": False, "age_band": "unknown"}
    html = f"<!doctype html><html lang=en>{LINE}<body><own-layer data-consent-layer></own-layer>"
    visit(page, service, html, "US-CA", signals=signals)
    page.wait_for_function("window.consent?.layer")
    page.evaluate(
        """async () => {
          const { notes } = await consent.layer(2)
          const root = document.querySelector('own-layer').attachShadow({ mode: 'open' })
          root.innerHTML = '<section style="position: fixed; bottom: 0"></section>'
          root.firstChild.textContent = notes.join(' ')
          await consent.answer('accept_all')
        }"""
    )
    service.wait_for(lambda: any(one["method"] == "own_layer" for one in service.receipts))
    assert [one["conflict_shown"] for one in service.receipts if one["method"] == "own_layer"] == [True]


def test_shows_that_an_opt_out_is_honored_where_the_page_has_an_element_for_it(page: Page, service: Service) -> None:
    page.add_init_script("Object.defineProperty(navigator, 'globalPrivacyControl', { value: true })")
    signals = {"gpc": True, "dnt": False, "age_band": "unknown"}
    visit(page, service, example(), "US-CA", signals=signals)
    expect(page.locator("[data-consent-status]")).to_have_text(banner_texts("en")["status"])
    expect(page.locator(LAYER)).to_contain_text(NAMED["gpc_active"])
    page.get_by_role("button", name="Privacy choices").click()
    expect(page.locator(LAYER)).to_contain_text(NAMED["gpc_conflict"])
    page.locator(LAYER).get_by_role("button", name=NAMED["accept_all"]).click()
    service.wait_for(lambda: any(said["method"] == "own_layer" for said in service.receipts))
    assert any(said["method"] == "gpc" for said in service.receipts), "recorded as on any site"
    said = next(said for said in service.receipts if said["method"] == "own_layer")
    assert said["conflict_shown"] is True
