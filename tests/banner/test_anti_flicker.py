"""Anti-flicker snippets hide a page until an A/B testing script loads: if it is held, page and banner stay visible.

Each snippet has the form that its vendor documents but only times out after an hour, so no test passes because of the
timeout.
"""

import pytest
from playwright.sync_api import Page, expect

from tests.banner.blocker import blocker
from tests.banner.payload import choice, make_payload, tag
from tests.banner.service import LINE, Service

pytestmark = pytest.mark.extended

HOUR = 3_600_000
STYLE = """<script>(() => {
    const style = document.createElement("style");
    style.id = "ID";
    style.textContent = "RULE";
    AHEAD
    document.head.append(style);
    setTimeout(() => style.remove(), HOUR);
})()</script>"""
CLASS = """<style>SELECTORS { RULES }</style><script>(() => {
    const { classList } = document.documentElement, hide = { end() { classList.remove("NAME") } };
    classList.add("NAME");
    (window.dataLayer ||= []).hide = hide;
    setTimeout(() => hide.end(), HOUR);
})()</script>"""
SCRIPT = "<script async src='URL'></script>"
LOADER = 'const script = document.createElement("script"); script.src = "URL"; document.head.append(script);'


def by_class(name: str, selectors: str, rules: str) -> str:
    """Return a snippet that hides the page with a class on `<html>`."""
    return CLASS.replace("NAME", name).replace("SELECTORS", selectors).replace("RULES", rules) + SCRIPT


def by_style(name: str, rule: str, ahead: str = "") -> str:
    """Return a snippet that adds its own style element, after running the loader in `ahead` if given."""
    return STYLE.replace("ID", name).replace("RULE", rule).replace("AHEAD", ahead) + ("" if ahead else SCRIPT)


SNIPPETS = {
    "Google Optimize": by_class("async-hide", ".async-hide", "opacity: 0 !important"),
    "Webflow Optimize": by_class(
        "anti-flicker", ".anti-flicker, .anti-flicker *", "visibility: hidden !important; opacity: 0 !important;"
    ),
    "VWO, which asks for its script before it hides": by_style(
        "_vis_opt_path_hides",
        "body{opacity:0 !important;filter:alpha(opacity=0) !important;background:none !important;}",
        LOADER,
    ),
    "Adobe Target": by_style("at-body-style", "body {opacity: 0 !important}"),
    "Adobe Web SDK": by_style("alloy-prehiding", "body { opacity: 0 !important }"),
    "Kameleoon": by_style(
        "kameleoonLoadingStyleSheet", "* { visibility: hidden !important; background-image: none !important; }"
    ),
    "Chartbeat": "<style id='chartbeat-flicker-control-style'>body { visibility: hidden !important; }</style>" + SCRIPT,
    "one of a site's own": "<style>html{opacity:0!important;transition:none!important}</style>" + SCRIPT,
}
OPTIMIZE = SNIPPETS["Google Optimize"]
SEEN = "node => node.checkVisibility({ opacityProperty: true, visibilityProperty: true })"


@pytest.fixture
def service(service: Service) -> Service:
    """Assign `vendors.localhost` to the vendor stats, and fetch the deciding part only when needed."""
    service.payload = make_payload(service.vendors, tags=[tag("stats", "analytics")])
    service.payload["acts"]["vendors"]["stats"]["hosts"] = ["vendors.localhost"]
    service.payload["acts"]["tags"]["stats"]["type"] = "marked"
    service.apart = True
    return service


def open_page(page: Page, service: Service, snippet: str, body: str = "<h1>Shop</h1>") -> None:
    snippet = snippet.replace("URL", f"{service.vendors}/vendor/ab.js").replace("HOUR", str(HOUR))
    page.goto(service.page(body, head=blocker() + snippet + LINE), wait_until="commit")


def see(page: Page, selector: str) -> None:
    """Wait until the element at `selector` is visible."""
    page.wait_for_function(
        f"selector => {{ const found = document.querySelector(selector); return found && ({SEEN})(found) }}",
        arg=selector,
    )


@pytest.mark.parametrize("name", SNIPPETS)
def test_page_and_banner_are_visible_and_stay_so_after_a_refusal(page: Page, service: Service, name: str) -> None:
    open_page(page, service, SNIPPETS[name])
    see(page, "section[role=region]")
    see(page, "h1")
    page.get_by_role("button", name="Reject all").click()
    assert service.one_receipt()["action"] == "reject_all"
    see(page, "h1")
    assert page.evaluate("window.ran || []") == []


@pytest.mark.parametrize("name", SNIPPETS)
def test_a_snippet_whose_script_is_not_held_hides_the_page(page: Page, service: Service, name: str) -> None:
    """Without this the test above couldn't fail."""
    snippet = SNIPPETS[name].replace("URL", f"{service.origin}/hang.js").replace("HOUR", str(HOUR))
    page.goto(service.page("<h1>Shop</h1>", head=snippet), wait_until="commit")
    page.wait_for_function("document.querySelector('h1')")
    assert not page.locator("h1").evaluate(SEEN)


def test_a_visitor_who_refused_sees_the_page(page: Page, service: Service) -> None:
    service.visit_with(page, choice("000"))
    open_page(page, service, OPTIMIZE)
    see(page, "h1")


def test_for_whoever_has_granted_the_snippet_waits_for_its_script(page: Page, service: Service) -> None:
    service.visit_with(page, choice("111"))
    open_page(page, service, OPTIMIZE)
    page.wait_for_function("window.ran")
    expect(page.get_by_role("button", name="Privacy choices")).to_be_attached()
    assert not page.locator("h1").evaluate(SEEN)
    page.evaluate("dataLayer.hide.end()")
    see(page, "h1")


def test_a_rule_in_a_sheet_of_other_rules_is_ended_by_the_snippets_own_end(page: Page, service: Service) -> None:
    many = OPTIMIZE.replace("<style>", "<style>h1 { color: red } ")
    assert many != OPTIMIZE
    open_page(page, service, many)
    see(page, "h1")


def test_keeps_hidden_what_the_page_hides_for_its_own_reasons(page: Page, service: Service) -> None:
    sheets = ("p { visibility: hidden !important }", "body { overflow-y: hidden !important }", "body { opacity: 0.9 }")
    printed = "<style media=print>body { visibility: hidden !important }</style>"
    styles = "".join(f"<style>{sheet}</style>" for sheet in sheets) + printed
    open_page(page, service, OPTIMIZE + styles, body="<h1>Shop</h1><p id=later>later</p>")
    see(page, "h1")
    assert not page.locator("#later").evaluate(SEEN)
    rules = "[...document.styleSheets].map(({ cssRules }) => cssRules[0].style.length)"
    assert page.evaluate(rules) == [0, 1, 1, 1, 1]


def test_skips_style_sheets_that_cannot_be_read(page: Page, service: Service) -> None:
    sheet = f"{service.vendors}/sheet.css"
    page.route(sheet, lambda route: route.fulfill(content_type="text/css", body="html { color: red }"))
    unreadable = f"<link rel=stylesheet href='{sheet}'><style>@import url('{sheet}');</style><style></style>"
    open_page(page, service, unreadable + OPTIMIZE)
    see(page, "h1")
    assert page.evaluate("document.styleSheets[0].href") == sheet
