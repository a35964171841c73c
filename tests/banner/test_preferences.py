import pytest
from playwright.sync_api import Locator, Page, expect

from tests.banner.payload import CAST, choice, make_payload, tag
from tests.banner.service import Service

pytestmark = pytest.mark.extended


def open_settings(page: Page) -> Locator:
    page.get_by_role("button", name="Settings").click()
    return page.get_by_role("dialog", name="Your privacy choices")


def test_optional_groups_are_off_by_default_where_the_law_requires_opt_in(page: Page, service: Service) -> None:
    page.goto(service.page())
    dialog = open_settings(page)
    for name in ("Functional", "Analytics", "Advertising"):
        expect(dialog.get_by_role("switch", name=name, exact=True)).not_to_be_checked()
    expect(dialog.get_by_text("Always on")).to_be_visible()


def test_the_current_state_is_shown_where_tags_run_until_refused(page: Page, service: Service) -> None:
    service.payload = make_payload(service.vendors, "US-CA")
    page.goto(service.page())
    expect(open_settings(page).get_by_role("switch", name="Advertising", exact=True)).to_be_checked()


def test_saving_writes_groups_and_the_vendors_that_differ(page: Page, service: Service) -> None:
    page.goto(service.page())
    dialog = open_settings(page)
    dialog.get_by_role("switch", name="Functional", exact=True).check()
    dialog.get_by_text("Partners (2)").click()
    dialog.get_by_role("switch", name="Chat").uncheck()
    dialog.get_by_role("button", name="Save my choice").click()
    receipt = service.one_receipt()
    assert (receipt["action"], receipt["layer"]) == ("save", 2)
    assert receipt["choices"] == {"functional": True, "analytics": False, "advertising": False}
    assert receipt["vendors"] == {"chat": False}
    assert service.own_cookies(page)["consent_demo"] == choice("100", vendors="chat:0")


def test_a_vendors_switch_follows_its_group_until_it_is_set(page: Page, service: Service) -> None:
    page.goto(service.page())
    dialog = open_settings(page)
    dialog.get_by_text("Partners (2)").click()
    chat, video = (dialog.get_by_role("switch", name=name) for name in ("Chat", "Video"))
    dialog.get_by_role("switch", name="Functional", exact=True).check()
    expect(chat).to_be_checked()
    chat.uncheck()
    expect(video).to_be_checked()
    expect(chat).not_to_be_checked()


def test_accept_reject_and_save_have_the_same_size(page: Page, service: Service) -> None:
    page.goto(service.page())
    dialog = open_settings(page)
    boxes = [dialog.get_by_role("button", name=name).bounding_box() for name in ("Accept all", "Reject all", "Save")]
    sizes = {(round(box["width"]), round(box["height"])) for box in boxes if box}
    assert len(sizes) == 1


def test_fetches_vendor_storage_details_when_the_layer_is_opened(page: Page, service: Service) -> None:
    page.goto(service.page())
    assert service.asked_for("/api/v1/sites/demo/vendors") == 0
    dialog = open_settings(page)
    expect(dialog).to_contain_text("Stats Inc. · Visitor statistics")
    expect(dialog.get_by_role("row", name="_stats Statistics 13 months", include_hidden=True)).to_be_attached()


def test_escape_closes_without_a_choice_and_restores_the_focus(page: Page, service: Service) -> None:
    page.goto(service.page())
    dialog = open_settings(page)
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(page.get_by_role("button", name="Settings")).to_be_focused()
    expect(page.get_by_role("button", name="Accept all")).to_be_visible()
    assert service.receipts == []


def test_everything_works_by_keyboard(page: Page, service: Service) -> None:
    page.goto(service.page("<a href=#>page</a>"))
    expect(page.get_by_role("button", name="Accept all")).to_be_visible()
    reached = []
    for _ in range(5):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.innerText"))
    assert reached == ["4 partners", "Privacy policy", "Accept all", "Reject all", "Settings"]
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    for _ in range(40):
        page.keyboard.press("Tab")
        assert page.evaluate(
            "document.activeElement.shadowRoot?.querySelector('dialog') != null || !document.hasFocus()"
            " || document.activeElement === document.body"
        )
    dialog.get_by_role("switch", name="Analytics", exact=True).focus()
    page.keyboard.press("Space")
    dialog.get_by_role("button", name="Save my choice").focus()
    page.keyboard.press("Enter")
    assert service.one_receipt()["choices"]["analytics"] is True
    page.wait_for_function("document.activeElement !== document.body")


def test_a_group_that_a_child_cannot_grant_is_locked(page: Page, service: Service) -> None:
    service.payload = make_payload(service.vendors, "US-CA")
    page.goto(service.page(head='<script async src="/b/demo.js" data-age-band="under13"></script>'))
    page.get_by_role("button", name="Privacy choices").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("switch", name="Advertising", exact=True)).to_be_disabled()
    expect(dialog).to_contain_text("Stays off at your age.")


@pytest.mark.parametrize("place", ["DE", "US-CA"])
def test_shows_that_a_vendor_sends_data_while_it_is_off(page: Page, service: Service, place: str) -> None:
    pings = tag("pings", "analytics", limited="cookieless")
    service.payload = make_payload(service.vendors, place, tags=[*CAST, pings])
    page.goto(service.page())
    dialog = open_settings(page)
    dialog.get_by_text("Partners (2)").last.click()
    told = "Even when this is off, your browser sends some data to Pings."
    expect(dialog.get_by_role("listitem").filter(has_text="Pings")).to_contain_text(told)
    expect(dialog.get_by_text("Even when this is off")).to_have_count(1)


def test_a_tag_held_regardless_of_the_choice_is_not_said_to_send_data(page: Page, service: Service) -> None:
    pings = tag("pings", "analytics", limited="cookieless", enabled=False)
    service.payload = make_payload(service.vendors, tags=[*CAST, pings])
    page.goto(service.page())
    expect(open_settings(page).get_by_role("switch", name="Analytics", exact=True)).to_be_visible()
    expect(page.get_by_text("Even when this is off")).to_have_count(0)


def test_does_not_send_a_vendor_removed_from_the_config(page: Page, service: Service) -> None:
    service.visit_with(page, choice("000", vendors="gone:1"))
    page.goto(service.page())
    page.get_by_role("button", name="Privacy choices").click()
    page.get_by_role("dialog").get_by_role("button", name="Save my choice").click()
    assert service.one_receipt()["vendors"] == {}


@pytest.mark.parametrize("colors", ["light", "dark"])
def test_the_layers_follow_the_color_scheme_of_the_system(page: Page, service: Service, colors: str) -> None:
    page.emulate_media(color_scheme="dark" if colors == "dark" else "light")
    page.goto(service.page())
    dialog = open_settings(page)
    red = int(dialog.evaluate("n => getComputedStyle(n).backgroundColor").split("(")[1].split(",")[0])
    assert (red < 80) == (colors == "dark")


def test_a_vendor_in_two_groups_has_one_answer(page: Page, service: Service) -> None:
    tags = [*CAST, {"id": "more", "vendor": "stats", "group": "advertising", "purposes": ["p"]}]
    service.payload = make_payload(service.vendors, tags=tags)
    page.goto(service.page())
    dialog = open_settings(page)
    dialog.get_by_role("switch", name="Analytics", exact=True).check()
    for summary in dialog.locator("summary").all():
        summary.click()
    both = dialog.get_by_role("switch", name="Stats")
    both.first.uncheck()
    dialog.get_by_role("button", name="Save my choice").click()
    receipt = service.one_receipt()
    assert receipt["vendors"] == {"stats": False}
