import pytest
from playwright.sync_api import Locator, Page, expect

from consent.presentation.links import pieces
from tests.banner.payload import CAST, choice, look, make_payload
from tests.banner.service import LINE, Service
from tests.banner.translated_payload import payload_in

LOOK = """node => { const s = getComputedStyle(node); return [s.color, s.backgroundColor, s.font, s.border, s.padding,
    s.borderRadius, s.opacity, s.cursor, node.tagName, node.offsetWidth, node.offsetHeight] }"""


def layer_of(page: Page) -> Locator:
    return page.get_by_role("region", name="Cookies and privacy")


def test_the_first_layer_names_controller_groups_partners_and_withdrawal_before_the_buttons(
    page: Page, service: Service
) -> None:
    page.goto(service.page("<h1>Shop</h1>"))
    layer = layer_of(page)
    for words in (
        "We (Little Shop) and 4 partners use cookies. Essential cookies are always on; you choose the rest.",
        "Analytics: Measures how the site is used. Advertising: Shows",
        "withdraw your choice",
    ):
        expect(layer).to_contain_text(words)
    expect(layer.get_by_role("button")).to_have_text(["4 partners", "Accept all", "Reject all", "Settings"])


@pytest.mark.parametrize("language", ["en", "de", "es", "it", "nl", "pt", "sv"])
def test_on_a_phone_the_first_layer_takes_at_most_45_percent(page: Page, service: Service, language: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    service.payload = payload_in(language, service.vendors)
    page.goto(service.page(language=language))
    card = page.get_by_role("region").evaluate("node => node.getBoundingClientRect().height")
    assert 0 < card <= 0.45 * 844


def test_the_number_of_partners_opens_their_list(page: Page, service: Service) -> None:
    page.goto(service.page())
    layer_of(page).get_by_role("button", name="4 partners").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert service.receipts == []


@pytest.mark.parametrize("width", [1280, 390, 320])
def test_accept_and_reject_look_alike_and_settings_which_answers_nothing_is_quieter(
    page: Page, service: Service, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 640})
    page.goto(service.page("<style>button { background: red; font-size: 40px } .x, section { display: none }</style>"))
    names = ("Accept all", "Reject all")
    accept, reject = (page.get_by_role("button", name=name).evaluate(LOOK) for name in names)
    assert accept == reject
    settings = page.get_by_role("button", name="Settings").evaluate(LOOK)
    assert settings[1] == "rgba(0, 0, 0, 0)"
    assert settings[2] == accept[2]


@pytest.mark.parametrize("size", [(360, 640), (1280, 800)])
def test_every_button_is_in_sight_without_scrolling(page: Page, service: Service, size: tuple[int, int]) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.goto(service.page())
    for name in ("Accept all", "Reject all", "Settings"):
        expect(page.get_by_role("button", name=name)).to_be_in_viewport(ratio=1)


def test_nothing_is_wider_than_a_page_of_320_pixels(page: Page, service: Service) -> None:
    page.set_viewport_size({"width": 320, "height": 568})
    page.goto(service.page())
    page.get_by_role("button", name="Settings").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 320


def test_in_a_window_of_1280_by_800_at_a_zoom_of_400_percent_there_are_words_to_read(
    page: Page, service: Service
) -> None:
    page.set_viewport_size({"width": 320, "height": 200})
    page.goto(service.page())
    layer = page.get_by_role("region")
    expect(layer.get_by_role("heading")).to_be_in_viewport(ratio=1)
    shown = layer.evaluate("layer => layer.shadowRoot.querySelector('.words').clientHeight")
    assert shown >= 3 * float(layer.evaluate("layer => parseFloat(getComputedStyle(layer).fontSize)"))
    for name in ("Accept all", "Reject all"):
        expect(layer.get_by_role("button", name=name)).to_be_in_viewport(ratio=1)
    for node in (layer.get_by_role("link", name="Privacy policy"), layer.get_by_role("button", name="Settings")):
        node.scroll_into_view_if_needed()
        expect(node).to_be_in_viewport(ratio=1)


