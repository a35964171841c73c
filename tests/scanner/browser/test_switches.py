"""What is on in a second layer before a choice: switches, and radio buttons by their labels."""

from typing import Any

import pytest
from playwright.sync_api import Page

from consent.scanner.browser.page_files import page_function, side_words

LAYER = '<div role="dialog" aria-label="Cookies">{}</div>'
NATIVE = (
    "<fieldset><legend>Analytics</legend><label><input type='radio' name='a' {}> Allow</label>"
    "<label><input type='radio' name='a' {}> Deny</label></fieldset>"
)
BY_ROLE = (
    "<div role='radiogroup' aria-label='Analytics'><span role='radio' aria-checked='{}'>Allow</span>"
    "<span role='radio' aria-checked='{}'>Deny</span></div>"
)
BY_VALUE = (
    "<input type='radio' id='y' name='a' value='true' style='opacity:0' {}><label for='y'>Sallittu</label>"
    "<input type='radio' id='n' name='a' value='false' style='opacity:0' {}><label for='n'>Estetty</label>"
)
PHRASES = (
    "<label><input type='radio' name='a' {}> Everything that we like</label>"
    "<label><input type='radio' name='a' {}> Only necessary cookies</label>"
)


def switches(page: Page, body: str) -> list[dict[str, Any]]:
    page.set_content(body)
    read: list[dict[str, Any]] = page.evaluate(page_function("switches.js"), {"said": side_words()})
    return read


@pytest.mark.parametrize("group", [NATIVE, BY_VALUE, PHRASES])
def test_a_radio_button_that_agrees_may_not_be_chosen_in_advance(page: Page, group: str) -> None:
    for first, second, is_on in (("checked", "", True), ("", "checked", False), ("", "", False)):
        (only,) = switches(page, LAYER.format(group.format(first, second)))
        assert (only["on"], only["moves"]) == (is_on, True)


def test_a_radio_button_by_role_is_read_by_what_it_tells_a_screen_reader(page: Page) -> None:
    for first, second in ((True, False), (False, True)):
        (only,) = switches(page, LAYER.format(BY_ROLE.format(str(first).lower(), str(second).lower())))
        assert only == {"label": "Analytics: Allow" if first else "Analytics: Deny", "on": first, "moves": True}


def test_a_disabled_switch_is_not_a_choice(page: Page) -> None:
    (only,) = switches(page, LAYER.format(NATIVE.format("checked", "disabled")))
    assert (only["label"], only["on"], only["moves"]) == ("Analytics: Allow", True, False)


def test_radio_buttons_that_ask_for_something_else_are_left(page: Page) -> None:
    sizes = (
        "<label><input type='radio' name='s' value='1' checked> Small</label><input type='radio' name='s' value='2'>"
    )
    assert switches(page, sizes) == []
    assert switches(page, LAYER.format("<label><input type='radio' name='l' checked> English</label>")) == []


def test_the_page_around_the_layer_is_left_out(page: Page) -> None:
    news = "<label><input type='checkbox' checked> Newsletter</label>"
    layer = "<button role='switch' aria-checked='{}' aria-label='Statistics'>S</button>"
    for on in (True, False):
        read = switches(page, news + LAYER.format(layer.format(str(on).lower())))
        assert read == [{"label": "Statistics", "on": on, "moves": True}]
    assert [one["label"] for one in switches(page, news)] == ["Newsletter"]


def test_a_button_that_is_pressed_is_a_switch_of_a_layer(page: Page) -> None:
    pressed = "<button aria-pressed='{}'>Analytics</button>"
    for on in (True, False):
        button = pressed.format(str(on).lower())
        assert switches(page, LAYER.format(button)) == [{"label": "Analytics", "on": on, "moves": True}]
        assert switches(page, button) == [], "outside it may be of anything"
    shows = "<button aria-pressed='true' aria-controls='more'>Details</button><p id='more'>All of it</p>"
    assert switches(page, LAYER.format(shows)) == []


def test_pressed_buttons_that_agree_and_refuse_are_one_switch(page: Page) -> None:
    pair = "<div role='group' aria-label='Analytics'>{}</div>"
    for first, second in ((True, False), (False, True)):
        said = ((first, "Allow"), (second, "Deny"))
        buttons = "".join(f"<button aria-pressed='{str(on).lower()}'>{name}</button>" for on, name in said)
        (only,) = switches(page, LAYER.format(pair.format(buttons)))
        assert only == {"label": "Analytics: Allow" if first else "Analytics: Deny", "on": first, "moves": True}


PAIRS = (
    "<div role='group'><button aria-pressed='{}'>Allow</button><button aria-pressed='{}'>Deny</button></div>",
    BY_ROLE,
)
ANSWERING = """
window.pressed = [];
for (const one of document.querySelectorAll("[aria-pressed], [role=radio]")) one.addEventListener("click", () => {
  const name = one.matches("[role=radio]") ? "aria-checked" : "aria-pressed";
  for (const other of one.parentElement.children) other.setAttribute(name, String(other === one));
  pressed.push(one.innerText);
});
"""


@pytest.mark.parametrize("pair", PAIRS)
def test_a_refusal_presses_what_refuses_and_nothing_that_agrees(page: Page, pair: str) -> None:
    save = "<button id='save'>Save</button><button aria-pressed='false' aria-controls='more'>Details</button>"
    for on, wanted in ((False, "Deny"), (True, "Allow")):
        other = [str(on).lower(), str(not on).lower()]
        page.set_content(LAYER.format(pair.format(*reversed(other)) + save + "<p id='more'>All</p>"))
        page.evaluate(ANSWERING)
        given = {"on": on, "words": side_words()["on" if on else "off"]}
        moved = page.locator("#save").evaluate(page_function("move_switches.js"), given)
        assert (moved, page.evaluate("pressed")) == (1, [wanted])
        assert page.locator("#save").evaluate(page_function("move_switches.js"), given) == 0, "it is so already"
