from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Page, expect

from tests.banner.payload import make_payload
from tests.banner.service import Service

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
RULES = "{ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }"
BODY = """<header>Little shop</header>
<main><h1>Shop</h1><iframe title="film" data-consent="functional" data-vendor="video" data-src="/film"></iframe>
<p><span data-choices-link></span></p></main>"""


def faults(page: Page) -> list[Any]:
    found: list[Any] = page.evaluate(f"axe.run(document, {RULES}).then(result => result.violations.map(v => v.id))")
    return found


@pytest.mark.parametrize(
    ("place", "colours", "forced", "width"),
    [
        ("DE", "light", "none", 1280),
        ("DE", "dark", "none", 320),
        ("DE", "dark", "active", 1280),
        ("US-CA", "light", "none", 390),
    ],
)
def test_axe_finds_no_fault_in_any_layer(
    page: Page,
    service: Service,
    place: str,
    colours: Literal["light", "dark"],
    forced: Literal["active", "none"],
    width: int,
) -> None:
    service.payload = make_payload(service.vendors, place)
    service.payload["signals"]["gpc"] = True
    service.linked = False
    service.page("film", head="", path="/film")
    page.emulate_media(color_scheme=colours, forced_colors=forced)
    page.set_viewport_size({"width": width, "height": 700})
    page.goto(service.page(BODY))
    expect(page.get_by_role("button", name="Settings").first).to_be_visible()
    page.evaluate(AXE.read_text("utf-8"))
    assert faults(page) == []
    page.get_by_role("button", name="Settings").first.click()
    expect(page.get_by_role("dialog")).to_contain_text("Visitor statistics")
    for summary in page.locator("summary").all():
        summary.click()
    assert faults(page) == []
    page.keyboard.press("Escape")
    page.evaluate("consent.withdraw()")
    expect(page.get_by_role("button", name="Privacy choices").first).to_be_visible()
    expect(page.get_by_role("link", name="Download receipt")).to_be_visible()
    assert faults(page) == []
    page.evaluate("""localStorage.setItem("consent_demo_receipt", '{"linked":true}')""")
    page.get_by_role("button", name="Privacy choices").first.click()
    expect(page.get_by_role("link", name="My receipts")).to_be_visible()
    assert faults(page) == []


def test_nothing_moves_for_those_who_want_less_motion_and_nothing_shifts_for_anyone(
    page: Page, service: Service
) -> None:
    page.emulate_media(reduced_motion="reduce")
    page.add_init_script(
        """window.shifts = 0; new PerformanceObserver(list => list.getEntries().forEach(entry => { shifts += entry.value }))
        .observe({ type: "layout-shift", buffered: true })"""
    )
    page.goto(service.page(BODY.split("<p>")[0] + "<p>words</p>" * 20))
    expect(page.get_by_role("button", name="Load once")).to_be_visible()
    page.get_by_role("button", name="Reject all").click()
    expect(page.get_by_role("button", name="Privacy choices")).to_be_visible()
    assert page.evaluate("shifts") == 0
    assert page.evaluate("document.getAnimations().length") == 0
