"""Subprocess of the browser check of banners: reads pages as JSON from standard input, writes error sentences."""

import asyncio
import json
import sys
from typing import TypedDict

from playwright.async_api import Browser, Error, Route, async_playwright

from consent.scanner.browser.chromium import find_shell, running
from consent.scanner.browser.sandbox import launch_problem
from consent.scanner.own_layer import check_layer

ADDRESS = "http://check.invalid/"
NOBODY = "http://127.0.0.1:9"
"""The proxy address: the discard port (RFC 863), on which nothing listens."""
STARTS_MILLISECONDS = 10_000
"""Generous, so that a busy machine doesn't keep a valid draft from being published."""
BANNER = "[role=region][data-position]"
MAX_PAGES_AT_ONCE = 4
"""Pages rendered at once in one browser, since a user waits for all of them."""


class BannerPage(TypedDict):
    """A page to render: who it is for, its HTML, its policy header, and whether it has a banner."""

    name: str
    page: str
    policy: str
    has_banner: bool


async def check_pages(pages: list[BannerPage]) -> list[str]:
    """Return the errors of the first of `pages` that has any; up to `MAX_PAGES_AT_ONCE` are rendered at once."""
    async with async_playwright() as playwright, running(playwright, NOBODY, find_shell()) as browser:
        for start in range(0, len(pages), MAX_PAGES_AT_ONCE):
            some = pages[start : start + MAX_PAGES_AT_ONCE]
            results = await asyncio.gather(*(_page_errors(browser, page) for page in some))
            # One failure is enough; waiting for all of them could exceed the time limit, and nothing would be reported.
            if errors := next(filter(None, results), None):
                return errors
    return []


async def _page_errors(browser: Browser, banner_page: BannerPage) -> list[str]:
    async def answer(route: Route) -> None:
        headers = {"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": banner_page["policy"]}
        await route.fulfill(body=banner_page["page"], headers=headers)

    page, thrown = await browser.new_page(), list[str]()
    page.on("pageerror", lambda error: thrown.append(f"{banner_page['name']}: {str(error)[:200]}"))
    await page.route(ADDRESS, answer)
    try:
        await page.add_init_script("addEventListener('error', () => { window.threw = true })")
        await page.goto(ADDRESS)
        await page.wait_for_function("() => window.consent || window.threw", timeout=STARTS_MILLISECONDS)
        if banner_page["has_banner"] and not thrown:
            await page.locator(BANNER).wait_for(timeout=STARTS_MILLISECONDS)
    except Error:
        thrown.append(f"{banner_page['name']}: the banner did not appear")
    await page.close()
    return thrown


def main() -> None:
    """Render the pages from standard input, or open the page that draws its own layers.

    Writes the error sentences, or the reason why the browser didn't start.
    """
    given, answer = json.load(sys.stdin), dict[str, object]()
    try:
        answer["faults"] = asyncio.run(check_layer(given) if "url" in given else check_pages(given))
    except Exception as error:
        answer["problem"] = launch_problem(error)
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main()
