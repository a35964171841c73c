"""Walks of a website's owner: a strict policy, frames, routes, subdomains, a page cache; and a scan of the site."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from consent.classifier.catalog import VENDORS, fill, load_catalog
from consent.core.choice import parse_choice
from consent.sites.draft import add_tag
from tests.dashboard.strict_page import strict_page
from tests.walks import Walk
from tests.website.website import Website

pytestmark = [pytest.mark.server, pytest.mark.timeout(180), pytest.mark.extended]
LINE = '<script async src="/consent/b/shop.js"></script>'
FOREIGN = re.compile("^https://")
HTMX = Path(__file__).parents[2] / "static" / "dashboard" / "vendor" / "htmx-2.0.11.min.js"
ROUTES = range(1, 11)
MONTH_S, LIFE_S = 30 * 86400, 400 * 86400
SIZES = [(644, 364), (604, 454)]
"""Sizes of the two frames, including the 2-pixel border that browsers draw around a frame."""
EMPTY = {"body": "", "content_type": "text/javascript"}
FILM = '<iframe data-consent="functional" data-vendor="youtube" data-src="https://www.youtube-nocookie.com/embed/x"'
MAP = '<iframe data-consent="advertising" data-vendor="google-maps" data-src="https://www.google.com/maps/embed?pb=1"'


@pytest.fixture(params=[1280, pytest.param(390, marks=pytest.mark.long)])
def visitor(request: pytest.FixtureRequest, browser: Browser) -> Iterator[BrowserContext]:
    """Yield a visitor with a window width, for whom every foreign host responds with nothing."""
    context = browser.new_context(locale="en-GB", viewport={"width": request.param, "height": 900})
    context.route(FOREIGN, lambda route: route.fulfill(**EMPTY))  # type: ignore[arg-type]
    yield context
    context.close()


def watched(context: BrowserContext) -> tuple[Page, list[str], list[str]]:
    """Open a page; return it with its complaints and its requests to other hosts."""
    page, complaints, asked = context.new_page(), list[str](), list[str]()
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: asked.append(request.url) if request.url.startswith("https://") else None)
    return page, complaints, asked


def answer(page: Page, name: str) -> Any:
    """Press a button of the banner, and return the response to the receipt."""
    with page.expect_response(lambda one: one.url.endswith("/receipts") and one.request.method == "POST") as sent:
        page.get_by_role("button", name=name, exact=True).first.click()
    assert sent.value.ok, sent.value.text()
    return sent.value


def loaded(page: Page, tag: str) -> None:
    page.wait_for_function("tag => window.consent?.debug?.().loaded.includes(tag)", arg=tag)


def sees_no_question(page: Page) -> None:
    page.wait_for_function("window.consent?.get?.().show === 'none'")
    expect(page.get_by_role("button", name="Reject all")).to_have_count(0)


@pytest.mark.long
@pytest.mark.walk("O5")
def test_o5_a_page_with_a_strict_policy_has_the_banner_and_no_violation(
    visitor: BrowserContext, website: Website
) -> None:
    policy = (
        "default-src 'none'; script-src 'nonce-r4nd0m'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'self'; require-trusted-types-for 'script'"
    )
    body = (
        '<script nonce="r4nd0m" type="text/plain" data-consent="analytics">window.own = document.currentScript.nonce'
        "</script><script type='text/plain' data-consent='analytics'>window.slipped = true</script>"
    )
    head = LINE.replace("<script", '<script nonce="r4nd0m"')
    page, complaints, asked = watched(visitor)
    page.add_init_script("addEventListener('securitypolicyviolation', e => console.error(e.violatedDirective))")
    page.goto(website.page(body, head, "/strict", Content_Security_Policy=policy))
    expect(page.get_by_role("button", name="Accept all")).to_have_css("cursor", "pointer")
    assert [url for url in asked if "session" not in url] == []
    answer(page, "Accept all")
    for tag in ("chat", "ga", "ads"):
        loaded(page, tag)
    assert page.evaluate("[window.own, window.slipped]") == ["r4nd0m", None]
    tags = page.evaluate("[...document.querySelectorAll('script[src^=https]')].map(one => one.nonce)")
    assert set(tags) == {"r4nd0m"}
    page.get_by_role("button", name="Privacy choices").first.click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert complaints == []
    Walk(page).done("O5")


@pytest.mark.long
@pytest.mark.walk("O6")
def test_o6_films_and_maps_wait_in_their_size_and_load_by_one_click(visitor: BrowserContext, website: Website) -> None:
    def use_film_and_map(draft: dict[str, Any]) -> None:
        for vendor_id, tag in (("youtube", "youtube-nocookie"), ("google-maps", "google-maps-frame")):
            vendor = load_catalog(VENDORS).vendor(vendor_id)
            draft.update(add_tag(draft, vendor, tag, fill(vendor.tag(tag), {}), {}))

    website.shop.edit(use_film_and_map)
    website.shop.publish()
    for host in ("www.youtube-nocookie.com", "www.google.com"):
        visitor.route(f"https://{host}/**", lambda route: route.fulfill(body="<p>here", content_type="text/html"))
    film = f'{FILM} width="640" height="360" title="Film"></iframe>'
    place = f'{MAP} width="600" height="450" title="Map"></iframe>'
    address = website.page(f"{film}{place}<p id=after>After</p>", LINE, "/frames")
    page, complaints, asked = watched(visitor)
    page.goto(address)
    answer(page, "Reject all")
    once, always = page.get_by_role("button", name="Load once"), page.get_by_role("button", name="Always allow")
    expect(once).to_have_count(2)
    after = page.locator("#after").bounding_box()
    offers = [one.evaluate("one => one.getRootNode().host.getBoundingClientRect().toJSON()") for one in once.all()]
    # On a phone, nothing is wider than the page.
    inside = page.evaluate("document.body.clientWidth")
    expected = [(min(width, inside), height) for width, height in SIZES]
    assert [(round(one["width"]), round(one["height"])) for one in offers] == expected
    before = website.shop.receipts()
    walk = Walk(page)
    walk.click(once.first)
    expect(page.frame_locator("iframe[title=Film]").get_by_text("here")).to_be_visible()
    walk.done("O6")
    assert (website.shop.receipts(), once.count()) == (before, 1)
    assert not [url for url in asked if "google.com" in url]
    with page.expect_response(lambda one: one.url.endswith("/receipts") and one.request.method == "POST") as sent:
        walk.click(always)
        expect(page.frame_locator("iframe[title=Map]").get_by_text("here")).to_be_visible()
    walk.done("O6")
    assert sent.value.request.post_data_json["vendors"] == {"google-maps": True}
    assert website.shop.receipts() == before + 1
    assert page.locator("#after").bounding_box() == after
    # Loading once applies only once, while always allowing also applies to the next page.
    page.goto(address)
    expect(page.frame_locator("iframe[title=Map]").get_by_text("here")).to_be_visible()
    expect(once).to_have_count(1)
    assert complaints == []


@pytest.mark.walk("O7")
def test_o7_ten_routes_of_htmx_ask_once_and_run_what_each_has_once(visitor: BrowserContext, website: Website) -> None:
    website.pages["/htmx.js"] = (HTMX.read_text("utf-8"), {"Content-Type": "text/javascript"})
    head = website.shop.get("/api/v1/sites/shop/lines").json["head"] + '<script src="/htmx.js"></script>'
    links = "".join(f'<a href="/route-{number}">Route {number}</a> ' for number in ROUTES)
    for number in ROUTES:
        # What a site's own code adds when drawing the route, from an unknown host.
        late = (
            "(() => { const late = document.createElement('script');"
            f" late.src = 'https://late.unheard.example/{number}.js'; document.body.append(late) }})()"
        )
        marked = f'<script type="text/plain" data-consent="analytics">(window.views ||= []).push({number})</script>'
        body = f'<div hx-boost="true"><h1>Page {number}</h1>{links}{marked}<script>{late}</script></div>'
        website.page(body, head, f"/route-{number}")
    page, complaints, asked = watched(visitor)
    page.goto(website.origin + "/route-1")

    def follow(number: int) -> None:
        page.get_by_role("link", name=f"Route {number}", exact=True).click()
        expect(page.get_by_role("heading", name=f"Page {number}", exact=True)).to_be_visible()

    for number in ROUTES:
        follow(number)
        expect(page.get_by_role("button", name="Reject all", exact=True)).to_have_count(1)
    assert page.evaluate("window.views") is None
    assert [url for url in asked if "session.example" not in url] == []
    answer(page, "Accept all")
    page.wait_for_function("window.views?.length === 1")
    loaded(page, "ga")
    for number in ROUTES:
        follow(number)
        page.wait_for_function("number => window.views.at(-1) === number", arg=number)
        expect(page.get_by_role("button", name="Reject all", exact=True)).to_have_count(0)
    views = page.evaluate("window.views")
    assert views == [ROUTES[-1], *ROUTES]
    tags = ("chat", "ga", "ads")
    assert [sum(f"://{tag}.example" in url for url in asked) for tag in tags] == [1, 1, 1]
    page.wait_for_function("performance.getEntriesByType('resource').some(one => one.name.includes('late.unheard'))")
    # After a withdrawal, what the next route adds is held.
    with page.expect_response(lambda one: one.url.endswith("/receipts")):
        page.evaluate("void consent.withdraw()")
    page.wait_for_function("consent.get().groups.advertising.granted === false")
    page.wait_for_load_state("load")
    asked.clear()
    for number in ROUTES[:3]:
        follow(number)
    assert [url for url in asked if "session.example" not in url] == []
    assert complaints == []
    Walk(page).done("O7")


@pytest.mark.walk("O8")
def test_o8_a_choice_on_one_subdomain_counts_on_the_other_by_a_header(browser: Browser, website: Website) -> None:
    other = website.origin.replace("www.", "tickets.")

    def share(draft: dict[str, Any]) -> None:
        draft["hosts"] = [website.origin, other]
        draft["overrides"]["cookie_scope"] = "shop.localhost"

    website.shop.edit(share)
    website.shop.publish()
    website.page("<h1>Shop</h1>", LINE, "/shared")
    # Where cookies set by scripts don't last, as in Safari, only the response's header sets it.
    context = browser.new_context(locale="en-GB")
    context.route(FOREIGN, lambda route: route.fulfill(**EMPTY))  # type: ignore[arg-type]
    context.add_init_script("Object.defineProperty(Document.prototype, 'cookie', {get: () => '', set() {}})")
    page = context.new_page()
    page.goto(other + "/shared")
    response = answer(page, "Accept all")
    cookies = [one["value"] for one in response.headers_array() if one["name"].lower() == "set-cookie"]
    choice = next(one for one in cookies if one.startswith("consent_shop="))
    assert f"; Max-Age={LIFE_S}; SameSite=Lax; Domain=shop.localhost" in choice
    kept = {cookie["name"]: cookie for cookie in context.cookies()}
    assert kept["consent_shop"]["domain"] == ".shop.localhost"
    assert parse_choice(kept["consent_shop"]["value"]) is not None
    state = context.storage_state()
    context.close()
    at_home = browser.new_context(locale="en-GB", storage_state=state)
    at_home.route(FOREIGN, lambda route: route.fulfill(**EMPTY))  # type: ignore[arg-type]
    page = at_home.new_page()
    page.goto(website.origin + "/shared")
    sees_no_question(page)
    loaded(page, "ga")
    Walk(page).done("O8")
    at_home.close()


@pytest.mark.long
@pytest.mark.walk("O10")
def test_o10_a_page_that_everybody_gets_from_a_cache_is_right_for_each(browser: Browser, website: Website) -> None:
    address = website.page("<h1>Cached</h1>", LINE, "/cached", Cache_Control=f"public, max-age={MONTH_S}")
    # No routes are set, since Playwright then disables the cache. So the tags aren't there, which doesn't matter.
    contexts = [browser.new_context(locale="en-GB") for _ in range(2)]
    first, second = (context.new_page() for context in contexts)
    before = website.shop.receipts()
    website.asked.clear()
    for page, name in ((first, "Accept all"), (second, "Reject all")):
        page.goto(address)
        answer(page, name)
    assert website.shop.receipts() == before + 2
    for page, granted in ((first, True), (second, False)):
        page.goto("about:blank")
        page.goto(address)
        sees_no_question(page)
        assert page.evaluate("consent.get().groups.analytics.granted") is granted
        assert page.evaluate("performance.getEntriesByType('navigation')[0].transferSize") == 0, "from the cache"
    assert "ga" in first.evaluate("consent.get().allowed_tags")
    assert second.evaluate("consent.get().allowed_tags") == ["session"]
    assert website.asked.count("/cached") == 2
    # A change of mind on the cached page is accepted as well.
    first.evaluate("void consent.open()")
    answer(first, "Reject all")
    assert website.shop.receipts() == before + 3
    Walk(first).done("O10")
    for context in contexts:
        context.close()


@pytest.mark.long
@pytest.mark.walk("M8")
@pytest.mark.parametrize("width", [1280, 390])
def test_m8_a_scan_goes_through_the_pages_and_names_what_leaks(browser: Browser, website: Website, width: int) -> None:
    website.page("<p>Late and first</p>", LINE, "/leaky")
    links = '<a href="/leaky">Leaky</a>' + "".join(f'<a href="/page-{number}">{number}</a>' for number in range(4))
    website.page(f"<h1>Shop</h1>{links}", LINE)
    for number in range(4):
        website.page(f"<h1>Page {number}</h1>", LINE, f"/page-{number}")
    website.page('<script>document.cookie = "_ga=GA1.1.1.2; path=/"</script>', LINE, "/leaky")
    with strict_page(browser, website.service_url, viewport={"width": width, "height": 900}) as view:
        page = view.sign_in_by_keyboard("chief")
        view.open("/sites/shop/scan")
        walk = Walk(page)
        walk.click(page.get_by_role("button", name="Scan now"))
        expect(page.get_by_role("heading", name="Scanning")).to_be_visible()
        expect(page.locator("#state h2")).to_contain_text("Scanned", timeout=170_000)
        page.reload()
        expect(page.locator("#leaks")).to_contain_text("_ga")
        walk.done("M8")
