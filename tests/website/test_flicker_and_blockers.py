"""Two of the owner's walks on a website: no flicker for visitors who have chosen, and what content blockers do.

The tests assert nothing about speed; `pytest -s` prints the times.
"""

from statistics import median
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.dashboard.strict_page import strict_page
from tests.walks import Walk
from tests.website.website import Website

pytestmark = [pytest.mark.server, pytest.mark.long, pytest.mark.timeout(300)]
RELOADS = 20
BODY = "<h1>Grove</h1>" + "<p>Trees for small gardens, sent in spring and autumn.</p>" * 30
FRAMES = """() => {
  window.seen = {frames: 0, painted: 0, shift: 0, lcp: 0}
  const layer = () => document.querySelector("[role=region][data-position]")?.checkVisibility()
  const frame = () => { seen.frames++; if (document.body && layer()) seen.painted++; requestAnimationFrame(frame) }
  requestAnimationFrame(frame)
  const watch = (type, take) =>
    new PerformanceObserver(list => list.getEntries().forEach(take)).observe({type, buffered: true})
  watch("layout-shift", entry => { seen.shift += entry.value })
  watch("largest-contentful-paint", entry => { seen.lcp = entry.startTime })
}"""
"""Checks every frame, from the first on, for a visible layer."""


def line(site: Website) -> str:
    return f'<script async src="{site.service_url}/b/shop.js"></script>'


def load(page: Page, address: str, *, waits: bool) -> dict[str, Any]:
    """Open the page and, if it has the script, wait for its decision; return what its frames showed."""
    page.goto(address, wait_until="load")
    if waits:
        page.wait_for_function("window.consent?.get?.().tags?.length")
    page.wait_for_function("seen.frames > 10 && seen.lcp > 0")
    found: dict[str, Any] = page.evaluate("seen")
    return found


@pytest.mark.walk("O3")
def test_o3_who_has_chosen_never_sees_the_banner_again(browser: Browser, website: Website) -> None:
    with_tag = website.page(BODY, line(website))
    without = website.page(BODY, path="/plain")
    context = browser.new_context(locale="en-GB")
    context.route("https://*.example/**", lambda route: route.fulfill(body="", content_type="text/javascript"))
    page = context.new_page()
    page.add_init_script(f"({FRAMES})()")
    first = page.goto(with_tag)
    assert first
    page.get_by_role("button", name="Reject all").first.click()
    expect(page.get_by_role("button", name="Reject all").first).to_be_hidden()
    # Control: the trace does detect the banner, for a visitor who hasn't chosen.
    stranger = browser.new_context(locale="en-GB").new_page()
    stranger.add_init_script(f"({FRAMES})()")
    stranger.goto(with_tag)
    expect(stranger.get_by_role("button", name="Reject all").first).to_be_visible()
    stranger.wait_for_function("seen.painted > 0")
    stranger.context.close()
    paints: dict[str, list[float]] = {with_tag: [], without: []}
    for _ in range(RELOADS):
        seen = load(page, with_tag, waits=True)
        assert (seen["painted"], seen["shift"]) == (0, 0)
        paints[with_tag].append(seen["lcp"])
        paints[without].append(load(page, without, waits=False)["lcp"])
    found = [median(paints[address]) for address in (with_tag, without)]
    Walk(page).done("O3")
    print(f"\nO3: {RELOADS} reloads, never painted, CLS 0; LCP {found[0]:.0f} ms, {found[1]:.0f} ms without the tag")  # noqa: T201
    context.close()


@pytest.mark.walk("O9")
@pytest.mark.parametrize("width", [1280, 390])
def test_o9_names_of_lists_are_told_and_a_blocked_service_leaves_the_page_whole(
    browser: Browser, website: Website, width: int
) -> None:
    with strict_page(browser, website.service_url, viewport={"width": width, "height": 900}) as view:
        page = view.sign_in_by_keyboard("chief")
        view.open("/sites/shop/install")
        found = page.locator("#found")
        website.page(BODY, line(website))
        page.get_by_role("button", name="Check my site").click()
        expect(found.get_by_text("No content blocker is known to list such an address.")).to_be_visible()
        blocked = f'<script async src="{website.origin}/cookie-consent/b/shop.js"></script>'
        website.page(BODY, blocked)
        page.get_by_role("button", name="Check again").click()
        expect(found.get_by_text("Content blockers list addresses with “cookie-consent”")).to_be_visible()
    host = urlsplit(website.service_url).hostname
    context = browser.new_context(locale="en-GB", viewport={"width": width, "height": 900})
    visitor, errors = context.new_page(), list[str]()
    visitor.on("pageerror", lambda error: errors.append(str(error)))
    asked: list[str] = []
    visitor.on("request", lambda request: asked.append(request.url))
    context.route(f"http://{host}:*/**", lambda route: route.abort("blockedbyclient"))
    held = '<script type="text/plain" data-tag="ga" src="https://ga.example/x.js"></script>'
    visitor.goto(website.page(f'{BODY}<a href="/next">Next</a>{held}', line(website)))
    website.page("<h1>Next</h1>", line(website), path="/next")
    visitor.get_by_role("link", name="Next").click()
    expect(visitor.get_by_role("heading", name="Next")).to_be_visible()
    own = (website.origin, website.service_url)
    assert [url for url in asked if not url.startswith(own)] == []
    assert errors == []
    Walk(visitor).done("O9")
    context.close()
