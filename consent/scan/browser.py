"""The Chromium that a scan drives."""

import os
import shutil
from pathlib import Path

from playwright.async_api import Browser, Playwright

from consent.scan.proxy import NOWHERE

NAMES = ("chromium", "chromium-browser", "google-chrome")
MAKER = f"https://{NOWHERE}/"
ARGUMENTS = (
    # Whatever could leave the machine beside the proxy.
    "--disable-quic",
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


def find_chromium() -> Path | None:
    """Return the path of the machine's Chromium or Chrome; None where there is none."""
    return next((Path(found) for name in NAMES if (found := shutil.which(name))), None)


async def launch(playwright: Playwright, proxy: str, program: str | None) -> Browser:
    """Start a headless Chromium whose only way out is `proxy`: that of the machine, else Playwright's own."""
    found = program or find_chromium()
    # Chromium's sandbox refuses to run as root.
    root = ("--no-sandbox",) if os.geteuid() == 0 else ()
    return await playwright.chromium.launch(
        executable_path=str(found) if found else None,
        args=[*ARGUMENTS, *root],
        proxy={"server": proxy, "bypass": "<-loopback>"},
        handle_sigint=False,
        handle_sigterm=False,
        handle_sighup=False,
    )