def test_the_first_layer_takes_no_focus_and_lets_the_page_be_used(page: Page, service: Service) -> None:
    page.goto(service.page("<input autofocus><button onclick='this.textContent = 1'>0</button>"))
    expect(layer_of(page)).to_be_visible()
    assert page.evaluate("document.activeElement.tagName") == "INPUT"
    page.get_by_role("button", name="0").click()
    expect(page.get_by_role("button", name="1")).to_be_visible()
    assert layer_of(page).get_attribute("aria-modal") is None


def test_on_paper_the_layer_covers_nothing(page: Page, service: Service) -> None:
    page.goto(service.page("<p>A recipe</p>"))
    reject = page.get_by_role("button", name="Reject all")
    expect(reject).to_be_visible()
    page.emulate_media(media="print")
    expect(reject).to_be_hidden()
    expect(page.get_by_text("Your cookie choices")).to_be_hidden()
    expect(page.get_by_text("A recipe")).to_be_visible()
    page.emulate_media(media="screen")
    expect(reject).to_be_visible()


def test_texts_and_buttons_are_in_the_light_dom_for_user_tools(page: Page, service: Service) -> None:
    page.goto(service.page())
    expect(layer_of(page)).to_be_visible()
    layer = "document.querySelector('section[role=region]')"
    assert page.evaluate(f"getComputedStyle({layer}).position") == "fixed"
    assert "cookies" in page.evaluate(f"{layer}.innerText")
    page.evaluate(f"[...{layer}.querySelectorAll('button')].find(b => b.innerText === 'Reject all').click()")
    assert service.one_receipt()["action"] == "reject_all"


def test_a_known_choice_shows_only_the_reopen_button(page: Page, service: Service) -> None:
    service.visit_with(page, choice("000"))
    page.goto(service.page())
    expect(page.get_by_role("button", name="Privacy choices")).to_be_visible()
    expect(layer_of(page)).to_have_count(0)
    assert service.events == []


def test_a_shown_layer_is_counted_once_without_visitor_data(page: Page, service: Service) -> None:
    page.goto(service.page())
    service.wait_for(lambda: bool(service.events))
    page.get_by_role("button", name="Settings").click()
    page.keyboard.press("Escape")
    expect(layer_of(page)).to_be_visible()
    assert service.events == [{"event": "shown", "config": "sha256:" + "9f" * 32, "token": "a-token"}]


def test_a_place_of_opt_out_gets_one_line_that_can_be_dismissed_without_a_receipt(page: Page, service: Service) -> None:
    service.payload = make_payload(service.vendors, "US-CA")
    page.goto(service.page())
    layer = layer_of(page)
    expect(layer.get_by_role("button")).to_have_text(["Opt out", "Close", "Settings"])
    layer.get_by_role("button", name="Close").click()
    expect(layer).to_have_count(0)
    page.reload()
    expect(page.get_by_role("button", name="Privacy choices")).to_be_visible()
    expect(layer_of(page)).to_have_count(0)
    assert service.receipts == []
    assert service.own_cookies(page) == {}


def test_the_notice_allows_opting_out_with_one_click(page: Page, service: Service) -> None:
    service.payload = make_payload(service.vendors, "US-CA")
    page.goto(service.page())
    page.get_by_role("button", name="Opt out", exact=True).click()
    receipt = service.one_receipt()
    assert (receipt["action"], receipt["method"]) == ("opt_out", "click")
    assert not any(receipt["choices"].values())
    expect(page.get_by_text("Opt-Out Request Honored")).to_be_visible()


def test_the_layer_uses_the_direction_of_its_text(page: Page, service: Service) -> None:
    service.payload = make_payload(service.vendors, direction="rtl", language="ar")
    page.goto(service.page())
    layer = layer_of(page)
    assert (layer.get_attribute("dir"), layer.get_attribute("lang")) == ("rtl", "ar")
    boxes = [layer.get_by_role("button", name=name).bounding_box() for name in ("Accept all", "Reject all")]
    left, right = (box["x"] if box else 0 for box in boxes)
    assert left > right


