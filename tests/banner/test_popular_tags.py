"""The most used tags, added with the dashboard's form: held, then loaded with what their code needs."""

import gzip
import html
import json
import re
import time
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, Route
from werkzeug.test import Client

from consent.sites.draft import new_draft
from consent.storage.sites import sites
from tests.api.shop import FACTS
from tests.banner.popular_tags import SHAPES, Shape
from tests.dashboard.client import Browser as Dashboard
from tests.website.website import Website, running_website

pytestmark = [pytest.mark.server, pytest.mark.extended]
MODULES = Path(__file__).parents[2] / "node_modules"
HEX = "0123456789abcdef" * 2
TOKEN = "phc_0123456789abcdefghijABCDEFGHIJ"
WRITE_KEY = "D8abcdefghijklmnopqrstuvwxyz0123"
LIBRARIES = {
    "posthog": (
        {"token": TOKEN, "region": "eu"},
        "https://eu-assets.i.posthog.com/static/array.js",
        MODULES / "posthog-js" / "dist" / "array.full.no-external.js",
        ("https://eu.i.posthog.com/", TOKEN, "$pageview"),
    ),
    "mixpanel": (
        {"token": HEX, "server": "api-eu"},
        "https://cdn.mxpnl.com/libs/mixpanel-2-latest.min.js",
        MODULES / "mixpanel-browser" / "dist" / "mixpanel.min.js",
        ("https://api-eu.mixpanel.com/track/", HEX, "$mp_web_page_view"),
    ),
    "amplitude": (
        {"api_key": HEX, "zone": "EU"},
        "https://cdn.amplitude.com/libs/analytics-browser-2.48.1-min.js.gz",
        MODULES / "@amplitude" / "analytics-browser" / "lib" / "scripts" / "amplitude-min.js",
        ("https://api.eu.amplitude.com/2/httpapi", HEX, "Page Viewed"),
    ),
    "segment": (
        {"write_key": WRITE_KEY},
        f"https://cdn.segment.com/analytics.js/v1/{WRITE_KEY}/analytics.min.js",
        MODULES / "@segment" / "analytics-next" / "dist" / "umd" / "standalone.js",
        ("https://api.segment.io/v1/p", WRITE_KEY, "anonymousId"),
    ),
}
"""Vendors with a library on npm: the typed values, the URL of the code, where an event goes and what it contains."""
SETTINGS = {"integrations": {"Segment.io": {"apiKey": WRITE_KEY, "apiHost": "api.segment.io/v1"}}, "plan": {}}
AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
NO_ROBOT = """for (const [name, value] of [["webdriver", false], ["userAgentData", undefined]])
  Object.defineProperty(Navigator.prototype, name, { get: () => value })"""
"""PostHog and others send nothing from an automated browser, and a test would see nothing and pass."""

STAND_IN = """{
  const plain = value => {
    const tag = Object.prototype.toString.call(value)
    if (tag === "[object Arguments]") return { arguments: [...value].map(plain) }
    const fields = value => Object.entries(value).filter(([name, one]) => isNaN(name) && typeof one !== "function")
    const methods = Object.keys(value ?? {}).filter(name => isNaN(name) && typeof value[name] === "function").sort()
    const named = () => Object.fromEntries(fields(value).map(([name, one]) => [name, plain(one)]))
    if (typeof value === "function") return { is: "function", ...named() }
    if (Array.isArray(value)) {
      // Of the list that Google's tags share what is not for them.
      const isOurs = one => "length" in one || one.event === "consent_change"
      const list = [...value].filter(one => value !== window.dataLayer || !isOurs(one)).map(plain)
      if (!fields(value).length && methods.every(name => name === "push")) return list
      return { list, ...(methods.length ? { methods } : {}), ...named() }
    }
    if (value instanceof Object) return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, plain(one)]))
    return typeof value === "number" && value > 1e12 ? "a time" : value
  }
  window.found ??= {}
  window.later ??= {}
  found.NAME = Object.fromEntries(GLOBALS.filter(name => name in window).map(name => [name, plain(window[name])]))
  const handler = "HANDLER"
  if (handler) window[GLOBALS[0]][handler] = (...call) => void (later.NAME ??= []).push(call)
  if ("NAME" === "microsoft_ads") window.UET = class {
    constructor(options) { found.UET = plain(options); this.pushed = [] }
    push(...call) { (later.UET ??= []).push(call) }
  }
}"""
"""Stands in for a vendor's code: it inspects the globals and installs the handler through which they call the code."""


