"""The placeholder of a small held frame: its buttons are visible and can be pressed without scrolling."""

import pytest
from playwright.sync_api import Page, expect

from consent.presentation.texts import banner_texts, languages
from tests.axe import AXE, violated_rules
from tests.banner.payload import make_payload
from tests.banner.service import Service
from tests.banner.translated_payload import payload_in

pytestmark = pytest.mark.extended

VENDOR = "YouTube (Google Ireland Limited)"
HOST = "consent-placeholder"
BOX = "node => JSON.stringify(node.getBoundingClientRect())"
LEAST = 24
"""Minimum target size in CSS pixels: WCAG 2.5.8."""

# Buttons that are clipped, covered or too small to press, before any scrolling.
OUT_OF_REACH = """(host, least) => {
    const inside = host.shadowRoot, around = host.getBoundingClientRect()
    return [...inside.querySelectorAll("button")].flatMap((button) => {
        const box = button.getBoundingClientRect()
        const whole = box.top >= around.top && box.bottom <= around.bottom + 0.1
            && box.left >= around.left && box.right <= around.right + 0.1
            && box.left >= 0 && box.right <= document.documentElement.clientWidth
        const hit = inside.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2) === button
        const large = box.width >= least && box.height >= least
        const clear = button.scrollWidth <= button.clientWidth
        return whole && hit && large && clear ? [] : [`${button.innerText}: ${JSON.stringify(box)}`]
    })
}"""


def held(size: str) -> str:
    """Return a held frame with these attributes on its own line."""
    return f'<div><iframe title="film" {size} data-consent="functional" data-vendor="video" data-src="/film"></iframe></div>'


def sized(width: int, height: int) -> str:
    """Return a held frame of exactly this size."""
    return held(f'width="{width}" height="{height}" style="border:0"')


def open_in(page: Page, service: Service, language: str, body: str, width: int = 360) -> None:
    """Open a page with `body` in `language`, as narrow as a phone and tall enough that no layer covers the body."""
    service.payload = payload_in(language, service.vendors)
    service.payload["acts"]["vendors"]["video"]["name"] = VENDOR
    page.set_viewport_size({"width": width, "height": 1500})
    page.goto(service.page(body, language=language))
    expect(page.get_by_role("region")).to_be_visible()


@pytest.mark.parametrize("width", [320, pytest.param(360, marks=pytest.mark.long)])
@pytest.mark.parametrize("language", ["en", "de", "ar", "el", "bg", "ru", "fa"])
def test_both_buttons_of_a_small_frame_are_pressed_without_scrolling(
    page: Page, service: Service, language: str, width: int
) -> None:
    sizes = [(300, 150), (200, 100), (120, 90)]
    open_in(page, service, language, held("") + "".join(sized(*size) for size in sizes), width)
    hosts = page.locator(HOST)
    expect(hosts).to_have_count(1 + len(sizes))
    for host in hosts.all():
        expect(host.get_by_role("button")).to_have_count(2)
        assert host.evaluate(OUT_OF_REACH, LEAST) == []
    assert page.evaluate("document.documentElement.scrollWidth") == width


def test_a_flat_frame_has_its_buttons_beside_the_words(page: Page, service: Service) -> None:
    open_in(page, service, "de", sized(340, 35))
    host = page.locator(HOST)
    expect(host.get_by_role("button")).to_have_count(2)
    assert host.evaluate(OUT_OF_REACH, LEAST) == []
    expect(host.get_by_text(VENDOR)).to_be_visible()


def test_a_low_frame_without_room_beside_its_buttons_has_a_line_of_words_above_them(
    page: Page, service: Service
) -> None:
    open_in(page, service, "de", sized(160, 79))
    host = page.locator(HOST)
    expect(host.get_by_role("button")).to_have_count(2)
    assert host.evaluate(OUT_OF_REACH, LEAST) == []
    box = host.get_by_text(VENDOR).bounding_box()
    assert box
    assert box["width"] > 100
    assert box["height"] > 10


def test_whose_content_it_is_what_for_and_its_policy_are_read(page: Page, service: Service) -> None:
    service.payload = make_payload(service.vendors)
    service.payload["acts"]["vendors"]["video"]["policy"] = "https://video.example/privacy"
    page.goto(service.page(sized(560, 315) + sized(120, 90)))
    texts, (large, small) = banner_texts("en"), (page.locator(HOST).nth(number) for number in (0, 1))
    for host in (large, small):
        link = host.get_by_role("link", name="Privacy policy of Video")
        assert link.get_attribute("href") == "https://video.example/privacy"
        expect(host.get_by_role("button").first).to_have_accessible_description(
            texts["frame"].replace("{vendor}", "Video")
        )
    expect(large.get_by_text(f"{texts['functional']} \u00b7 {texts['functional_text']}")).to_be_visible()
    expect(small.get_by_text(texts["functional_text"])).to_be_hidden()


