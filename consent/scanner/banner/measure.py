"""Measure a visible banner: the prominence of its two answers at several window sizes, and its second layer."""

import asyncio
from contextlib import suppress
from typing import Any

from playwright.async_api import ElementHandle, Error, Page

from consent.scanner.banner.controls import find, press
from consent.scanner.browser.page_files import page_function, side_words
from consent.scanner.browser.safe_text import clean, clean_url, cleaned_value
from consent.scanner.model.scan_result import Listed, PageJson, ReopenControl, SecondLayer

SIZES = ((360, 640), (1280, 800), (320, 640))
"""A phone, a desktop, and the narrowest width a page must support (WCAG 2.2, 1.4.10)."""
MEASURE_SECONDS = 20.0
SETTLE_SECONDS = 0.3
MAX_LISTED = 200_000
MAX_WORDS = 5000
MAX_LINKS = 300
MAX_READS, READ_AGAIN_SECONDS = 5, 1.5
MAX_STEPS = 1
"""Maximum distance of the two answers in the tab order."""


async def measure_banner(page: Page) -> PageJson:
    """Return measurements of the first layer, as far as they completed in time; empty without a prompt."""
    facts: PageJson = {}
    with suppress(Error, TimeoutError):
        async with asyncio.timeout(MEASURE_SECONDS):
            await _first_layer(page, facts)
    with suppress(Error):
        await page.set_viewport_size({"width": 1280, "height": 800})
    return facts


async def measure_second_layer(page: Page) -> SecondLayer:
    """Open the second layer, return its switches, and close it with Escape."""
    facts: SecondLayer = {}
    with suppress(Error, TimeoutError):
        async with asyncio.timeout(MEASURE_SECONDS):
            settings = await find(page, "settings") or await find(page, "back")
            if settings and await press(page, settings[0]):
                await asyncio.sleep(SETTLE_SECONDS)
                facts["switches"] = await read_switches(page)
                facts["listed"] = await _read_list(page)
                await page.keyboard.press("Escape")
                await asyncio.sleep(SETTLE_SECONDS)
    return facts


async def read_switches(page: Page) -> Any:
    """Return the visible switches, each with `label`, `on`, and `moves`, whether a visitor can move it."""
    return cleaned_value(await page.evaluate(page_function("switches.js"), {"said": side_words()}))


async def _read_list(page: Page) -> Listed:
    """Return what the second layer lists once it stops growing, since it may fetch its content when opened."""
    listed = _listed(await page.evaluate(page_function("listed.js")))
    for _ in range(MAX_READS):
        await asyncio.sleep(READ_AGAIN_SECONDS)
        before, listed = listed, _listed(await page.evaluate(page_function("listed.js")))
        if listed == before:
            break
    return listed


def _listed(measured: Any) -> Listed:
    """Return the text of a second layer and the targets of its links."""
    links = measured.get("links")
    addresses = [clean_url(str(link)) for link in links[:MAX_LINKS]] if isinstance(links, list) else []
    return {"text": clean(measured.get("text", ""), MAX_LISTED), "links": addresses}


async def find_reopen_control(page: Page) -> ReopenControl:
    """Return whether the page has a permanent control to reopen the choice, and whether the keyboard can reach it."""
    facts: ReopenControl = {"found": False}
    with suppress(Error, TimeoutError):
        async with asyncio.timeout(MEASURE_SECONDS):
            if back := await find(page, "back"):
                facts = {"found": True, "by_keyboard": bool(await back[0].evaluate(IS_FOCUSABLE))}
    return facts


IS_FOCUSABLE = "(e) => { e.focus(); return e.tabIndex >= 0 && e.matches(':focus'); }"


async def _first_layer(page: Page, facts: PageJson) -> None:
    for width, height in SIZES:
        await page.set_viewport_size({"width": width, "height": height})
        await asyncio.sleep(SETTLE_SECONDS)
        for kind in ("accept", "reject", "settings"):
            if found := await find(page, kind):
                facts[f"{kind} {width}"] = _measured(await found[0].evaluate(page_function("measure.js")))
                facts[f"{kind} how"] = found[1]
    await page.set_viewport_size({"width": SIZES[1][0], "height": SIZES[1][1]})
    accept, reject = await find(page, "accept"), await find(page, "reject")
    if accept and reject:
        facts["steps"] = await _tab_distance(page, accept[0], reject[0])


def _measured(measured: Any) -> PageJson:
    """Return the measurements of a control; the banner's text may be longer than other text."""
    facts: PageJson = cleaned_value(measured)
    return facts | {name: clean(measured.get(name, ""), MAX_WORDS) for name in ("notice_words", "words_before")}


async def _tab_distance(page: Page, one: ElementHandle, other: ElementHandle) -> int | None:
    """Return how many presses of Tab lead from `one` to `other`, in either direction, or None if more than five."""
    for key in ("Tab", "Shift+Tab"):
        await one.focus()
        for step in range(1, 6):
            await page.keyboard.press(key)
            if await other.evaluate("(e) => e.matches(':focus')"):
                return step
    return None
