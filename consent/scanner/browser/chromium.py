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
    # Whatever could leave the machine beside the proxy.
    "--disable-quic",
    # The one switch is of Chromium, the other of its shell without windows; each takes the other's for nothing.
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--dns-prefetch-disable",
    "--no-pings",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-domain-reliability",
    # What Chromium asks its maker for leads to a name that nobody has (RFC 6761, 6.4), and the proxy drops it.
    *(f"--{name}={MAKER}" for name in ("gaia-url", "google-apis-url", "google-url", "lso-url")),
    f"--component-updater=url-source={MAKER}",
    f"--autofill-server-url={MAKER}",
    # Consent tools that hide their banner from robots know one by navigator.webdriver.
    "--disable-blink-features=AutomationControlled",
    # One process a tab, so that the requests of all its frames are seen with those who caused them.
    "--disable-site-isolation-trials",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)

SETTINGS = {"profile": {"cookie_controls_mode": 0}}
"""What a visit may keep is what a visitor's browser keeps: a window without a past leaves out third parties else."""


def find_chromium() -> Path | None:
    """Return the path of the machine's Chromium or Chrome; None where there is none."""
    return next((Path(executable) for name in NAMES if (executable := shutil.which(name))), None)


def find_shell() -> str | None:
    """Return the path of Chromium without windows, which starts in half the time; None where it is not installed."""
    return shutil.which(SHELL)


@contextlib.asynccontextmanager
async def running(playwright: Playwright, proxy: str, program: str | None) -> AsyncIterator[Browser]:
    """Yield a headless Chromium whose only way out is `proxy`: that of the machine, else Playwright's own.

    It has ended afterwards: killed, where a page keeps it from closing.
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
