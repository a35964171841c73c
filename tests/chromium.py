"""The Chromium of the machine, for tests that look at pages."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome")


class NoChromium(Exception):
    """No browser is here; the message says what to install."""


def find_chromium() -> Path:
    """Return the path of the installed Chromium (or Chrome)."""
    for name in _NAMES:
        if found := shutil.which(name):
            return Path(found)
    raise NoChromium("Chromium is missing: sudo apt-get install --no-install-recommends chromium")


@contextmanager
def running_browser(chromium: Path, changes: dict[str, str] | None = None) -> Iterator[Browser]:
    """Run one headless browser, its environment with `changes`; each test opens a context of its own in it."""
    # Chromium's sandbox refuses to run as root, which is what a container's tests are.
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=arguments, env={**os.environ, **(changes or {})}
        )
        yield browser
        browser.close()
