"""One visit: all pages of a site in one consent state and region, in a fresh browser profile."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from playwright.async_api import Browser, BrowserContext, Error, Page, Playwright

from consent.outbound.public_addresses import AllowList
from consent.scanner.banner.controls import choose, close, find, wait_for, withdraw
from consent.scanner.banner.measure import find_reopen_control, measure_banner, measure_second_layer
from consent.scanner.banner.probes import Prober
from consent.scanner.browser.chromium import CLOSE_SECONDS, running
from consent.scanner.browser.dns import Resolver
from consent.scanner.browser.egress_proxy import FilteringProxy
from consent.scanner.browser.own_host_watch import OwnHostWatch
from consent.scanner.browser.page_loader import open_page, read_frames, settle
from consent.scanner.browser.recorder import Recorder
from consent.scanner.browser.safe_text import clean
from consent.scanner.browser.service_routes import (
    cut_off,
    defer_writes,
    mark_fetches,
    request_banner_from,
    serve_page,
)
from consent.scanner.crawl import Frontier
from consent.scanner.model.job import Job
from consent.scanner.model.scan_result import CookieResult
from consent.scanner.model.visit_record import PageRecord, Visit, picture_name

SHOT_MILLISECONDS = 10_000
CHOICES = {"reject": "reject", "accept": "accept", "withdraw": "accept", "minor": "accept"}
TRIES = 2
"""Number of pages on which to look for a banner."""
VIEWPORT = {"width": 1280, "height": 800}
GPC_SCRIPT = (
    "Object.defineProperty(Navigator.prototype, 'globalPrivacyControl',"
    " { configurable: true, enumerable: true, get: () => true });"
)
AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{}.0.0.0 Safari/537.36"


@dataclass
class Walk:
    """A visit in progress."""

    job: Job
    visit: Visit
    until: float
    """Deadline of the whole scan, on the monotonic clock."""
    on_page: Callable[[PageRecord], None]
    proxy: FilteringProxy
    recorder: Recorder = field(init=False)
    tries: int = TRIES

    def __post_init__(self) -> None:
        self.recorder = Recorder(self.job.page_bytes, OwnHostWatch(site_of(self.job.url)))


async def make_visit(
    playwright: Playwright,
    job: Job,
    visit: Visit,
    pages: Frontier,
    until: float,
    on_page: Callable[[PageRecord], None],
    resolve: Resolver,
) -> None:
    """Visit `pages` and fill `visit` with the records; a page that fails is recorded, and the visit continues."""
    walk = Walk(job, visit, until, on_page, FilteringProxy(AllowList(job.allow), resolve))
    async with walk.proxy.running() as address, running(playwright, address, job.browser) as browser:
        try:
            await _visit_pages(walk, browser, pages)
        except Error as error:
            visit.problem = (
                f"The browser ended, so this visit is incomplete: {clean(error.message.splitlines()[0], 120)}"
            )
        finally:
            visit.refused = dict(walk.proxy.refused)
            visit.hosts = visit.hosts or walk.proxy.hosts


async def _visit_pages(walk: Walk, browser: Browser, pages: Frontier) -> None:
    context = await _new_context(walk, browser)
    page: Page | None = None
    while (url := pages.next()) is not None:
        if time.monotonic() > walk.until:
            walk.visit.problem = "The time limit was reached before all pages were visited."
            return
        if walk.visit.pages:
            await asyncio.sleep(walk.job.delay_s)
        page = page or await _new_page(walk, context)
        record = PageRecord(url)
        walk.visit.pages.append(record)
        try:
            await _one_page(walk, page, record, pages)
        except Error as error:
            record.problem = record.problem or clean(error.message.splitlines()[0], 120)
        if record.problem:
            await _close(page)
            page = None
        walk.on_page(record)
    walk.visit.cookies = await _cookies(context)
    # Probes from here on don't count as the site's behavior in this state.
    walk.visit.hosts = dict(walk.proxy.hosts)
    if walk.job.measure:

        async def open_new() -> Page:
            return await _new_page(walk, context)

        await Prober(walk.job, walk.visit, walk.recorder, walk.proxy, context, open_new).probe(page)


async def _one_page(walk: Walk, page: Page, record: PageRecord, pages: Frontier) -> None:
    recorder, job = walk.recorder, walk.job
    await open_page(page, record, recorder, job, walk.proxy)
    if record.problem is None:
        await _take_screenshot(walk, page, record)
        is_first = len(walk.visit.pages) == 1
        if is_first and walk.visit.state == "none":
            if job.measure:
                walk.visit.banner = await measure_banner(page)
            await _idle(page, record, recorder, job)
            if job.measure and walk.visit.banner:
                walk.visit.banner |= await measure_second_layer(page)
        elif job.measure and walk.visit.state == "reject" and recorder.chosen_at:
            record.revisit = {"asks": bool(await find(page, "accept")), **await find_reopen_control(page)}
        elif is_first and walk.visit.state == "minor":
            await wait_for(page, "back", job.choice_s)
            walk.visit.banner = {**await measure_second_layer(page)}
        elif is_first and walk.visit.state == "close":
            walk.visit.choice = await close(page, recorder, job.choice_s)
            await settle(recorder, job.settle_s)
        await _make_choice(walk, page, record)
        await read_frames(page, record)
        pages.add(link for facts in record.frames if facts["is_main"] for link in facts["links"])
    for facts in record.frames:
        facts.pop("links", None)
    await recorder.finish(page)


async def _make_choice(walk: Walk, page: Page, record: PageRecord) -> None:
    """Answer the banner if the visit's state requires it and that hasn't happened yet."""
    kind, visit, recorder = CHOICES.get(walk.visit.state), walk.visit, walk.recorder
    if kind is None or walk.tries == 0:
        return
    walk.tries -= 1
    visit.cookies_before = await _cookies(page.context)
    recorder.is_marking = visit.state != "withdraw"
    known = len(record.notes)
    choice = await choose(page, kind, recorder, walk.job.choice_s)
    if choice.found or visit.choice is None or not visit.choice.fields:
        visit.choice = choice  # Keep a choice that asked for extra data, even if a later page has none.
    if not choice.found:
        return
    walk.tries = 0
    await settle(recorder, walk.job.settle_s)
    if visit.state == "reject" and walk.job.measure:
        noted = any("dialog (" in note for note in record.notes[known:])
        choice.argues = choice.argues or noted or bool(await find(page, "accept", again=True))
    if visit.state == "withdraw":
        recorder.is_marking = True
        visit.cookies_before = await _cookies(page.context)
        visit.withdrawal = await withdraw(page, recorder, walk.job.choice_s)
        await settle(recorder, walk.job.settle_s)
    await _take_screenshot(walk, page, record, is_after_choice=True)


async def _idle(page: Page, record: PageRecord, recorder: Recorder, job: Job) -> None:
    """Act like a visitor who doesn't choose: wait, scroll, and click an empty spot."""
    if job.idle_s <= 0:
        return
    record.idle_at = time.time()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(job.idle_s):
            await recorder.stopped.wait()
    with contextlib.suppress(Error, TimeoutError):
        async with asyncio.timeout(CLOSE_SECONDS):
            await page.mouse.wheel(0, 3000)
            await page.evaluate("() => document.body && document.body.click()")
            await page.mouse.wheel(0, -3000)
    await settle(recorder, job.settle_s)


