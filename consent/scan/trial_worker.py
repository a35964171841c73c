"""The process of a trial: pages come in as JSON, and a sentence for each fault goes out."""

import asyncio
import json
import sys
from typing import Any

from playwright.async_api import Browser, Error, Route, async_playwright

from consent.scan.browser import running

ADDRESS = "http://trial.invalid/"
NOBODY = "http://127.0.0.1:9"
"""The way out: the port that discards (RFC 863), which nobody listens on."""
STARTS_MS = 10_000
"""Long, since a machine that is busy would else keep a good draft from being published."""
BANNER = "[role=region][data-position]"


async def trial(pages: list[dict[str, Any]]) -> list[str]:
    """Return what is wrong with the first of `pages` on which anything is, drawn one after the other."""
    async with async_playwright() as playwright, running(playwright, NOBODY, None) as browser:
        for page in pages:
            # The first that fails is enough: to wait for each takes longer than a trial has, and then nothing is told.
            if found := await _faults(browser, page):
                return found
    return []


async def _faults(browser: Browser, given: dict[str, Any]) -> list[str]:
    async def answer(route: Route) -> None:
        headers = {"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": given["policy"]}
        await route.fulfill(body=given["page"], headers=headers)

    page, thrown = await browser.new_page(), list[str]()
    page.on("pageerror", lambda error: thrown.append(f"{given['name']}: {str(error)[:200]}"))
    await page.route(ADDRESS, answer)
    try:
        await page.add_init_script("addEventListener('error', () => { window.threw = true })")
        await page.goto(ADDRESS)
        await page.wait_for_function("() => window.consent || window.threw", timeout=STARTS_MS)
        if given["asks"] and not thrown:
            await page.locator(BANNER).wait_for(timeout=STARTS_MS)
    except Error:
        thrown.append(f"{given['name']}: the banner did not appear")
    await page.close()
    return thrown


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(trial(json.load(sys.stdin)))))
