"""Measure visits to one page in the browser, with CPU throttling and optional network throttling."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from playwright.sync_api import Browser, BrowserContext, Error, Page

from bench.banner.server import Site
from bench.banner.subjects import Subject
from bench.banner.traced import script_ms, traced

SLOWED = 6
SLOW_4G = {"offline": False, "latency": 150, "downloadThroughput": 1.6e6 / 8, "uploadThroughput": 750e3 / 8}
SETTLED_MS = 1500
PATIENCE_MS = 30_000

# Checks in every frame: a layer is visible when it has a box and isn't transparent. This runs script and forces
# layouts, so a visit that is watched measures nothing else.
LOOK = """selector => {
  const isSeen = node => {
    if (!node || !node.getClientRects().length || getComputedStyle(node).visibility !== "visible") return false;
    for (let up = node; up; up = up.parentElement) if (getComputedStyle(up).opacity < 0.5) return false;
    return true;
  };
  const look = () => {
    if (isSeen(document.querySelector(selector))) window.__seen = performance.now();
    else requestAnimationFrame(look);
  };
  if (selector) requestAnimationFrame(look);
}"""
PAINTED = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"

# Queried at the end: the browser has buffered the shifts, including those that follow a click.
SHIFT = """() => new Promise(resolve => {
  new PerformanceObserver(list => resolve(list.getEntries().reduce((sum, { value }) => sum + value, 0)))
    .observe({type: "layout-shift", buffered: true});
  setTimeout(() => resolve(0), 200);
})"""
LISTEN = """() => {
  window.__event = 0;
  new PerformanceObserver(list => {
    for (const e of list.getEntries()) if (e.interactionId) window.__event = Math.max(window.__event, e.duration);
  }).observe({type: "event", durationThreshold: 16});
}"""


@dataclass(frozen=True, slots=True)
class Cost:
    """Bytes and requests before the banner, and times in ms.

    `returning` is for a visitor who accepted, `tag` when their first tag ran, `refused` for one who refused.
    """

    bytes: int
    requests: int
    first: float
    returning: float
    refused: float
    tag: float
    accept: float
    shift: float


def visit(browser: Browser, origin: str, site: Site, subject: Subject) -> Cost:
    """Visit the page as a new visitor, accept, and return."""
    address = f"{origin}/{subject.name}"
    with _visitor(browser) as context:
        site.asked.clear()
        page, first = _traced(browser, context, address)
        asked = [size for path, size in site.asked.items() if path != f"/{subject.name}"]
        shift = float(page.evaluate(SHIFT))
        accept = _accept(page, subject)
        page.close()
        page, returning = _traced(browser, context, address)
        page.close()
        tag = _first_tag(context, subject, address)
    refused = _refused_script_ms(browser, subject, address)
    return Cost(sum(asked), len(asked), first, returning, refused, tag, accept, shift)


def _refused_script_ms(browser: Browser, subject: Subject, address: str) -> float:
    """Return the script time of a returning visitor who refused, or 0 if there is nothing to refuse."""
    if not subject.refuse:
        return 0
    with _visitor(browser) as context:
        page = context.new_page()
        _settle(page, address)
        page.locator(subject.refuse).first.click()
        page.wait_for_timeout(SETTLED_MS)
        page.close()
        page, refused = _traced(browser, context, address)
        if page.evaluate("window.ran"):
            raise Error(f"{subject.name} ran a tag although it was refused")
        return refused


def until_visible(browser: Browser, origin: str, subject: Subject, slow: bool) -> float:
    """Return when a new visitor saw the layer or, without one, the first paint, in ms after the visit began."""
    with _visitor(browser) as context:
        page = context.new_page()
        _throttle(page, slow)
        page.add_init_script(f"({LOOK})({subject.layer!r})")
        _settle(page, f"{origin}/{subject.name}")
        wanted = "window.__seen" if subject.layer else PAINTED
        return float(page.wait_for_function(wanted, timeout=PATIENCE_MS).json_value())


@contextmanager
def _visitor(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    try:
        yield context
    finally:
        context.close()


def _throttle(page: Page, slow: bool = False) -> None:
    session = page.context.new_cdp_session(page)
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWED})
    if slow:
        session.send("Network.enable")
        session.send("Network.emulateNetworkConditions", SLOW_4G)


def _settle(page: Page, address: str) -> None:
    """Open the page and leave it alone until nothing more happens.

    To inspect a page, Playwright first runs its own script in it, which takes 15 ms of unthrottled CPU: it would run
    before whatever a page does after its load.
    """
    page.goto(address, wait_until="load")
    page.wait_for_timeout(SETTLED_MS)


def _traced(browser: Browser, context: BrowserContext, address: str) -> tuple[Page, float]:
    """Open the page and let it settle; return it with its script time, in ms, multiplied by the slowdown.

    The CPU is not throttled here: Chromium throttles by repeatedly stopping the thread, which its clock partly counts.
    """
    page = context.new_page()
    with traced(browser) as events:
        _settle(page, address)
    return page, SLOWED * script_ms(events, page.url)


def _first_tag(context: BrowserContext, subject: Subject, address: str) -> float:
    """Return when the first vendor's script ran on a new visit, in ms after its start; 0 if there is no banner."""
    if not subject.accept:
        return 0
    page = context.new_page()
    _throttle(page)
    _settle(page, address)
    return float(page.wait_for_function("window.ran && window.ran[0]", timeout=PATIENCE_MS).json_value())


def _accept(page: Page, subject: Subject) -> float:
    """Click the accept button; return the longest resulting event in ms, or 0 if the browser counted none."""
    if not subject.accept:
        return 0
    _throttle(page)
    page.evaluate(LISTEN)
    button = page.locator(subject.accept).first
    box = button.bounding_box()
    if box is None:
        raise Error(f"{subject.name} has nothing to press")
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_function("window.ran", timeout=PATIENCE_MS)  # it did accept; some run the vendors one by one
    page.wait_for_timeout(SETTLED_MS)
    return float(page.evaluate("window.__event"))
