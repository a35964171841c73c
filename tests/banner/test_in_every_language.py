"""The banner in each shipped language: measured, and refused by the auto-refusal tool with the most users."""

from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from consent.presentation.autoconsent import READ_BY_TOOLS
from consent.presentation.texts import languages
from tests.banner.crowded import CROWDED
from tests.banner.payload import first_form
from tests.banner.service import LINE, Service
from tests.banner.translated_payload import payload_in

pytestmark = pytest.mark.extended

AUTOCONSENT = Path(__file__).parents[2] / "node_modules" / "@duckduckgo" / "autoconsent" / "dist"
STATE = "(({ detectedPopups, clicks }) => [detectedPopups, clicks])(autoconsentStandalone.instance.state)"
NARROW = {"width": 320, "height": 640}
# Without a font for a script, all letters are drawn as boxes of equal width, wider than the real letters.
BOXES = """text => {
    const pen = document.createElement('canvas').getContext('2d')
    return new Set(text.match(/\\p{L}/gu).map(letter => pen.measureText(letter).width)).size === 1
}"""


@pytest.mark.long
def test_no_text_is_too_long_for_a_page_of_320_pixels(page: Page, service: Service) -> None:
    page.set_viewport_size(NARROW)
    crowded = {}
    for language in languages():
        service.payload = payload_in(language, service.vendors)
        page.goto(service.page(language=language))
        layer = page.get_by_role("region")
        buttons = [service.payload["texts"][key] for key in ("accept_all", "reject_all", "settings")]
        for name in buttons:
            expect(layer.get_by_role("button", name=name, exact=True)).to_be_in_viewport(ratio=1)
        lines = 3 if page.evaluate(BOXES, service.payload["texts"]["reject_all"]) else 2
        found = layer.evaluate(CROWDED, lines)
        layer.get_by_role("button", name=buttons[2], exact=True).click()
        dialog = page.get_by_role("dialog")
        expect(dialog).to_be_visible()
        found += dialog.evaluate(CROWDED, lines)
        assert page.evaluate("document.documentElement.scrollWidth") == NARROW["width"], language
        if found:
            crowded[language] = found
    assert crowded == {}


SPACED = """root => root.adoptedStyleSheets[0].insertRule(
    "* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important }")"""


@pytest.mark.long
def test_with_letters_and_words_spaced_as_readers_may_need_nothing_is_too_wide(page: Page, service: Service) -> None:
    """WCAG 1.4.12, in the second layer at 320 pixels."""
    page.set_viewport_size(NARROW)
    wide = {}
    for language in languages():
        service.payload = payload_in(language, service.vendors)
        page.goto(service.page(language=language))
        page.evaluate("void consent.open()")
        dialog = page.get_by_role("dialog")
        expect(dialog).to_be_visible()
        dialog.evaluate(f"node => ({SPACED})(node.getRootNode())")
        found = dialog.locator(".words").evaluate("node => [node.scrollWidth, node.clientWidth]")
        if found[0] > found[1]:
            wide[language] = found
    assert wide == {}


# Words whose letters are split across lines.
BROKEN = """root => { const found = [], texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT)
    while (texts.nextNode()) for (const { 0: word, index } of texts.currentNode.data.matchAll(/\\p{L}+/gu)) {
        const range = new Range()
        range.setStart(texts.currentNode, index)
        range.setEnd(texts.currentNode, index + word.length)
        if (new Set([...range.getClientRects()].map(({ top }) => Math.round(top))).size > 1) found.push(word)
    }
    return found }"""


def test_lines_of_korean_end_between_its_words(page: Page, service: Service) -> None:
    for width in (320, 360, 420):
        page.set_viewport_size({"width": width, "height": 640})
        service.payload = payload_in("ko", service.vendors)
        page.goto(service.page(language="ko"))
        layer = page.get_by_role("region")
        expect(layer).to_be_visible()
        assert layer.evaluate(BROKEN) == []
        layer.get_by_role("button", name=service.payload["texts"]["settings"], exact=True).click()
        assert page.get_by_role("dialog").evaluate(BROKEN) == []
        assert page.evaluate("document.documentElement.scrollWidth") == width


@pytest.mark.parametrize("language", ["ja", "ko", "ur", "zh-Hans", "zh-Hant"])
def test_letters_that_languages_share_have_the_shapes_of_the_banners_own(
    page: Page, service: Service, language: str
) -> None:
    service.payload = payload_in(language, service.vendors)
    page.goto(service.page())
    layer = page.get_by_role("region")
    expect(layer).to_have_attribute("lang", language)
    locale = "node => getComputedStyle(node).webkitLocale"
    for node in (layer, layer.get_by_role("heading"), layer.get_by_role("button").last):
        assert node.evaluate(locale) == f'"{language}"'
    layer.get_by_role("button", name=service.payload["texts"]["settings"], exact=True).click()
    assert page.get_by_role("dialog").get_by_role("heading").first.evaluate(locale) == f'"{language}"'