def name_of(shape: Shape) -> str:
    return shape.vendor.replace("-", "_")


def stand_in(shape: Shape) -> str:
    code = STAND_IN.replace("NAME", name_of(shape)).replace("HANDLER", shape.handler)
    return code.replace("GLOBALS", json.dumps([*shape.finds]))


class World:
    """The internet as one page sees it: the vendors' hosts and the requests they received."""

    def __init__(self, context: BrowserContext) -> None:
        self.asked: list[Request] = []
        self._codes = {shape.address: stand_in(shape) for shape in SHAPES}
        self._codes |= {address: file.read_text("utf-8") for _, address, file, _ in LIBRARIES.values()}
        context.route(re.compile("^https://"), self._answer)

    def _answer(self, route: Route) -> None:
        request = route.request
        self.asked.append(request)
        headers = {
            "Access-Control-Allow-Origin": request.headers.get("origin", "*"),
            "Access-Control-Allow-Credentials": "true",
            "Access-Control-Allow-Headers": request.headers.get("access-control-request-headers", "*"),
        }
        if code := self._codes.get(request.url):
            route.fulfill(body=code, content_type="text/javascript", headers=headers)
        else:
            settings = SETTINGS if request.url.endswith("/settings") else {"status": 1, "featureFlags": {}, "code": 200}
            route.fulfill(json=settings, headers=headers)

    def scripts(self) -> set[str]:
        """Return the URLs of vendor code that the page requested."""
        return {request.url for request in self.asked} & set(self._codes)

    def posts(self, address: str) -> list[str]:
        """Return what was posted to URLs with this prefix: the URL and the readable body."""
        sent = [request for request in self.asked if request.url.startswith(address) and request.method == "POST"]
        return [f"{request.url} {readable(request.post_data_buffer or b'')}" for request in sent]


def readable(body: bytes) -> str:
    """Return a posted body without its packing: gzip, or a form with base64."""
    if body.startswith(b"\x1f\x8b"):
        return gzip.decompress(body).decode()
    packed = parse_qs(body.decode(errors="replace")).get("data", [""])[0]
    return b64decode(packed).decode() if re.fullmatch(r"[A-Za-z0-9+/]+=*", packed) else packed or body.decode()


IN_THE_PAGE = {
    "vimeo/vimeo": ("FILM", "76979871", "https://player.vimeo.com/video/76979871?dnt=1"),
    "youtube/youtube-nocookie": ("FILM", "abcdefghijk", "https://www.youtube-nocookie.com/embed/abcdefghijk"),
    "google-maps/google-maps-frame": ("PLACE", "1", "https://www.google.com/maps/embed?pb=1"),
    "visual-website-optimizer/vwo": (
        "THE SMARTCODE, AS VWO GIVES IT",
        "document.body.append(Object.assign(new Image(), {src: 'https://dev.visualwebsiteoptimizer.com/j.php'}))",
        "https://dev.visualwebsiteoptimizer.com/j.php",
    ),
}
"""Tags that stay in the page: the text in their page code, what the owner puts in its place, and the requested URL."""


def page_code(chief: Dashboard, path: str) -> str:
    """Return the page code that an added tag's page offers to copy."""
    found = re.search(r'data-copy="([^"]*)" aria-label="Copy the code for the page"', chief.get(path).text)
    assert found
    return html.unescape(found[1])


@pytest.fixture(scope="module")
def website(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Website]:
    """Run a website whose owner has added each tag by its form and published."""
    with running_website(tmp_path_factory.mktemp("popular")) as site:
        controller = dict.fromkeys(FACTS, "stated") | {"policy_url": "https://www.shop.example/privacy"}
        draft = json.dumps(new_draft("shop", [site.origin], controller))
        with site.service.context.engine.begin() as connection:
            sites.create(connection, "shop", "Shop", draft, int(time.time()))
        chief = Dashboard(Client(site.service.wsgi_app))  # type: ignore[arg-type]
        assert chief.sign_in("chief").status_code == 302
        given = [(one.vendor, one.template, one.typed or one.parameters) for one in SHAPES]
        given += [(vendor, vendor, typed) for vendor, (typed, *_) in LIBRARIES.items()]
        for vendor, template, typed in given:
            answer = chief.post(f"/sites/shop/tags/new/{vendor}/{template}", typed)
            assert answer.status_code == 302, f"{vendor}: {answer.text}"
        marked = []
        for path, (blank, filled, _) in IN_THE_PAGE.items():
            answer = chief.post(f"/sites/shop/tags/new/{path}")
            marked.append(page_code(chief, str(answer.location).partition("#")[0]).replace(blank, filled))
        line = f'<script async src="{site.service_url}/b/shop.js"></script>'
        site.page("<h1>Shop</h1>" + "".join(marked), line, "/marked")
        revision = re.search(r'name="revision" value="(\d+)"', chief.get("/sites/shop/publish").text)
        assert revision
        assert chief.post("/sites/shop/publish", {"revision": revision[1], "alone": "yes"}).status_code == 302
        site.service.context.configs.live.refresh()
        yield site


