"""A walk through pages: clicks are counted, steps are timed and printed, and each page can be looked at by axe."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Download, Locator, Page

from tests.dashboard.test_accessibility import AXE, RUN
from tests.dashboard.watched import Watched

WCAG = RUN.replace(', "best-practice"', "")
"""The success criteria alone: a page of others has its own ideas of what is best."""
SIZES: list[Any] = [(1280, "light"), (390, "dark"), (1280, "dark"), (390, "light")]


class Walk:
    """A page on which clicks are counted and steps timed."""

    def __init__(self, view: Watched, page: Page) -> None:
        self.view, self.page, self.clicks = view, page, 0

    def click(self, target: Locator) -> None:
        """Click as a person does, and count it."""
        self.clicks += 1
        target.click()

    @contextmanager
    def step(self, what: str) -> Iterator[None]:
        """Print how long a step takes."""
        begun = time.perf_counter()
        yield
        print(f"{what}: {(time.perf_counter() - begun) * 1000:.0f} ms")  # noqa: T201 - the times are what is asked for

    def download(self, act: Callable[[], Any]) -> Path:
        """Do something that downloads a file, and return it."""
        with self.page.expect_download() as waited:
            act()
        found: Download = waited.value
        return Path(found.path())

    def look(self) -> None:
        """Fail where axe finds a fault, or something is wider than the window. The page keeps its own policy."""
        assert faults_of(self.page) == []


def faults_of(page: Page, rules: str = RUN) -> list[str]:
    """Return what axe finds on the page as it stands, and whether it is wider than the window."""
    page.evaluate(AXE.read_text("utf-8"))
    faults: list[str] = page.evaluate(rules)
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        faults.append("wider than the window")
    return faults
