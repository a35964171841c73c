import re
from typing import Any, Literal

import pytest
from playwright.sync_api import Page, expect

from tests.axe import AXE, violated_rules
from tests.banner.payload import look, make_payload
from tests.banner.service import Service

pytestmark = pytest.mark.extended

BODY = """<header>Little shop</header>
<main><h1>Shop</h1><iframe title="film" data-consent="functional" data-vendor="video" data-src="/film"></iframe>
<p><span data-choices-link></span></p></main>"""


@pytest.mark.parametrize(
    ("place", "colors", "forced", "width"),
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
    colors: Literal["light", "dark"],
    forced: Literal["active", "none"],
    width: int,
) -> None:
    service.payload = make_payload(service.vendors, place)
    service.payload["signals"]["gpc"] = True
    service.linked = False
    service.page("film", head="", path="/film")
    page.emulate_media(color_scheme=colors, forced_colors=forced)
    page.set_viewport_size({"width": width, "height": 700})
    page.goto(service.page(BODY))
    expect(page.get_by_role("button", name="Settings").first).to_be_visible()
    page.evaluate(AXE.read_text("utf-8"))
    assert violated_rules(page) == []
    page.get_by_role("button", name="Settings").first.click()
    expect(page.get_by_role("dialog")).to_contain_text("Visitor statistics")
    for summary in page.locator("summary").all():
        summary.click()
    assert violated_rules(page) == []
    page.keyboard.press("Escape")
    page.evaluate("consent.withdraw()")
    expect(page.get_by_role("button", name="Privacy choices").first).to_be_visible()
    assert violated_rules(page) == []
    page.evaluate("localStorage.setItem('consent_demo_receipt', '1')")
    page.get_by_role("button", name="Privacy choices").first.click()
    expect(page.get_by_role("link", name="My receipts")).to_be_visible()
    expect(page.get_by_role("link", name="Download receipt")).to_be_visible()
    assert violated_rules(page) == []


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


FOCUSED = """() => { let node = document.activeElement
  while (node.shadowRoot?.activeElement) node = node.shadowRoot.activeElement
  const { outlineStyle, outlineWidth } = getComputedStyle(node)
  return [node.tagName, node.textContent.slice(0, 12), outlineStyle, outlineWidth] }"""


def test_the_keyboard_is_seen_at_each_control_of_both_layers(page: Page, service: Service) -> None:
    page.goto(service.page("<button>0</button>"))
    expect(page.get_by_role("button", name="Reject all")).to_be_visible()
    reached = []
    for _ in range(5):
        page.keyboard.press("Tab")
        reached.append(page.evaluate(FOCUSED))
    assert [name for _, name, *_ in reached] == ["4 partners", "Privacy poli", "Accept all", "Reject all", "Settings"]
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    second = [page.evaluate(FOCUSED)]
    while second[-1][1] != "Save my choi":
        page.keyboard.press("Tab")
        second.append(page.evaluate(FOCUSED))
    assert {"Accept all", "Reject all"} <= {name for _, name, *_ in second}
    assert {(style, width) for _, _, style, width in reached + second} == {("solid", "3px")}


def test_screen_readers_announce_the_question_before_the_page(page: Page, service: Service) -> None:
    page.goto(service.page("<main><h1>Shop</h1></main>"))
    expect(page.get_by_role("button", name="Reject all")).to_be_visible()
    nodes = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")["nodes"]
    told = [(node["role"]["value"], node["name"]["value"]) for node in in_order(nodes) if not node["ignored"]]
    assert [one for one in told if one[0] in ("region", "heading", "button", "link", "main")] == [
        ("region", "Cookies and privacy"),
        ("heading", "Your cookie choices"),
        ("button", "4 partners"),
        ("link", "Privacy policy"),
        ("button", "Accept all"),
        ("button", "Reject all"),
        ("button", "Settings"),
        ("main", ""),
        ("heading", "Shop"),
    ]


def test_stacked_controls_are_tall_enough_to_be_pressed(page: Page, service: Service) -> None:
    """WCAG 2.5.8; axe counts each of these links as inline text, which is exempt."""
    page.goto(service.page())
    page.evaluate("void consent.open()")
    link = page.get_by_role("dialog").get_by_role("link", name="Privacy policy of Stats", include_hidden=True)
    expect(link).to_be_attached()
    for summary in page.locator("summary").all():
        summary.click()
    assert link.evaluate("node => node.getBoundingClientRect().height") >= 24