@pytest.fixture
def address(website: Website) -> str:
    return website.page("<h1>Shop</h1>", f'<script async src="{website.service_url}/b/shop.js"></script>')


def visit(browser: Browser, address: str, *, with_clock: bool = False) -> tuple[Page, World]:
    """Open the page as a visitor in a new context; `with_clock` puts its timers under the test's control."""
    context = browser.new_context(locale="en-GB", user_agent=AGENT)
    if with_clock:
        context.clock.install()
    context.add_init_script(NO_ROBOT)
    world = World(context)
    page = context.new_page()
    page.goto(address)
    page.wait_for_function("window.consent")
    return page, world


def test_nothing_is_loaded_before_a_choice_or_after_a_refusal(browser: Browser, address: str) -> None:
    page, world = visit(browser, address)
    page.get_by_role("button", name="Reject all").click()
    page.wait_for_function("consent.get().choice")
    page.reload()
    page.wait_for_function("window.consent?.get().choice")
    page.evaluate("new Promise(done => setTimeout(done, 200))")
    assert [request.url for request in world.asked] == []
    page.context.close()


def test_what_stays_in_the_page_waits_there_by_the_code_that_its_tag_gives(browser: Browser, website: Website) -> None:
    wanted = {address for _, _, address in IN_THE_PAGE.values()}
    for button, expected in (("Reject all", set[str]()), ("Accept all", wanted)):
        page, world = visit(browser, website.origin + "/marked")
        assert not wanted & {request.url for request in world.asked}
        page.get_by_role("button", name=button).first.click()
        page.wait_for_function("consent.get().choice")
        deadline = time.monotonic() + 20
        while wanted & {request.url for request in world.asked} != expected and time.monotonic() < deadline:
            page.wait_for_timeout(50)
        page.wait_for_timeout(200)
        assert wanted & {request.url for request in world.asked} == expected
        page.context.close()


def test_each_tag_is_loaded_after_a_grant_with_what_its_code_looks_for(browser: Browser, address: str) -> None:
    page, world = visit(browser, address)
    page.get_by_role("button", name="Accept all").click()
    page.wait_for_function(f"window.found && Object.keys(found).length >= {len(SHAPES) + 1} && window.later?.UET")
    found = page.evaluate("found")
    for shape in SHAPES:
        assert (shape.vendor, found[name_of(shape)]) == (shape.vendor, shape.finds)
    assert found["UET"]["ti"] == "12345678"
    assert found["UET"]["enableAutoSpaTracking"] is True
    assert found["UET"]["q"] == found["microsoft_ads"]["uetq"]
    for shape in SHAPES:
        if shape.later:
            page.evaluate(f"void {shape.later}")
            assert page.evaluate(f"later.{name_of(shape)}.length") == 1, shape.vendor
    assert page.evaluate("later.UET") == [["pageLoad"]]
    assert world.scripts() == {*(shape.address for shape in SHAPES), *(one[1] for one in LIBRARIES.values())}
    page.context.close()


def test_the_vendors_own_libraries_send_a_page_view(browser: Browser, address: str) -> None:
    page, world = visit(browser, address, with_clock=True)
    page.get_by_role("button", name="Accept all").click()
    for vendor, (_, _, _, (host, *marks)) in LIBRARIES.items():
        deadline = time.monotonic() + 20
        while not any(all(mark in post for mark in marks) for post in world.posts(host)):
            assert time.monotonic() < deadline, f"{vendor}: {world.posts(host)}"
            page.clock.run_for(1000)
    page.context.close()
