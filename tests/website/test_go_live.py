"""From an empty service to a checked website, in a real browser, with clicks and seconds counted."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.api.shop import site_draft
from tests.axe import AXE, RUN
from tests.dashboard.strict_page import StrictPage, strict_page
from tests.walks import Walk
from tests.website.website import Website, running_website

pytestmark = [pytest.mark.server, pytest.mark.timeout(180), pytest.mark.extended]
WHO = "Grove Ltd\n1 High Street, London\nprivacy@shop.example\nhttps://shop.example/privacy"


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Website]:
    with running_website(tmp_path) as site:
        yield site


@pytest.mark.walk("O1")
@pytest.mark.walk("O2")
@pytest.mark.walk("O4")
@pytest.mark.parametrize(
    ("width", "scheme"),
    [
        (1280, "light"),
        pytest.param(1280, "dark", marks=pytest.mark.long),
        pytest.param(390, "light", marks=pytest.mark.long),
        pytest.param(390, "dark", marks=pytest.mark.long),
    ],
)
def test_an_owner_goes_live_on_the_first_day(browser: Browser, empty: Website, width: int, scheme: str) -> None:
    # The page's own policy would block what a test injects; the first variant keeps the policy.
    is_looked_at = (width, scheme) != (1280, "light")
    options = {"viewport": {"width": width, "height": 900}, "color_scheme": scheme, "bypass_csp": is_looked_at}
    with strict_page(browser, empty.service_url, **options) as view:
        page = view.sign_in_by_keyboard("chief")
        pasted = add_site(view, page)
        publish_shop(empty)
        visitor = browser.new_page(locale="en-GB")
        try:
            sees_the_banner_and_the_dashboard_sees_the_page(empty, page, visitor, pasted)
        finally:
            visitor.context.close()
        check_my_site(empty, page, pasted, is_looked_at)


def add_site(view: StrictPage, page: Page) -> str:
    """O1: from the start page to the lines in the clipboard: 6 clicks, 60 s."""
    view.open("/")
    walk = Walk(page)
    expect(page.get_by_label("Name", exact=True)).to_be_focused()
    walk.fill(page.get_by_label("Name", exact=True), "Shop")
    walk.fill(page.get_by_label("Addresses"), view.base.replace("consent.", "www.shop."))
    walk.fill(page.get_by_label("Who is responsible"), WHO)
    walk.click(page.get_by_role("radio", name="Yes"))
    walk.click(page.get_by_role("button", name="Add"))
    expect(page.get_by_text("What Google's ads need")).to_be_visible()
    walk.click(page.get_by_role("button", name="Copy the lines for the head"))
    expect(page.get_by_text("Copied.")).to_be_visible()
    walk.done("O1")
    expect(page.get_by_text("1 fact missing: policy date")).to_be_visible()
    return str(page.evaluate("navigator.clipboard.readText()"))


def publish_shop(site: Website) -> None:
    """Fill in the rest, as marketing and compliance would, and publish."""

    def fill(draft: dict[str, object]) -> None:
        wanted = site_draft()
        draft |= {part: wanted[part] for part in ("tags", "vendors")}
        assert isinstance(draft["controller"], dict)
        draft["controller"]["policy_revision"] = "2026-11-25"

    site.shop.edit(fill)
    site.shop.publish()


def sees_the_banner_and_the_dashboard_sees_the_page(site: Website, page: Page, visitor: Page, pasted: str) -> None:
    """O2: the first view shows the banner, loads nothing else; the dashboard updates automatically: 0 clicks, 5 s."""
    expect(page.locator("#seen")).to_contain_text("Waiting")
    asked: list[str] = []
    visitor.on("request", lambda request: asked.append(request.url))
    address = site.page("<h1>Shop</h1>", pasted)
    walk = Walk(visitor)
    visitor.goto(address)
    expect(visitor.get_by_role("button", name="Reject all").first).to_be_visible()
    assert visitor.context.cookies() == []
    own = (site.origin, site.service_url, "https://session.example/")  # the last one is essential
    assert [url for url in asked if not url.startswith(own)] == []
    expect(page.locator("#seen")).to_contain_text("Live")
    expect(page.locator("#seen")).to_contain_text("Seen")
    walk.done("O2")


def check_my_site(site: Website, page: Page, pasted: str, is_looked_at: bool) -> None:
    """O4: each fault planted in the page is found, with a line that fixes it: 1 click, 15 s."""
    policy = "default-src 'self'"
    gtag = "<script async src='https://www.googletagmanager.com/gtag/js?id=G-1'></script>"
    site.page("<h1>Shop</h1>", gtag + pasted, Content_Security_Policy=policy)
    walk = Walk(page)
    walk.click(page.get_by_role("button", name="Check my site"))
    found = page.locator("#found")
    expect(found.get_by_text("It is stopped unless the browser has it in its cache")).to_be_visible()
    walk.done("O4")
    for said in (
        "The page's policy blocks the line and the blocker.",
        "A Google tag begins before consent mode has its default.",
        "7 days in Safari",
        "The script comes with its own cache headers.",
    ):
        expect(found.get_by_text(said)).to_be_visible()
    for fault in found.locator("li", has_text="Error").all():
        expect(fault.get_by_role("button", name="Copy the fix")).to_be_visible()
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
    if is_looked_at:
        page.add_script_tag(path=AXE)
        assert page.evaluate(RUN) == []
    # What is fixed is no longer found.
    site.page("<footer><span data-choices-link></span></footer>", pasted)
    page.get_by_role("button", name="Check again").click()
    expect(found.get_by_role("heading", name="Nothing to fix, 1 note")).to_be_visible()