async def _new_context(walk: Walk, browser: Browser) -> BrowserContext:
    is_gpc, major = walk.visit.state == "gpc", browser.version.partition(".")[0]
    context = await browser.new_context(
        accept_downloads=False,
        locale=walk.job.language,
        viewport={"width": VIEWPORT["width"], "height": VIEWPORT["height"]},
        # Sites that recognize a headless browser by its user agent show it a different page.
        user_agent=AGENT.format(major),
        extra_http_headers={"Sec-GPC": "1"} if is_gpc else {},
    )
    context.set_default_timeout(walk.job.page_s * 1000)
    await walk.recorder.prepare(context)
    if is_gpc:
        await context.add_init_script(GPC_SCRIPT)
    if walk.visit.state == "down":
        await cut_off(context)
    elif walk.job.own and (walk.visit.region or walk.visit.state in ("unknown", "minor")):
        await request_banner_from(context, walk.visit, walk.job.own)
    await defer_writes(context, walk.visit)
    if given := walk.job.given.get(walk.visit.state):
        # Else, the service would take the added lines for those of a page that visitors open.
        if walk.job.own:
            await mark_fetches(context, walk.job.own)
        else:
            await cut_off(context)
        await serve_page(context, walk.job.url, given)
    return context


async def _new_page(walk: Walk, context: BrowserContext) -> Page:
    page = await context.new_page()
    await walk.recorder.watch(page)
    page.on("popup", _close)
    return page


async def _close(page: Page) -> None:
    """Close a page, or abandon it if it hangs; the whole browser ends with the visit."""
    with contextlib.suppress(Error, TimeoutError):
        async with asyncio.timeout(CLOSE_SECONDS):
            await page.close()


async def _take_screenshot(walk: Walk, page: Page, record: PageRecord, *, is_after_choice: bool = False) -> None:
    if walk.job.screenshots is None:
        return
    visit = walk.visit
    name = picture_name(visit.state, visit.region, len(visit.pages), is_after_choice)
    with contextlib.suppress(Error):
        await page.screenshot(
            path=Path(walk.job.screenshots) / name,
            type="jpeg",
            quality=60,
            timeout=SHOT_MILLISECONDS,
            animations="disabled",
        )
        record.screenshots.append(name)


async def _cookies(context: BrowserContext) -> list[CookieResult]:
    """Return the profile's cookies without values; `lifetime_s` is the remaining time, or None for a session cookie."""
    now = time.time()
    cookies: list[CookieResult] = []
    for cookie in await context.cookies():
        expires = float(cookie.get("expires", -1))
        lifetime = None if expires < 0 else max(0, round(expires - now))
        cookies.append(
            {
                "name": clean(cookie.get("name")),
                "domain": clean(cookie.get("domain")),
                "path": clean(cookie.get("path")),
                "httpOnly": bool(cookie.get("httpOnly")),
                "secure": bool(cookie.get("secure")),
                "sameSite": cookie.get("sameSite", "Lax"),
                "lifetime_s": lifetime,
                "partitioned": bool(cookie.get("partitionKey")),
            }
        )
    return cookies


@contextlib.asynccontextmanager
async def small_proxy(job: Job, resolve: Resolver) -> AsyncIterator[str]:
    """Run a proxy for files that a scan reads in addition to pages, and yield its URL."""
    async with FilteringProxy(AllowList(job.allow), resolve).running() as address:
        yield address


def site_of(url: str) -> str:
    """Return the host of a page."""
    return (urlsplit(url).hostname or "").lower()
