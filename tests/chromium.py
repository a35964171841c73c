"""Chromium as installed on this machine, for browser tests."""

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Playwright, sync_playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_SHELL = "chromium-headless-shell"
_PLAYWRIGHTS_OWN = (
    "AimEnabled,AvoidCorsURLLoaderRestartOnRedirect,AvoidUnnecessaryBeforeUnloadCheckSync,DestroyProfileOnBrowserClose,"
    "HttpsFirstBalancedModeAutoEnable,HttpsUpgrades,LensOverlay,MediaRouter,NetworkTimeServiceQuerying,OptimizationHints,"
    "PaintHolding,PreconnectToSearch,ThirdPartyStoragePartitioning"
)
"""The features that Playwright disables: a second `--disable-features` would override its own."""
_POPUPS = "WebUIOmniboxPopup,WebUIOmniboxAimPopup"
"""Two pages behind each window's address bar. They are never visible and take a third of the time to open a window."""


class NoChromium(Exception):
    """Raised when no browser is installed; the message says what to install."""


def find_chromium() -> Path:
    """Return the path of the installed Chromium (or Chrome)."""
    for name in _NAMES:
        if found := shutil.which(name):
            return Path(found)
    raise NoChromium("Chromium is missing: sudo apt-get install --no-install-recommends chromium")


def find_shell(chromium: Path) -> Path:
    """Return the path of the headless shell, which takes half the time, or `chromium` if it isn't installed."""
    return Path(shutil.which(_SHELL) or chromium)


class _Shared:
    """The one Playwright instance of this process: a thread can't run two."""

    def __init__(self) -> None:
        self._users = 0
        self._playwright: Playwright

    @contextmanager
    def running(self) -> Iterator[Playwright]:
        """Keep Playwright running while anyone uses it."""
        if self._users == 0:
            self._playwright = sync_playwright().start()
        self._users += 1
        try:
            yield self._playwright
        finally:
            self._users -= 1
            if self._users == 0:
                self._playwright.stop()


_shared = _Shared()


@contextmanager
def running_browser(
    chromium: Path, changes: dict[str, str] | None = None, arguments: Sequence[str] = ()
) -> Iterator[Browser]:
    """Run one headless browser with `changes` to its environment; each test opens its own context in it."""
    # Chromium's sandbox refuses to run as root, and tests in containers run as root.
    all_arguments = [*(["--no-sandbox"] if os.geteuid() == 0 else []), *arguments]
    all_arguments.append(f"--disable-features={_PLAYWRIGHTS_OWN},{_POPUPS}")
    with _shared.running() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=all_arguments, env={**os.environ, **(changes or {})}
        )
        yield browser
        browser.close()
