"""Choices carried by links between domains, and from an app into its webview, in Chromium with the service."""

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from consent.core.choice import parse_choice
from consent.runtime.embed_snippets import handover_stub
from tests.axe import page_problems
from tests.handovers import Websites, publish_site
from tests.wsgi_server import serving

pytestmark = [pytest.mark.app, pytest.mark.extended]

LOADED = "consent.debug().loaded.filter((id) => id !== 'session').sort().join()"
ALL = "ads,chat,ga"
LINE = "Your choice on brand-a.localhost:{port} applies here."


@pytest.fixture
def sites(tmp_path) -> Iterator[Websites]:
    made = Websites(tmp_path)
    with serving(made.serve) as port:
        made.open(port)
        link = f'<a id=link href="{made.b}/page#part">Brand B</a>'
        made.pages["shop", "/"] = f"<main><h1>Brand A</h1><p>{link}</main>"
        made.pages["brand-b", "/page"] = "<main><h1>Brand B</h1><h2 id=part style='margin-top:3000px'>Part</h2></main>"
        yield made
    made.shop.service.close()


@pytest.fixture
def open_browser(browser: Browser, sites):
    """Open browser contexts, each with its own cookies."""
    contexts = []

    def new(script: str = "") -> Page:
        context = browser.new_context(viewport={"width": 390, "height": 700})
        context.route("https://**", lambda route: route.fulfill(body="", content_type="text/javascript"))
        if script:
            context.add_init_script(script)
        contexts.append(context)
        page = context.new_page()
        page.errors = []
        page.on("pageerror", lambda error: page.errors.append(error))
        return page

    yield new
    assert [page.errors for context in contexts for page in context.pages if getattr(page, "errors", [])] == []
    for context in contexts:
        context.close()


def visit(page: Page, address: str) -> None:
    page.goto(address)
    page.wait_for_function("window.consent && consent.get()")


def press(page: Page, name: str) -> None:
    with page.expect_response(lambda answer: answer.url.endswith("/receipts")):
        page.get_by_role("button", name=name, exact=True).click()


def reach(page: Page) -> None:
    """Press the mouse button on the link and wait for the code."""
    page.wait_for_function("consent.handover")
    page.locator("#link").hover()
    with page.expect_response(lambda answer: answer.url.endswith("/handovers")) as answered:
        page.mouse.down()
    answered.value.finished()
    page.evaluate("new Promise((resolve) => setTimeout(resolve))")


def follow(page: Page) -> str:
    """Follow the link with the mouse and return the URL that the browser navigated to."""
    reach(page)
    with page.expect_navigation() as navigation:
        page.mouse.up()
    page.wait_for_function("window.consent && consent.get()")
    return navigation.value.url


def line_of(sites: Websites) -> str:
    return LINE.replace("{port}", sites.a.rpartition(":")[2])


def test_a_grant_follows_the_link_and_no_copy_of_the_address(sites, open_browser):
    page, stranger = open_browser(), open_browser()
    visit(page, f"{sites.a}/")
    press(page, "Accept all")
    page.wait_for_function(f"{LOADED} === '{ALL}'")
    asked = []
    page.on("request", lambda request: asked.append(request.post_data) if request.url.endswith("/redeem") else None)
    follow(page)
    page.wait_for_function(f"{LOADED} === '{ALL}'")
    expect(page.get_by_text(line_of(sites))).to_be_visible()
    assert page.url == f"{sites.b}/page#part"
    page.wait_for_function("scrollY > 1000")
    assert page_problems(page) == []
    expect(page.get_by_role("button", name="Accept all", exact=True)).to_have_count(0)
    page.keyboard.press("Escape")
    expect(page.get_by_text(line_of(sites))).to_have_count(0)
    # Copying the URL, or receiving it, brings none of the grants.
    code = json.loads(asked[0])["code"]
    visit(stranger, f"{sites.b}/page#cho={code}")
    expect(stranger.get_by_role("button", name="Accept all", exact=True)).to_be_visible()
    assert (stranger.evaluate(LOADED), stranger.url) == ("", f"{sites.b}/page")


def test_a_refusal_is_carried_along_and_nothing_runs_before_it_is_known(sites, open_browser):
    sites.place = ("US", "CO")
    page = open_browser()
    visit(page, f"{sites.a}/")
    page.wait_for_function(f"{LOADED} === '{ALL}'")  # opt-out law: tags run before a choice
    with page.expect_response(lambda answer: answer.url.endswith("/receipts")), page.expect_navigation():
        # The page reloads, since some tags have run that can't be revoked.
        page.evaluate("void consent.set({functional: false, analytics: false, advertising: false})")
    sites.codes.clear()
    follow(page)
    assert page.evaluate(LOADED) == ""
    sites.codes.set()
    expect(page.get_by_text(line_of(sites))).to_be_visible()
    assert page.evaluate(LOADED) == ""
    assert page.evaluate("consent.get().groups.advertising.reason") == "refused"