@pytest.mark.parametrize("accent", ["#0b57d0", "#ffd400", "#777777", "red;}*{display:none"])
def test_the_text_of_buttons_can_be_read_on_every_accent(page: Page, service: Service, accent: str) -> None:
    service.payload = make_payload(service.vendors)
    service.payload["look"] = look(accent=accent)
    page.goto(service.page())
    colors = page.get_by_role("button", name="Accept all").evaluate(
        "n => [getComputedStyle(n).color, getComputedStyle(n).backgroundColor]"
    )
    assert contrast(*colors) >= 4.5


def test_reject_is_as_prominent_as_accept_in_every_layout(page: Page, service: Service) -> None:
    names = ("Accept all", "Reject all")
    for position, width in (
        (position, width) for position in ("bar", "bottom", "corner", "center") for width in (390, 1280)
    ):
        service.payload = make_payload(service.vendors)
        service.payload["look"] = look(position=position, buttons={"settings": "link"}, font="serif", scheme="dark")
        page.set_viewport_size({"width": width, "height": 800})
        page.goto(service.page())
        buttons = [page.get_by_role("button", name=name) for name in names]
        accept, reject = (button.evaluate(LOOK) for button in buttons)
        assert accept == reject, (position, width)
        left, right = (button.bounding_box() for button in buttons)
        assert left
        assert right
        # The two are side by side in one row and fully visible.
        assert left["y"] == right["y"], (position, width)
        assert 0 <= right["x"] - left["x"] - left["width"] <= 12
        assert right["x"] + right["width"] <= width
        assert right["y"] + right["height"] <= 800
        settings = page.get_by_role("button", name="Settings")
        assert settings.evaluate("n => getComputedStyle(n).backgroundColor") == "rgba(0, 0, 0, 0)"
        assert "serif" in settings.evaluate("n => getComputedStyle(n).fontFamily")


def contrast(one: str, other: str) -> float:
    def luminance(color: str) -> float:
        parts = [int(part) / 255 for part in color.removeprefix("rgb(").removesuffix(")").split(",")]
        red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    low, high = sorted([luminance(one), luminance(other)])
    return (high + 0.05) / (low + 0.05)


def test_a_link_written_in_a_text_is_a_link_and_markup_is_plain_text(page: Page, service: Service) -> None:
    service.payload = make_payload(service.vendors)
    text = "See [our terms](https://shop.example/terms) <img src=x onerror=alert(1)> [bad](javascript:alert(1))"
    service.payload["words"] = pieces(text)
    page.goto(service.page())
    layer = layer_of(page)
    expect(layer.get_by_role("link", name="our terms")).to_have_attribute("href", "https://shop.example/terms")
    expect(layer).to_contain_text("<img src=x onerror=alert(1)> [bad](javascript:alert(1))")
    expect(layer.locator("img")).to_have_count(0)


def test_a_failed_view_count_throws_no_error_into_the_page(page: Page, service: Service) -> None:
    """The `page` fixture checks for uncaught errors."""
    service.payload = make_payload(service.vendors, "US-CA")
    page.route("**/events", lambda route: route.abort())
    with page.expect_event("requestfailed", lambda request: request.url.endswith("/events")):
        page.goto(service.page())
    expect(page.get_by_role("button", name="Opt out")).to_be_visible()


def test_a_script_that_runs_before_there_is_a_body_shows_the_layer_once_there_is_one(
    page: Page, service: Service
) -> None:
    page.goto(service.page(head=LINE.replace("async ", "")))
    expect(page.get_by_role("button", name="Reject all")).to_be_visible()


@pytest.mark.parametrize("is_apart", [False, True])
def test_a_visitor_is_asked_once_about_a_group_without_a_tag(page: Page, service: Service, is_apart: bool) -> None:
    service.apart = is_apart
    service.payload = make_payload(
        service.vendors, tags=CAST[:1], overrides={"asked_groups": ["advertising"]}, asked=["advertising"]
    )
    page.goto(service.page())
    layer_of(page).get_by_role("button", name="Accept all").click()
    page.evaluate("consent.when('advertising')")
    assert service.one_receipt()["choices"] == {"advertising": True}
    page.reload()
    page.wait_for_function("window.consent")
    page.evaluate("consent.when('advertising')")
    expect(layer_of(page)).to_have_count(0)
    assert len({receipt["key"] for receipt in service.receipts}) == 1
