"""The Chromium of the machine, for tests that look at pages."""

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
"""What Playwright switches off: a second `--disable-features` is in place of its own."""
_POPUPS = "WebUIOmniboxPopup,WebUIOmniboxAimPopup"
"""Two pages behind the address bar of each window, which nobody sees and which take a third of the time to open one."""


class NoChromium(Exception):
    """No browser is here; the message says what to install."""


def find_chromium() -> Path:
    """Return the path of the installed Chromium (or Chrome)."""
    for name in _NAMES:
        if found := shutil.which(name):
            return Path(found)
    raise NoChromium("Chromium is missing: sudo apt-get install --no-install-recommends chromium")


def find_shell(chromium: Path) -> Path:
    """Return the path of the same Chromium without windows, which takes half the time, or `chromium` where it is not."""
    return Path(shutil.which(_SHELL) or chromium)


class _Shared:
    """The one Playwright of this process: a thread may run no second."""

    def __init__(self) -> None:
        self._users = 0
        self._playwright: Playwright

    @contextmanager
    def running(self) -> Iterator[Playwright]:
        """Run it as long as anybody uses it."""
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
    """Run one headless browser, its environment with `changes`; each test opens a context of its own in it."""
    # Chromium's sandbox refuses to run as root, which is what a container's tests are.
    all_arguments = [*(["--no-sandbox"] if os.geteuid() == 0 else []), *arguments]
    all_arguments.append(f"--disable-features={_PLAYWRIGHTS_OWN},{_POPUPS}")
    with _shared.running() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=all_arguments, env={**os.environ, **(changes or {})}
        )
        yield browser
        browser.close()