def test_each_placeholder_button_names_the_provider_of_its_content(page: Page, service: Service) -> None:
    page.goto(service.page(BODY))
    for name in ("Load once", "Always allow"):
        expect(page.get_by_role("button", name=name)).to_have_accessible_description(re.compile("Content of Video"))


@pytest.mark.windows
@pytest.mark.parametrize("name", ["Load once", "Always allow"])
def test_focus_moves_to_the_frame_loaded_by_its_button(page: Page, service: Service, name: str) -> None:
    page.goto(service.page(BODY))
    page.get_by_role("button", name=name).press("Enter")
    expect(page.locator("iframe")).to_be_visible()
    expect(page.locator("iframe")).to_be_focused()


def test_a_frame_loaded_by_another_button_takes_no_focus(page: Page, service: Service) -> None:
    page.goto(service.page(BODY))
    expect(page.get_by_role("button", name="Load once")).to_be_visible()
    page.get_by_role("button", name="Accept all").press("Enter")
    expect(page.locator("iframe")).to_be_visible()
    expect(page.locator("section[aria-label='Privacy choices']").get_by_role("button")).to_be_focused()


def in_order(nodes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the nodes of an accessibility tree in screen-reader order."""
    by_id = {node["nodeId"]: node for node in nodes}
    found = []
    waiting = [nodes[0]["nodeId"]]
    while waiting:
        node = by_id[waiting.pop(0)]
        found.append(node)
        waiting = [*node.get("childIds", []), *waiting]
    return found


def test_the_second_layer_can_be_read_in_a_window_of_1280_by_720_at_a_zoom_of_400_percent(
    page: Page, service: Service
) -> None:
    page.set_viewport_size({"width": 320, "height": 180})
    page.goto(service.page())
    page.evaluate("void consent.open()")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Stats Inc.")
    for control in (*dialog.get_by_role("switch").all(), dialog.get_by_role("button", name="Reject all")):
        if control.is_visible():
            control.scroll_into_view_if_needed()
            expect(control).to_be_in_viewport(ratio=1)
    words = dialog.locator(".words").evaluate("node => node.clientHeight - node.scrollHeight")
    assert words == 0


COVERED = """() => { const { x, y, width, height } = document.activeElement.getBoundingClientRect()
  return [[.1, .2], [.5, .5], [.9, .8]].every(([across, down]) =>
    document.elementFromPoint(x + across * width, y + down * height)?.closest("section")) }"""


@pytest.mark.parametrize(
    ("width", "height", "words", "position"),
    [(390, 844, 60, "bottom"), (320, 640, 60, "bar"), (600, 900, 60, "center"), (600, 900, 3, "corner")],
)
def test_the_layer_does_not_cover_the_focused_element_of_the_page(
    page: Page, service: Service, width: int, height: int, words: int, position: str
) -> None:
    """Tabs down to the last line of a page and back up; with few words, the page doesn't scroll."""
    service.payload["look"] = look(position=position)
    page.set_viewport_size({"width": width, "height": height})
    names = [f"Link {number}" for number in range(16)]
    lines = (f"<p><a href='#'>{name}</a> {'words ' * words}</p>" for name in names)
    page.goto(
        service.page(f"<style>html {{ scroll-behavior: smooth }} p {{ margin-inline: 4em }}</style>{''.join(lines)}")
    )
    page.get_by_role("button", name="Settings").focus()
    for key, way in (("Tab", names), ("Shift+Tab", names[-2::-1])):
        for name in way:
            page.keyboard.press(key)
            expect(page.get_by_role("link", name=name, exact=True)).to_be_focused()
            page.wait_for_function(f"!({COVERED})()")


def test_the_layer_stays_where_it_is_under_what_is_pressed_by_pointer(page: Page, service: Service) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(service.page("<p style='margin-top: 95vh'><a href='#'>Link</a></p>"))
    layer = page.get_by_role("region")
    before = layer.bounding_box()
    page.get_by_role("link", name="Link").dispatch_event("mousedown")
    page.get_by_role("link", name="Link").evaluate("node => node.focus({focusVisible: false, preventScroll: true})")
    page.wait_for_timeout(200)
    assert (layer.bounding_box(), page.evaluate("scrollY")) == (before, 0)
