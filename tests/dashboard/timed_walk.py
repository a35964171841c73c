"""A walk through the dashboard's pages: steps are timed and printed, and axe can check each page."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Download, Page

from tests.axe import page_problems
from tests.dashboard.strict_page import StrictPage
from tests.walks import Walk as CountedWalk

SIZES: list[Any] = [(1280, "light"), (390, "dark"), (1280, "dark"), (390, "light")]
WIDE_FIRST: list[Any] = [(1280, "light"), pytest.param(390, "dark", marks=pytest.mark.long)]
"""For walks that are the same at each size: only `make test-all` walks the narrow page."""


class Walk(CountedWalk):
    """A walk through the dashboard with timed steps."""

    def __init__(self, view: StrictPage, page: Page) -> None:
        super().__init__(page)
        self.view = view

    @contextmanager
    def step(self, what: str) -> Iterator[None]:
        """Print how long a step takes."""
        begun = time.perf_counter()
        yield
        print(f"{what}: {(time.perf_counter() - begun) * 1000:.0f} ms")  # noqa: T201 - the times are what is asked for

    def download(self, act: Callable[[], Any]) -> Path:
        """Do something that downloads a file, and return the file's path."""
        with self.page.expect_download() as waited:
            act()
        found: Download = waited.value
        return Path(found.path())

    def look(self) -> None:
        """Fail if axe finds a problem or something is wider than the window. The page keeps its own policy."""
        assert page_problems(self.page) == []