def test_words_that_gave_way_to_the_buttons_are_reached_by_the_keyboard(page: Page, service: Service) -> None:
    open_in(page, service, "de", sized(120, 90))
    page.locator(HOST).locator(".words").focus()
    page.keyboard.press("End")
    page.wait_for_function(
        f"""() => {{ const words = document.querySelector("{HOST}").shadowRoot.querySelector(".words")
            return words.clientHeight >= 13 && words.scrollTop >= words.scrollHeight - words.clientHeight - 1 }}"""
    )
    page.keyboard.press("Tab")
    expect(page.locator(HOST).get_by_role("button").first).to_be_focused()
    page.evaluate(AXE.read_text("utf-8"))
    assert faults_of_frames(page) == []


def faults_of_frames(page: Page) -> list[str]:
    """Return axe's findings, apart from headings and landmarks that the page itself lacks."""
    return [
        fault for fault in violated_rules(page) if fault not in ("landmark-one-main", "page-has-heading-one", "region")
    ]


def test_text_that_is_fully_visible_is_not_a_tab_stop(page: Page, service: Service) -> None:
    open_in(page, service, "de", held(""))
    expect(page.locator(HOST).get_by_text(VENDOR)).not_to_have_attribute("tabindex", "0")


def test_a_frame_of_a_pixel_has_nothing_to_show_and_nothing_to_reach(page: Page, service: Service) -> None:
    open_in(page, service, "en", sized(1, 1) + sized(300, 1) + sized(1, 150) + sized(300, 150))
    expect(page.locator(HOST)).to_have_count(1)
    assert service.asked_for("/film") == 0
    page.evaluate("document.querySelector('iframe').height = document.querySelector('iframe').width = 200")
    expect(page.locator(HOST)).to_have_count(2)


@pytest.mark.parametrize(
    "body",
    [
        held(""),
        sized(120, 90),
        sized(1, 1),
        f'<span style="display:inline-block">{held("")}</span>',
        f'<div style="display:flex">{held("")}<p>after</p></div>',
        f'<div style="float:left">{sized(200, 100)}</div>',
    ],
    ids=["default", "small", "pixel", "inline-block", "flex", "float"],
)
def test_nothing_moves_where_a_small_frame_is_held(page: Page, service: Service, body: str) -> None:
    boxes = f"[...document.querySelectorAll('main, main span, main p, #after')].map({BOX})"
    body = f"<main>{body}</main><p id=after>after</p>"
    open_in(page, service, "en", body)
    page.wait_for_function(f"document.querySelector('{HOST}') || document.querySelector('iframe').width === '1'")
    held_boxes = page.evaluate(boxes)
    page.goto(service.page(body, head=""))
    assert held_boxes == page.evaluate(boxes)


@pytest.mark.long
def test_no_language_needs_scrolling_in_a_small_frame(page: Page, service: Service) -> None:
    for language in languages():
        open_in(page, service, language, held("") + sized(200, 100) + sized(120, 90))
        hosts = page.locator(HOST)
        expect(hosts).to_have_count(3)
        assert [fault for host in hosts.all() for fault in host.evaluate(OUT_OF_REACH, LEAST)] == [], language


# Places for frames, each with a border of 2 px per side unless stated, and whether the frame exceeds its container.
PLACES = {
    "of the width of its container": '<div style="width:300px">{frame}</div>',
    "in a container with padding": '<div style="width:300px;padding:0 1px">{frame}</div>',
    "in words": '<p style="width:330px">Film: <span><b>{short}</b></span></p>',
    "that is positioned": '<div style="position:relative;width:300px;height:160px;padding:5px">{out}</div>',
    "in a box that grows with it": '<div style="display:inline-block">{short}</div>',
    "in a line of boxes": '<div style="display:flex;width:340px">{short}<i>and</i></div>',
}
FRAMES = {
    "frame": 'style="width:100%;height:150px"',
    "short": 'width="200" height="150"',
    "out": 'style="position:absolute;top:0;left:0;width:100%;height:100%"',
}


@pytest.mark.parametrize("place", PLACES)
def test_a_placeholder_has_the_very_size_of_its_frame(page: Page, service: Service, place: str) -> None:
    mark = f'title="film" data-consent="functional" data-vendor="video" data-src="{service.vendors}/film"'
    frames = {name: f"<iframe {mark} {size}></iframe>" for name, size in FRAMES.items()}
    open_in(page, service, "en", PLACES[place].format(**frames) + "<p id=after>after</p>")
    host, after = page.locator(HOST), page.locator("#after")
    expect(host.get_by_role("button")).to_have_count(2)
    before, below = host.evaluate(BOX), after.evaluate(BOX)
    host.get_by_role("button", name="Load once").click()
    expect(host).to_have_count(0)
    assert (page.locator("iframe").evaluate(BOX), after.evaluate(BOX)) == (before, below)


def test_the_placeholder_of_a_frame_that_is_wider_than_its_container_does_not_stand_out(
    page: Page, service: Service
) -> None:
    open_in(page, service, "en", f'<div style="width:300px">{sized(640, 150)}</div>')
    box = page.locator(HOST).bounding_box()
    assert box
    assert (box["width"], box["height"]) == (300, 150)
