"""Subprocess of the banner browser check: pages in as JSON on standard input, error sentences out."""

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
"""The way out: the port that discards (RFC 863), which nobody listens on."""
STARTS_MILLISECONDS = 10_000
"""Long, since a machine that is busy would else keep a good draft from being published."""
BANNER = "[role=region][data-position]"
MAX_PAGES_AT_ONCE = 4
"""Drawn in one browser: whoever publishes waits for all of them."""


class BannerPage(TypedDict):
    """A page to draw: whom it is for, HTML, the policy that it is sent with, and whether its banner asks."""

    name: str
    page: str
    policy: str
    has_banner: bool


async def check_pages(pages: list[BannerPage]) -> list[str]:
    """Return the errors of the first of `pages` that has any, `MAX_PAGES_AT_ONCE` of them drawn at once."""
    async with async_playwright() as playwright, running(playwright, NOBODY, find_shell()) as browser:
        for start in range(0, len(pages), MAX_PAGES_AT_ONCE):
            some = pages[start : start + MAX_PAGES_AT_ONCE]
            results = await asyncio.gather(*(_page_errors(browser, page) for page in some))
            # The first that fails is enough: to wait for each takes longer than the check may, and then nothing is reported.
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
    """Draw the pages on standard input, or open the page that draws its own layers.

    Answer with the sentences, or with the problem of a browser that did not start.
    """
    given, answer = json.load(sys.stdin), dict[str, object]()
    try:
        answer["faults"] = asyncio.run(check_layer(given) if "url" in given else check_pages(given))
    except Exception as error:
        answer["problem"] = launch_problem(error)
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main()
