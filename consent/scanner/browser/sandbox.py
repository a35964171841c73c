"""Whether Chromium runs with its sandbox: as root it can't, and runs without it only on request."""

import os

from consent.scanner.browser.safe_text import clean

NO_SANDBOX = "CHROMIUM_NO_SANDBOX"
"""Environment variable that disables the sandbox, which Chromium can't start as root."""
AS_ROOT = (
    "Chromium's sandbox does not work as root: scan as another user,"
    f" or turn it off with --no-sandbox or {NO_SANDBOX}=1"
)


class RootError(Exception):
    """Raised when a browser would run as root, without its sandbox."""


def sandbox_arguments() -> tuple[str, ...]:
    """Return the arguments Chromium needs to run as root. Raises RootError unless NO_SANDBOX disables the sandbox."""
    if os.geteuid() != 0:
        return ()
    if os.environ.get(NO_SANDBOX) != "1":
        raise RootError(AS_ROOT)
    return ("--no-sandbox",)


def launch_problem(error: Exception) -> str:
    """Return why no browser started, in words, or else the text of the error."""
    if "Executable doesn't exist" in str(error):
        return "there is no Chromium: `apt-get install chromium`, or `playwright install chromium`"
    if "No usable sandbox" in str(error):
        return "Chromium cannot start its sandbox here: it needs user namespaces, which this system or unit forbids"
    return clean(error)
