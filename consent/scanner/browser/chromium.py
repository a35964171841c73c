"""Find and launch headless Chromium with Playwright."""

import asyncio
import contextlib
import json
import os
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import cast

from playwright.async_api import Browser, Error, Playwright

from consent.scanner.browser.egress_proxy import NOWHERE
from consent.scanner.browser.sandbox import sandbox_arguments

CLOSE_SECONDS = 5.0
NAMES = ("chromium", "chromium-browser", "google-chrome")
SHELL = "chromium-headless-shell"
MAKER = f"https://{NOWHERE}/"
ARGUMENTS = (
    # Anything that could bypass the proxy.
    "--disable-quic",
    # One switch is for Chromium, the other for its headless shell; each ignores the other's.
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--dns-prefetch-disable",
    "--no-pings",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-domain-reliability",
    # Send Chromium's own requests to a name that never resolves (RFC 6761, 6.4); the proxy drops them.
    *(f"--{name}={MAKER}" for name in ("gaia-url", "google-apis-url", "google-url", "lso-url")),
    f"--component-updater=url-source={MAKER}",
    f"--autofill-server-url={MAKER}",
    # Some consent tools hide their banner from bots, which they recognize by navigator.webdriver.
    "--disable-blink-features=AutomationControlled",
    # One process per tab, so that the requests of all its frames are recorded with their initiators.
    "--disable-site-isolation-trials",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)

SETTINGS = {"profile": {"cookie_controls_mode": 0}}
"""Allow third-party cookies, as a visitor's browser does; an incognito window would block them."""


def find_chromium() -> Path | None:
    """Return the path of an installed Chromium or Chrome, or None."""
    return next((Path(executable) for name in NAMES if (executable := shutil.which(name))), None)


def find_shell() -> str | None:
    """Return the path of Chromium's headless shell, which starts in half the time, or None."""
    return shutil.which(SHELL)


@contextlib.asynccontextmanager
async def running(playwright: Playwright, proxy: str, program: str | None) -> AsyncIterator[Browser]:
    """Yield a headless Chromium with `proxy` as its only network access: `program`, an installed one, or Playwright's.

    The browser has exited when the context ends; it is killed if a page keeps it from closing.
    """
    with tempfile.TemporaryDirectory(prefix="consent-browser-", ignore_cleanup_errors=True) as folder:
        browser = await _launch(playwright, proxy, program, Path(folder))
        process = await _process(browser)
        try:
            yield browser
        finally:
            try:
                with contextlib.suppress(Error, TimeoutError):
                    async with asyncio.timeout(CLOSE_SECONDS):
                        await browser.close()
            finally:
                if browser.is_connected():
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(process, signal.SIGKILL)


async def _launch(playwright: Playwright, proxy: str, program: str | None, folder: Path) -> Browser:
    settings = folder / "Default" / "Preferences"
    settings.parent.mkdir()
    settings.write_text(json.dumps(SETTINGS), "utf-8")
    path = program or find_chromium()
    context = await playwright.chromium.launch_persistent_context(
        folder,
        executable_path=str(path) if path else None,
        args=[*ARGUMENTS, *sandbox_arguments()],
        proxy={"server": proxy, "bypass": "<-loopback>"},
        handle_sigint=False,
        handle_sigterm=False,
        handle_sighup=False,
    )
    return cast(Browser, context.browser)


async def _process(browser: Browser) -> int:
    session = await browser.new_browser_cdp_session()
    answer = await session.send("SystemInfo.getProcessInfo")
    await session.detach()
    return next(int(one["id"]) for one in answer["processInfo"] if one["type"] == "browser")