def test_the_name_of_a_cookie_begins_with_its_underscore_also_where_words_are_read_from_the_right(
    page: Page, service: Service
) -> None:
    service.payload = payload_in("he", service.vendors)
    page.goto(service.page(language="he"))
    page.get_by_role("button", name=service.payload["texts"]["settings"], exact=True).click()
    name = page.get_by_role("dialog").get_by_text("_stats", exact=True)
    expect(name).to_be_attached()
    for summary in page.locator("summary").all():
        summary.click()
    first, second = name.evaluate(
        """node => ["_", "s"].map((letter) => {
            const range = new Range(), text = node.firstChild, at = text.data.indexOf(letter)
            range.setStart(text, at)
            range.setEnd(text, at + 1)
            return range.getBoundingClientRect().left
        })"""
    )
    assert first < second


@pytest.mark.parametrize("step", [16, pytest.param(1, marks=pytest.mark.long)])
def test_autoconsent_refuses_in_every_language_and_nothing_held_runs(
    context: BrowserContext, service: Service, step: int
) -> None:
    tool = (AUTOCONSENT / "autoconsent.standalone.js").read_text("utf-8")
    context.add_init_script(tool)
    page = context.new_page()
    service.apart = True
    for language in sorted({*sorted(languages())[::step], *READ_BY_TOOLS}):
        context.clear_cookies()
        service.receipts.clear()
        service.payload = payload_in(language, service.vendors)
        page.goto(service.page(language=language))
        assert service.one_receipt()["action"] == "reject_all", language
        popups, clicks = page.evaluate(STATE)
        assert (popups, clicks) == (["HEURISTIC-REJECT"], 1), language
        page.wait_for_function("!localStorage.getItem('consent_demo_queue')")  # otherwise the next page sends it again
    assert {path for path in service.requests if path.startswith("/vendor/")} == {"/vendor/session.js"}


@pytest.mark.long
def test_where_tools_know_the_words_there_is_no_second_rejection_and_elsewhere_nobody_meets_it(
    page: Page, service: Service
) -> None:
    service.apart = True
    for language in languages():
        service.payload = payload_in(language, service.vendors)
        page.goto(service.page(language=language))
        layer = page.get_by_role("region")
        rejection = service.payload["texts"]["reject_all"]
        expect(layer.get_by_role("button", name=rejection, exact=True)).to_have_count(1)
        names = [button.inner_text() for button in layer.get_by_role("button").all()]
        buttons = layer.evaluate("layer => [...layer.querySelectorAll('button')].map(one => one.innerText)")
        twin = ["Reject all"] if language not in READ_BY_TOOLS else []
        assert sorted(buttons) == sorted(names + twin), language
        assert len(names) == 4, language
        reached = []
        page.keyboard.press("Tab")
        while (text := page.evaluate("document.activeElement.innerText")) and text not in reached:
            reached.append(text)
            page.keyboard.press("Tab")
        assert {*names} <= {*reached}, language
        assert not {*twin} & {*reached}, language


def test_a_page_in_a_language_that_tools_do_not_know_gets_what_they_press_though_the_browser_speaks_another(
    context: BrowserContext, service: Service
) -> None:
    context.add_init_script((AUTOCONSENT / "autoconsent.standalone.js").read_text("utf-8"))
    page = context.new_page()
    service.apart = True
    service.payload = payload_in("en", service.vendors) | {"others": "el"}
    service.in_language["el"] = payload_in("el", service.vendors) | {"eager": "html"}
    service.in_language["el"] |= {"ahead": first_form(service.in_language["el"])["ahead"]}
    page.goto(service.page(language="el"))
    assert service.one_receipt()["action"] == "reject_all"


def test_a_page_in_another_language_than_the_browser_gets_the_texts_of_its_own(page: Page, service: Service) -> None:
    service.payload = payload_in("en", service.vendors) | {"others": "de|fr"}
    service.in_language["FR-be"] = payload_in("fr", service.vendors)
    page.goto(service.page(language="FR-be"))
    expect(page.get_by_role("button", name="Tout refuser")).to_be_visible()
    expect(page.get_by_role("region")).to_have_attribute("lang", "fr")
    assert service.asked_for("/api/v1/sites/demo/decision") == 1


def test_a_page_in_an_unavailable_language_makes_no_further_request(page: Page, service: Service) -> None:
    for language, others in (
        ("sv", "de"),
        ("", "de"),
        ("", ""),
        ("en", r"(?!(en)\b).+"),
        ("en-GB", r"(?!(en)\b).+"),
        ('x"y', "de"),
    ):
        service.payload = payload_in("en", service.vendors) | {"others": others}
        page.goto(service.page(language=language))
        expect(page.get_by_role("button", name="Reject all")).to_be_visible()
    assert service.asked_for("/api/v1/sites/demo/decision") == 0


def test_shows_the_first_response_when_the_second_does_not_arrive(page: Page, service: Service) -> None:
    service.payload = payload_in("en", service.vendors) | {"others": "de"}
    page.route("**/decision?**", lambda route: route.abort())
    page.goto(service.page(language="de"))
    page.get_by_role("button", name="Reject all").click()
    assert service.one_receipt()["action"] == "reject_all"


def test_a_line_with_a_fixed_language_is_respected(page: Page, service: Service) -> None:
    service.payload = payload_in("en", service.vendors) | {"others": "de"}
    line = LINE.replace("demo.js", "demo.js?language=en")
    page.goto(service.page(head=line, language="de"))
    expect(page.get_by_role("button", name="Reject all")).to_be_visible()
    assert service.asked_for("/api/v1/sites/demo/decision") == 0
