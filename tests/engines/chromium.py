"""Chromium, driven by Playwright."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Error

from tests.banner.service import with_real_focus
from tests.chromium import find_chromium, running_browser
from tests.engines.engine import Gone, trusting_home


class Chromium:
    name = "chromium"

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self.page = browser.new_context().new_page()

    def forget(self) -> None:
        self.page.context.close()
        self.page = self.browser.new_context().new_page()

    def visit(self, url: str) -> None:
        self.page.goto(url)

    def evaluate(self, expression: str) -> Any:
        try:
            return self.page.evaluate(expression)
        except Error as gone:
            raise Gone(gone.message) from None

    def click(self, x: float, y: float) -> None:
        self.page.mouse.click(x, y)

    def press(self, key: str) -> None:
        self.page.keyboard.press(key)

    def open_tab(self) -> None:
        with_real_focus(self.page)
        self.page = self.page.context.new_page()

    def switch_tab(self, number: int) -> None:
        self.page = self.page.context.pages[number]
        self.page.bring_to_front()


@contextmanager
def chromium(authority: Path | None) -> Iterator[Chromium]:
    """Run Chromium until the block ends."""
    with trusting_home(authority) as home, running_browser(find_chromium(), {"HOME": str(home)}) as browser:
        yield Chromium(browser)