def test_the_page_continues_as_without_a_code_when_the_service_does_not_respond(sites, open_browser):
    page = open_browser()
    visit(page, f"{sites.a}/")
    press(page, "Accept all")
    page.route("**/redeem", lambda route: route.abort())
    follow(page)
    expect(page.get_by_role("button", name="Accept all", exact=True)).to_be_visible()
    assert page.evaluate(LOADED) == ""


def test_keys_a_new_tab_and_a_script_carry_the_choice_and_a_planted_code_is_taken_out(sites, open_browser):
    page = open_browser()
    visit(page, f"{sites.a}/")
    press(page, "Accept all")
    before = page.locator("#link").get_attribute("href")
    page.evaluate("document.querySelector('#link').target = '_blank'")
    with page.expect_response(lambda answer: answer.url.endswith("/handovers")):
        page.locator("#link").focus()
    page.wait_for_timeout(50)
    with page.context.expect_page() as opened:
        page.keyboard.press("Enter")
    opened.value.wait_for_function(f"window.consent && {LOADED} === '{ALL}'")
    assert page.locator("#link").get_attribute("href") == before
    address = page.evaluate(f"consent.handover('{sites.b}/x?q=1#a')")
    assert address.startswith(f"{sites.b}/x?q=1#a&cho=h1.")
    assert page.evaluate("consent.handover('https://elsewhere.example/')") == "https://elsewhere.example/"
    planted = "h1.x.y.9999999999..v1.m"
    page.evaluate(f"document.querySelector('#link').href = '{sites.b}/page?x#part&cho={planted}'")
    page.evaluate("Object.assign(document.querySelector('#link'), {rel: 'noreferrer', target: ''})")
    page.locator("#link").click()
    page.wait_for_url(f"{sites.b}/page?x#part")


def test_the_line_of_install_takes_the_code_out_before_anything_reads_the_address(sites, open_browser):
    page = open_browser()
    visit(page, f"{sites.a}/")
    press(page, "Accept all")
    router = "<script>window.read = location.hash; onhashchange = () => (window.read += '!')</script>"
    sites.lines = f"<script>{handover_stub()}</script>{router}{sites.lines}"
    follow(page)
    page.wait_for_function(f"{LOADED} === '{ALL}'")
    assert page.evaluate("read") == "#part"


APP = """window.consentApp = Object.freeze({v: 1, site: "shop", choice: CHOICE, subject: null,
    post: (text) => localStorage.setItem("posted", text)})"""


def app_of(choice: str | None) -> str:
    return APP.replace("CHOICE", json.dumps(choice))


def test_a_page_in_an_app_takes_the_apps_choice_before_anything_runs_and_tells_it_of_changes(sites, open_browser):
    publish_site(sites.shop, "shop", lambda draft: draft["overrides"].update(apps=["com.example.shop"]))
    first = open_browser()
    visit(first, f"{sites.a}/")
    press(first, "Accept all")
    granted = first.evaluate("consent.get().choice")
    page = open_browser(app_of(granted))
    visit(page, f"{sites.a}/")
    page.wait_for_function(f"{LOADED} === '{ALL}'")
    expect(page.get_by_role("button", name="Accept all", exact=True)).to_have_count(0)
    assert page.evaluate("[document.cookie, consent.debug().app]") == ["", "taken"]
    with page.expect_request(lambda request: request.url.endswith("/receipts")) as sent:
        page.evaluate("consent.set({analytics: false})")
    assert json.loads(sent.value.post_data)["channel"] == "webview"
    # The page reloads to stop what ran; from then on, the stricter of the app's and the webview's choices applies.
    page.wait_for_function("window.consent && consent.get().groups.analytics.reason === 'refused'")
    posted = json.loads(page.evaluate("localStorage.posted"))
    assert (posted["type"], parse_choice(posted["choice"]).groups["analytics"]) == ("consent:change", False)
    for choice, why in (("nonsense", "its choice cannot be read"), ("v" * 5000, "it is too long, or no text")):
        other = open_browser(app_of(choice))
        visit(other, f"{sites.a}/")
        expect(other.get_by_role("button", name="Accept all", exact=True)).to_be_visible()
        assert other.evaluate("consent.debug().app") == f"ignored: {why}"
