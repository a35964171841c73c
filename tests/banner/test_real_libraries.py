"""What vendors' own libraries send before and after each choice, with the real service."""

import json
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Request

from consent.classifier.catalog import VENDORS, load_catalog
from consent.sites.custom.code import NOTHING
from consent.sites.draft import add_tag
from consent.storage.sites import sites
from tests.api.shop import site_draft
from tests.website.website import Website, running_website
from tests.wsgi_server import serving

pytestmark = [pytest.mark.server, pytest.mark.long]
MODULES = Path(__file__).parents[2] / "node_modules"
POSTHOG = MODULES / "posthog-js" / "dist" / "array.full.no-external.js"
MIXPANEL = MODULES / "mixpanel-browser" / "dist"
FILES = {
    "/posthog.js": POSTHOG,
    "/mixpanel.js": MIXPANEL / "mixpanel.min.js",
    "/mixpanel.umd.js": MIXPANEL / "mixpanel.umd.js",
}
ANSWER = b'{"status": 1, "config": {}, "featureFlags": {}, "supportedCompression": []}'
# Without compression, so that the test can read what is sent, and with bot detection off: the browser is automated.
POSTHOG_STARTS = """posthog.init("phc_test", {
  api_host: "%s", disable_compression: true, opt_out_useragent_filter: true, person_profiles: "always"
})"""
MIXPANEL_STARTS = 'mixpanel.init("test", {api_host: "%s", track_pageview: true, api_payload_format: "json"})'
MINUTE_MS = 60_000
"""Longer than either library batches its data."""


@dataclass
class Vendor:
    """Serves the libraries and accepts whatever they send."""

    port: int = 0
    sent: list[Request] = field(default_factory=list)

    @property
    def origin(self) -> str:
        return f"http://vendor.localhost:{self.port}"

    def hear(self, request: Request) -> None:
        """Record a browser request to this vendor."""
        if request.url.startswith(self.origin):
            self.sent.append(request)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        file = FILES.get(environ["PATH_INFO"])
        asked = environ.get("HTTP_ACCESS_CONTROL_REQUEST_HEADERS", "*")
        headers = {
            "Access-Control-Allow-Origin": environ.get("HTTP_ORIGIN", "*"),
            "Access-Control-Allow-Credentials": "true",
            "Access-Control-Allow-Headers": asked,
            "Content-Type": "text/javascript" if file else "application/json",
        }
        start_response("200 OK", list(headers.items()))
        return [file.read_bytes() if file else ANSWER]


@pytest.fixture(scope="module")
def vendor() -> Iterator[Vendor]:
    """Run the vendors' host for the tests in this file."""
    vendor = Vendor()
    with serving(vendor) as vendor.port:
        yield vendor


@pytest.fixture(scope="module")
def website(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Website]:
    """Run a website with both vendors from the catalog."""
    catalog = load_catalog(VENDORS)
    with running_website(tmp_path_factory.mktemp("libraries")) as site:
        draft = site_draft() | {"hosts": [site.origin], "tags": [], "vendors": []}
        for name in ("posthog", "mixpanel"):
            known = catalog.vendor(name)
            draft = add_tag(draft, known, name, NOTHING.copy(), {}, name)
        with site.service.context.engine.begin() as connection:
            sites.create(connection, "shop", "Shop", json.dumps(draft), int(time.time()))
        site.shop.publish()
        yield site


def marked(vendor: str, code: str = "", address: str = "") -> str:
    source = f' data-src="{address}"' if address else ""
    return f'<script type="text/plain" data-consent="analytics" data-vendor="{vendor}"{source}>{code}</script>'


def posthog(origin: str) -> str:
    return marked("posthog", address=f"{origin}/posthog.js") + marked("posthog", POSTHOG_STARTS % origin)


def mixpanel(origin: str) -> str:
    return marked("mixpanel", address=f"{origin}/mixpanel.umd.js") + marked("mixpanel", MIXPANEL_STARTS % origin)


def mixpanel_snippet(origin: str) -> str:
    snippet = (MIXPANEL / "mixpanel-jslib-snippet.min.js").read_text("utf-8")
    where = f'window.MIXPANEL_CUSTOM_LIB_URL = "{origin}/mixpanel.js";'
    return marked("mixpanel", f"{where}{snippet};{MIXPANEL_STARTS % origin}")


CASES = {
    "posthog": (posthog, "posthog.capture"),
    "mixpanel": (mixpanel, "mixpanel.track"),
    "mixpanel, its snippet": (mixpanel_snippet, "mixpanel.track"),
}


@pytest.mark.parametrize("case", CASES)
def test_a_library_sends_only_between_a_grant_and_its_withdrawal(
    context: BrowserContext, website: Website, vendor: Vendor, case: str
) -> None:
    markup, track = CASES[case]
    told = f"consent.debug().told['{track.partition('.')[0]}']"
    head = f'<script async src="{website.service_url}/b/shop.js"></script>'
    for path in ("/", "/next"):
        website.page(markup(vendor.origin), head, path)
    vendor.sent.clear()
    context.clock.install()
    context.on("request", vendor.hear)
    page = context.new_page()

    def sends(event: str) -> None:
        with page.expect_request(lambda request: event in (request.post_data or "")):
            page.evaluate(f"void {track}('{event}')")
            page.clock.run_for(MINUTE_MS)

    page.goto(website.origin + "/")
    page.wait_for_function("window.consent")
    assert sent_in_a_minute(page, vendor) == []

    page.get_by_role("button", name="Accept all").click()
    page.wait_for_function(f"{told}?.startsWith('granted')")
    sends("bought-1")

    page.evaluate("window.same = true")
    page.clock.run_for(MINUTE_MS)
    vendor.sent.clear()
    page.evaluate("void consent.withdraw()")
    page.wait_for_function(f"{told}?.startsWith('refused')")
    page.evaluate(f"void {track}('bought-2')")
    assert sent_in_a_minute(page, vendor) == []
    # The vendor's own call stopped it, without a page load.
    assert page.evaluate("window.same")

    page.goto(website.origin + "/next")
    page.wait_for_function("window.consent")
    assert sent_in_a_minute(page, vendor) == []

    page.evaluate("consent.set({analytics: true})")
    page.wait_for_function(f"{told}?.startsWith('granted')")
    sends("bought-3")
    assert not any("bought-2" in (request.post_data or "") for request in vendor.sent)


def sent_in_a_minute(page: Page, vendor: Vendor) -> list[str]:
    """Advance the timers by a minute, and return the page's requests to the vendor since the last call."""
    page.clock.run_for(MINUTE_MS)
    page.evaluate("new Promise(requestAnimationFrame)")
    return [f"{request.method} {request.url} {request.post_data or ''}" for request in vendor.sent]
