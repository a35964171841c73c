"""Pasted code that is a vendor's own snippet: recognized, and offered as the vendor's tag with the snippet's ids."""

import html
import re

import pytest
from playwright.sync_api import Browser, expect

from consent.classifier.catalog import VENDORS, load_catalog
from consent.dashboard.tags.recognized_code import recognize
from consent.sites.html_snippet import read_pasted
from tests.dashboard.client import Dashboard
from tests.dashboard.strict_page import strict_page
from tests.dashboard.timed_walk import WIDE_FIRST, Walk
from tests.scanner.snippets import SNIPPETS

pytestmark = pytest.mark.extended

CATALOG = load_catalog(VENDORS)
CHECK = "/sites/demo/tags/new/custom/check"
LOADED = {
    name: snippet
    for name, snippet in SNIPPETS.items()
    if "WP Rocket" not in name  # pasting refuses it, since browsers don't run its script type
    and snippet.template
    and CATALOG.vendor(snippet.vendor).tag(snippet.template).load["src"]
}


@pytest.mark.parametrize("name", LOADED)
def test_a_snippet_is_recognized_with_its_ids(name: str) -> None:
    snippet = LOADED[name]
    found = recognize(read_pasted(snippet.html), CATALOG)
    assert (snippet.vendor, snippet.template, snippet.parameters) in [
        (one.vendor.id, one.template.id, one.parameters) for one in found
    ]


@pytest.mark.parametrize(
    "code",
    [
        "<script>document.cookie = 'mine=1'</script>",
        "https://cdn.acme.example/hotjar.js",
        "<script>console.log('https://static.hotjar.example/c/')</script>",
        '<img src="https://pixel.acme.example/i">',
    ],
)
def test_what_is_no_vendors_snippet_is_not_recognized(code: str) -> None:
    assert recognize(read_pasted(code), CATALOG) == []


def test_what_is_marked_by_nature_is_not_offered() -> None:
    assert recognize(read_pasted(SNIPPETS["Drift"].html), CATALOG) == []


def test_the_offer_leads_to_the_form_with_the_id_filled_in(dashboard: Dashboard) -> None:
    marketing, before = dashboard.browser("marketing"), dashboard.draft()
    page = marketing.post(CHECK, {"code": SNIPPETS["Hotjar"].html}, HX_Request="true").text
    assert "This is Hotjar’s own code." in page
    assert "Site ID <code>1234567</code>" in page
    offer = re.search(r'href="(/sites/demo/tags/new/hotjar/hotjar\?[^"]*)"', page)
    assert offer
    form = marketing.get(html.unescape(offer[1])).text
    assert 'name="site_id" value="1234567"' in form
    assert dashboard.draft() == before
    assert marketing.post("/sites/demo/tags/new/hotjar/hotjar", {"site_id": "1234567"}).status_code == 302
    assert dashboard.draft()["tags"][-1]["load"]["src"] == "https://static.hotjar.com/c/hotjar-1234567.js?sv=6"


def test_an_address_fills_in_only_what_can_be_right(dashboard: Dashboard) -> None:
    form = dashboard.browser("marketing").get("/sites/demo/tags/new/hotjar/hotjar?site_id=1'><script>").text
    assert 'name="site_id" value=""' in form


def test_code_of_a_tag_that_is_changed_is_not_offered_as_another(dashboard: Dashboard) -> None:
    marketing = dashboard.browser("marketing")
    marketing.post("/sites/demo/tags/new/custom", {"code": SNIPPETS["Hotjar"].html, "purpose": "session_replay"})
    tag = dashboard.draft()["tags"][-1]["id"]
    page = marketing.post(CHECK, {"code": SNIPPETS["Hotjar"].html, "tag": tag}, HX_Request="true").text
    assert "own code." not in page


@pytest.mark.parametrize(("width", "scheme"), WIDE_FIRST)
def test_a_pasted_snippet_becomes_the_vendors_tag_by_three_clicks(
    browser: Browser, dashboard: Dashboard, served: str, width: int, scheme: str
) -> None:
    with strict_page(browser, served, viewport={"width": width, "height": 900}, color_scheme=scheme) as view:
        walk = Walk(view, view.sign_in("marketing"))
        page = walk.page
        view.open("/sites/demo/tags/new/custom")
        page.get_by_label("Address of a script, or HTML").fill(SNIPPETS["TikTok"].html)
        expect(page.get_by_text("This is TikTok Pixel’s own code.")).to_be_visible()
        walk.look()
        walk.click(page.get_by_role("button", name="Add TikTok Pixel"))
        expect(page.get_by_label("Pixel ID")).to_have_value("C4ABCDEFGHIJ01234567")
        walk.look()
        walk.click(page.get_by_role("button", name="Save as draft"))
        expect(page.get_by_text("TikTok Pixel is in the draft. Visitors get it after you publish.")).to_be_visible()
        view.open("/sites/demo/tags/new/vimeo/vimeo")
        walk.look()
        walk.click(page.get_by_role("button", name="Save as draft"))
        expect(page.locator("#place")).to_contain_text("Needs your code")
        walk.look()
    assert dashboard.draft()["tags"][-2]["parameters"] == {"pixel_id": "C4ABCDEFGHIJ01234567"}
