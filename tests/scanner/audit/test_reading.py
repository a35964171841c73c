"""What a scan reads from a page at its end."""

from playwright.sync_api import Page

from consent.scanner.browser.page_files import FOLDER

READING = (FOLDER / "reading.js").read_text("utf-8")
SITE = "https://www.shop.example"
LINKS = [f"{SITE}/consent/r/demo", f"{SITE}/plants", f"{SITE}/consent/r/other", f"{SITE}/r/demo"]


def test_a_visitors_own_receipts_are_no_page_of_the_site(page: Page) -> None:
    page.route("**", lambda route: route.abort())
    anchors = "".join(f'<a href="{link}">a</a>' for link in LINKS)
    page.set_content(f'<script src="{SITE}/consent/b/demo.js"></script>{anchors}')
    assert page.evaluate(READING)["links"] == LINKS, "nobody says what the script is"
    page.evaluate("window.consent = { get: () => ({ site: 'demo' }) }")
    assert page.evaluate(READING)["links"] == LINKS[1:]
