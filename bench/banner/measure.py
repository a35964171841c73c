"""What one visit costs: seen by the browser itself, with its CPU slowed down and, where asked, its network."""

from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Browser, BrowserContext, CDPSession, Error, Page

from bench.banner.server import Site
from bench.banner.subjects import Subject

SLOWED = 6
SLOW_4G = {"offline": False, "latency": 150, "downloadThroughput": 1.6e6 / 8, "uploadThroughput": 750e3 / 8}
SETTLED_MS = 1500
PATIENCE_MS = 30_000

# Looks at every frame: a layer is there when it has a box and is not see-through.
WATCH = """selector => {
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
  window.__shift = 0; window.__event = 0;
  new PerformanceObserver(list => { for (const e of list.getEntries()) window.__shift += e.value; })
    .observe({type: "layout-shift", buffered: true});
  new PerformanceObserver(list => {
    for (const e of list.getEntries()) if (e.interactionId) window.__event = Math.max(window.__event, e.duration);
  }).observe({type: "event", buffered: true, durationThreshold: 16});
}"""
PAINTED = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"


@dataclass(frozen=True, slots=True)
class Cost:
    """Bytes and requests before the banner, and times in ms."""

    bytes: int
    requests: int
    visible: float
    script: float
    returning: float
    accept: float
    shift: float


def visit(browser: Browser, origin: str, site: Site, subject: Subject, slow: bool) -> Cost:
    """Visit the page as somebody new, accept, and come again."""
    with_context = browser.new_context(viewport={"width": 1280, "height": 800})
    try:
        site.asked.clear()
        page, session = _open(with_context, origin, subject, slow)
        visible = _when_seen(page, subject)
        script = _script_ms(session)
        asked = [size for path, size in site.asked.items() if path != f"/{subject.name}"]
        page.wait_for_timeout(SETTLED_MS)
        accept = _accept(page, subject)
        shift = float(page.evaluate("window.__shift"))
        page.close()
        page, session = _open(with_context, origin, subject, slow)
        page.wait_for_timeout(SETTLED_MS)
        returning = _script_ms(session)
        return Cost(sum(asked), len(asked), visible, script, returning, accept, shift)
    finally:
        with_context.close()


def _open(context: BrowserContext, origin: str, subject: Subject, slow: bool) -> tuple[Page, CDPSession]:
    page = context.new_page()
    page.add_init_script(f"({WATCH})({subject.layer!r})")
    session = context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "timeTicks"})
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWED})
    if slow:
        session.send("Network.enable")
        session.send("Network.emulateNetworkConditions", SLOW_4G)
    page.goto(f"{origin}/{subject.name}", wait_until="load")
    return page, session


def _when_seen(page: Page, subject: Subject) -> float:
    """Return when the layer was seen, or without one when the page was painted, in ms after the visit began."""
    wanted = "window.__seen" if subject.layer else PAINTED
    return float(page.wait_for_function(wanted, timeout=PATIENCE_MS).json_value())


def _script_ms(session: CDPSession) -> float:
    metrics: list[dict[str, Any]] = session.send("Performance.getMetrics")["metrics"]
    return float(next(one["value"] for one in metrics if one["name"] == "ScriptDuration")) * 1000


def _accept(page: Page, subject: Subject) -> float:
    """Press the button that accepts; return the longest event that came of it, 0 where the browser counted none."""
    if not subject.accept:
        return 0
    button = page.locator(subject.accept).first
    box = button.bounding_box()
    if box is None:
        raise Error(f"{subject.name} has nothing to press")
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_function("window.ran", timeout=PATIENCE_MS)  # it did accept; some run the vendors one after the other
    page.wait_for_timeout(SETTLED_MS)
    return float(page.evaluate("window.__event"))
