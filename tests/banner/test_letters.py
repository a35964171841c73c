"""With the fonts on most phones, no language shows boxes instead of letters, and no text is cut off."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, CDPSession, Page, expect

from consent.presentation.texts import languages
from tests.banner.crowded import CROWDED
from tests.banner.noto_fonts import NoFontsError, letters_by_font, write_fontconfig
from tests.banner.service import Service
from tests.banner.translated_payload import payload_in
from tests.chromium import find_shell, running_browser

NARROW = {"width": 320, "height": 640}
LINES = 2
SCROLLING = {"ml", "ta"}
"""Their first layer has more text than such a low page can show: it scrolls, above answers that stay visible."""
IS_SCROLLING = """layer => { const words = layer.shadowRoot.querySelector('.words')
    return words.scrollHeight > words.clientHeight }"""
# Spaces, and characters that join, separate or direct letters: no font draws them.
INVISIBLE = {*range(0x21), 0xA0, 0xAD, *range(0x2000, 0x2010), *range(0x2028, 0x2030), *range(0x2060, 0x2070), 0xFEFF}
# Parts of a layer outside the box that clips it: text that can't be scrolled into view.
CLIPPED = """layer => [layer, ...layer.querySelectorAll('*'), ...(layer.shadowRoot?.querySelectorAll('*') || [])]
    .filter(node => ['hidden', 'clip'].includes(getComputedStyle(node).overflowY))
    .filter(node => node.scrollHeight > node.clientHeight + 1)
    .map(node => `${node.tagName} ${node.scrollHeight} in ${node.clientHeight}: ${node.innerText}`)"""


@pytest.fixture(scope="module")
def fontconfig(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the browser's font configuration and return its path."""
    try:
        return write_fontconfig(tmp_path_factory.mktemp("fonts"))
    except NoFontsError as missing:
        pytest.fail(str(missing), pytrace=False)


@pytest.fixture(scope="module")
def browser(chromium: Path, fontconfig: Path) -> Iterator[Browser]:
    """Run a browser with only the Noto fonts."""
    with running_browser(find_shell(chromium), {"FONTCONFIG_FILE": str(fontconfig)}) as browser:
        yield browser


@pytest.fixture(scope="module")
def letters(fontconfig: Path) -> dict[str, set[int]]:
    """Return the code points in each font."""
    return letters_by_font(fontconfig)


def nodes_with_text(node: dict[str, Any]) -> Iterator[tuple[int, str]]:
    """Yield each element with text of its own, and that text, including those in shadow trees."""
    children = node.get("children", [])
    text = "".join(child["nodeValue"] for child in children if child["nodeType"] == 3)
    if text.strip() and node["nodeName"] not in ("STYLE", "SCRIPT", "TITLE"):
        yield node["nodeId"], text
    for child in [*children, *node.get("shadowRoots", [])]:
        if child["nodeType"] in (1, 9, 11):
            yield from nodes_with_text(child)


def boxes(session: CDPSession, letters: dict[str, set[int]]) -> list[str]:
    """Return the letters on the page missing from the fonts that draw their text, each with that text."""
    root = session.send("DOM.getDocument", {"depth": -1, "pierce": True})["root"]
    found = []
    for node, text in nodes_with_text(root):
        fonts = session.send("CSS.getPlatformFontsForNode", {"nodeId": node})["fonts"]
        # What isn't drawn, such as a collapsed section, has no font.
        known = set().union(*(letters[font["postScriptName"]] for font in fonts)) if fonts else None
        if known is not None and (missing := {ord(letter) for letter in text} - INVISIBLE - known):
            found.append(f"{''.join(map(chr, sorted(missing)))} of {text}")
    return found


def unfold(dialog: Any) -> None:
    dialog.evaluate(
        "node => { for (const one of node.getRootNode().querySelectorAll('details')) one.open = true }",
    )


@pytest.mark.browser
@pytest.mark.long
def test_each_letter_of_both_layers_is_drawn_and_none_is_cut_off_at_320_pixels(
    page: Page, service: Service, letters: dict[str, set[int]]
) -> None:
    page.set_viewport_size(NARROW)
    session = page.context.new_cdp_session(page)
    session.send("DOM.enable")
    session.send("CSS.enable")
    found: dict[str, list[str]] = {}
    scrolling: set[str] = set()
    for language in languages():
        service.payload = payload_in(language, service.vendors)
        page.goto(service.page(language=language))
        layer = page.get_by_role("region")
        settings = layer.get_by_role("button", name=service.payload["texts"]["settings"], exact=True)
        expect(settings).to_be_in_viewport(ratio=1)
        if layer.evaluate(IS_SCROLLING):
            scrolling.add(language)
        wrong = [*boxes(session, letters), *layer.evaluate(CROWDED, LINES), *layer.evaluate(CLIPPED)]
        settings.click()
        dialog = page.get_by_role("dialog")
        expect(dialog).to_be_visible()
        unfold(dialog)
        wrong += [*boxes(session, letters), *dialog.evaluate(CROWDED, LINES), *dialog.evaluate(CLIPPED)]
        assert page.evaluate("document.documentElement.scrollWidth") == NARROW["width"], language
        if wrong:
            found[language] = wrong
    assert found == {}
    assert scrolling == SCROLLING


@pytest.mark.browser
@pytest.mark.long
def test_a_letter_that_no_font_has_is_found(page: Page, service: Service, letters: dict[str, set[int]]) -> None:
    service.payload = payload_in("en", service.vendors)
    service.payload["texts"]["reject_all"] = "Reject \U0001f9ff\U000e0100\ue000"
    page.goto(service.page())
    expect(page.get_by_role("region")).to_be_visible()
    session = page.context.new_cdp_session(page)
    session.send("DOM.enable")
    session.send("CSS.enable")
    assert any("\ue000 of Reject" in one or "\ue000" in one.partition(" of ")[0] for one in boxes(session, letters))
