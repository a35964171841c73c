"""Measures a banner that is shown: its two answers side by side, in two sizes of window, and its second layer."""

import asyncio
from contextlib import suppress
from typing import Any

from playwright.async_api import ElementHandle, Error, Page

from consent.scan.controls import find, press
from consent.scan.names import clean, clean_url, cleaned_value
from consent.scan.page_files import page_function, side_words

SIZES = ((360, 640), (1280, 800), (320, 640))
"""A telephone, a screen, and the narrowest that a page has to fit (WCAG 2.2, 1.4.10)."""
MEASURE_S = 20.0
SETTLE_S = 0.3
MOST_LISTED = 200_000
MOST_WORDS = 5000
MOST_LINKS = 300
MOST_READS, READ_AGAIN_S = 5, 1.5
MOST_STEPS = 1
"""How far apart in the order of the Tab key the two answers may be."""


async def measure_banner(page: Page) -> dict[str, Any]:
    """Return what is measured of the first layer; empty where no banner asks, and as far as that came in time."""
    facts: dict[str, Any] = {}
    with suppress(Error, TimeoutError):
        async with asyncio.timeout(MEASURE_S):
            await _first_layer(page, facts)
    with suppress(Error):
        await page.set_viewport_size({"width": 1280, "height": 800})
    return facts


async def measure_second_layer(page: Page) -> dict[str, Any]:
    """Open the second layer, return its switches, and leave it by Escape."""
    facts: dict[str, Any] = {}
    with suppress(Error, TimeoutError):
        async with asyncio.timeout(MEASURE_S):
            settings = await find(page, "settings") or await find(page, "back")
            if settings and await press(page, settings[0]):
                await asyncio.sleep(SETTLE_S)
                facts["switches"] = await read_switches(page)
                facts["listed"] = await _read_list(page)
                await page.keyboard.press("Escape")
                await asyncio.sleep(SETTLE_S)
    return facts


async def read_switches(page: Page) -> Any:
    """Return the switches that can be seen, each with `label`, `on` and whether a visitor `moves` it."""
    return cleaned_value(await page.evaluate(page_function("switches.js"), {"said": side_words()}))


async def _read_list(page: Page) -> dict[str, Any]:
    """Return what the second layer lists once it has stopped to grow: it may fetch its facts when it is opened."""
    listed = _listed(await page.evaluate(page_function("listed.js")))
    for _ in range(MOST_READS):
        await asyncio.sleep(READ_AGAIN_S)
        before, listed = listed, _listed(await page.evaluate(page_function("listed.js")))
        if listed == before:
            break
    return listed


def _listed(said: Any) -> dict[str, Any]:
    """Return the text of a second layer, and where its links lead."""
    links = said.get("links")
    addresses = [clean_url(str(link)) for link in links[:MOST_LINKS]] if isinstance(links, list) else []
    return {"text": clean(said.get("text", ""), MOST_LISTED), "links": addresses}


async def reach_back(page: Page) -> dict[str, Any]:
    """Tell whether the page has a permanent way back to the choice, and whether the keyboard reaches it."""
    facts: dict[str, Any] = {"found": False}
    with suppress(Error, TimeoutError):
        async with asyncio.timeout(MEASURE_S):
            if back := await find(page, "back"):
                facts = {"found": True, "by_keyboard": bool(await back[0].evaluate(IS_FOCUSABLE))}
    return facts


IS_FOCUSABLE = "(e) => { e.focus(); return e.tabIndex >= 0 && e.matches(':focus'); }"


async def _first_layer(page: Page, facts: dict[str, Any]) -> None:
    for width, height in SIZES:
        await page.set_viewport_size({"width": width, "height": height})
        await asyncio.sleep(SETTLE_S)
        for kind in ("accept", "reject", "settings"):
            if found := await find(page, kind):
                facts[f"{kind} {width}"] = _measured(await found[0].evaluate(page_function("measure.js")))
                facts[f"{kind} how"] = found[1]
    await page.set_viewport_size({"width": SIZES[1][0], "height": SIZES[1][1]})
    accept, reject = await find(page, "accept"), await find(page, "reject")
    if accept and reject:
        facts["steps"] = await _steps(page, accept[0], reject[0])


def _measured(said: Any) -> dict[str, Any]:
    """Return what was measured of a control; what its banner says is kept at more length than other text."""
    facts: dict[str, Any] = cleaned_value(said)
    return facts | {name: clean(said.get(name, ""), MOST_WORDS) for name in ("notice_words", "words_before")}


async def _steps(page: Page, one: ElementHandle, other: ElementHandle) -> int | None:
    """Return how many presses of Tab lead from `one` to `other`, in either direction; None where more than a few do."""
    for key in ("Tab", "Shift+Tab"):
        await one.focus()
        for step in range(1, 6):
            await page.keyboard.press(key)
            if await other.evaluate("(e) => e.matches(':focus')"):
                return step
    return None
