"""The single link that replaces California's two, with the icon that its regulations require (11 CCR 7015)."""

from importlib.resources import files

from playwright.sync_api import Page, expect

from tests.banner.payload import make_payload
from tests.banner.service import Service

PLACE = "<span data-choices-link></span>"
LABEL = "Your Privacy Choices"
ICON = files("consent") / "api" / "templates" / "choices_icon.svg"
SAME = """(svg, text) => {
  const other = document.createElement("template");
  other.innerHTML = text;
  return svg.isEqualNode(other.content.firstChild);
}"""
ADD = "html => document.body.insertAdjacentHTML('beforeend', html)"


def test_the_icon_stands_beside_the_link_which_opens_the_settings(page: Page, service: Service) -> None:
    service.payload = make_payload(service.vendors, "US-CA", one_choices_link=True)
    page.goto(service.page(f"<footer>{PLACE}</footer>"))
    link = page.locator("footer").get_by_role("button", name=LABEL, exact=True)
    expect(link.locator("svg[aria-hidden=true]")).to_have_count(1)
    expect(page.get_by_role("button", name="Do Not Sell or Share")).to_have_count(0)
    expect(page.locator("svg")).to_have_count(1)
    # The cookie declaration, a page of the service, includes the same icon.
    assert page.locator("svg").evaluate(SAME, ICON.read_text("utf-8"))
    link.click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert service.receipts == []


def test_links_added_later_get_the_icon_too(page: Page, service: Service) -> None:
    service.payload = make_payload(service.vendors, "US-CA", one_choices_link=True)
    page.goto(service.page())
    page.evaluate(ADD, f"<nav>{PLACE}</nav>")
    expect(page.locator("nav").get_by_role("button", name=LABEL).locator("svg")).to_have_count(1)


def test_without_the_setting_there_are_two_links_and_no_icon(page: Page, service: Service) -> None:
    service.payload = make_payload(service.vendors, "US-CA")
    page.goto(service.page(f"<footer>{PLACE}</footer>"))
    expect(page.get_by_role("button", name="Do Not Sell or Share")).to_be_visible()
    expect(page.locator("footer svg")).to_have_count(0)
