"""Page cost of the lines on a slow phone: bytes, first paint, time to interactive."""

import re
import statistics
from typing import NamedTuple

import brotli
from playwright.sync_api import Browser

from bench.websites.sites import Website
from bench.websites.visit import LOAD_MS, VIEW
from bench.websites.world import SERVICE, Asked, Request, World

SLOWED = 4
SLOW_4G = {"offline": False, "latency": 562.5, "downloadThroughput": 1.44e6 / 8, "uploadThroughput": 675e3 / 8}
"""As in Chromium's own tools: 90 % of 1.6 Mbit/s, and 562.5 ms per request for a latency of 150 ms."""
QUIET_MS = 3000
ROUNDS = 3
TASKS = """(() => {
  window.__long = [];
  new PerformanceObserver(list => list.getEntries().forEach(one => __long.push([one.startTime, one.duration])))
    .observe({ type: "longtask", buffered: true });
})()"""
TIMES = """() => {
  const ready = performance.getEntriesByType("navigation")[0].domContentLoadedEventEnd;
  return {
    paint: window.__paint || performance.getEntriesByName("first-contentful-paint")[0]?.startTime || 0,
    interactive: Math.max(ready, ...__long.map(([start, duration]) => start + duration)),
    blocked: __long.reduce((sum, [, duration]) => sum + Math.max(0, duration - 50), 0),
  };
}"""
SCRIPT = re.compile(r'src="https://[^/"]+(/b/[^"]+)"')
ROW = "{:<24}{:>9}{:>10}{:>9}{:>9}{:>12}{:>9}{:>12}{:>9}"
HEAD = ("site", "inline", "inline br", "script", "paint", "", "ready", "", "blocked")


class Times(NamedTuple):
    """When the page was first painted and became usable (DOM parsed, last long task done), and how long it blocked."""

    paint: float
    interactive: float
    blocked: float


class Cost(NamedTuple):
    """Bytes of the inline code, raw and as brotli, and of the script; median times without and with our lines."""

    site: str
    inline: int
    inline_br: int
    script: int
    without: Times
    with_us: Times


def cost_of(browser: Browser, world: World, site: Website, lines: str) -> Cost:
    """Return what `lines` cost on the site's first page: medians of alternating rounds."""
    world.site = site
    rounds = [
        [_times(browser, world, site.origin + site.pages[0], text) for text in ("", lines)] for _ in range(ROUNDS)
    ]
    without, with_us = (_medians([one[place] for one in rounds]) for place in (0, 1))
    inline = SCRIPT.sub("", lines).encode()
    return Cost(
        site.name, len(inline), len(brotli.compress(inline, quality=11)), _script(world, lines), without, with_us
    )


def _times(browser: Browser, world: World, url: str, lines: str) -> Times:
    world.lines = lines
    context = browser.new_context(viewport={"width": VIEW["width"], "height": VIEW["height"]})
    try:
        context.add_init_script(TASKS)
        page = context.new_page()
        session = context.new_cdp_session(page)
        session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWED})
        session.send("Network.enable")
        session.send("Network.emulateNetworkConditions", SLOW_4G)
        page.goto(url, wait_until="load", timeout=4 * LOAD_MS)
        page.wait_for_timeout(QUIET_MS)
        return Times(**page.evaluate(TIMES))
    finally:
        context.close()


def _medians(times: list[Times]) -> Times:
    return Times(*(statistics.median(column) for column in zip(*times, strict=True)))


def _script(world: World, lines: str) -> int:
    """Return the brotli size of the script in bytes, as served to a page in English."""
    found = SCRIPT.search(lines)
    asked = Asked(SERVICE, found[1] if found else "/", "script", "GET")
    return len(world.answer(Request(asked, {"Host": SERVICE, "Accept-Encoding": "br"}, b"")).body)


def table(costs: list[Cost]) -> str:
    """Return a line for each site: times without us in ms, and what the lines add."""
    rows = [ROW.format(*HEAD)]
    for one in costs:
        pairs = zip(one.without, one.with_us, strict=True)
        times = [text for before, after in pairs for text in (f"{before:.0f}", f"{after - before:+.0f}")]
        rows.append(ROW.format(one.site, one.inline, one.inline_br, one.script, *times[:4], times[5]))
    return "\n".join(rows)
