"""Run the browser check of a draft's banner in an offline Chromium, to catch JavaScript errors."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from consent.core.documents.json_object import JsonObject
from consent.core.translatable import translatable
from consent.publishing.browser_check import BrowserCheckPage, OwnLayerCheck
from consent.scanner.browser.allow_list import local_hosts
from consent.scanner.process import scrubbed_environment
from consent.scanner.scanner_socket import NoScannerError, connected, socket_path

TOTAL_SECONDS = 30.0
LAYER_SECONDS = 120.0
"""A page of the site is loaded several times, with everything it loads."""


class NoBrowserError(Exception):
    """Raised when no browser started or responded in time; the message says why."""


def try_pages(pages: Sequence[BrowserCheckPage]) -> list[str] | None:
    """Return a sentence for each error of the first of `pages` that has any, or None if no browser started in time."""
    try:
        return _errors_of([page._asdict() for page in pages])
    except NoBrowserError:
        return None


def try_layer(check: OwnLayerCheck, service: str, allow: tuple[str, ...]) -> list[str]:
    """Return a sentence for each rule that the page's layers violate, or for why no browser started in time.

    `allow` are hosts that may have any address; those of the site on this machine are added if `service` is here too.
    """
    allowed = [*allow, *local_hosts(service, check.hosts)]
    visitors = [visitor._asdict() for visitor in check.visitors]
    try:
        return _errors_of({**check._asdict(), "visitors": visitors, "allow": allowed}, LAYER_SECONDS)
    except NoBrowserError as error:
        return [translatable(f"no browser could open the page here: {error}")]


def browser_problem() -> str:
    """Return why no browser starts, or ""."""
    try:
        _errors_of([])
    except NoBrowserError as error:
        return str(error)
    return ""


def _errors_of(given: list[JsonObject] | JsonObject, seconds: float = TOTAL_SECONDS) -> list[str]:
    """Return the errors found in pages or in a page's own layers. Raises NoBrowserError."""
    send = _send_to_socket if socket_path() else _send_to_process
    try:
        answer = json.loads(send(json.dumps(given), seconds))
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        raise NoBrowserError(f"the browser did not answer ({type(error).__name__})") from None
    except NoScannerError as error:
        raise NoBrowserError(str(error)) from None
    if "problem" in answer:
        raise NoBrowserError(answer["problem"])
    errors: list[str] = answer["faults"]
    return errors


def _send_to_socket(given: str, seconds: float) -> str:
    with connected("trial", seconds) as (end, sink, source):
        sink.write(given)
        sink.flush()
        end()
        return source.read()


def _send_to_process(given: str, seconds: float) -> str:
    with tempfile.TemporaryDirectory(prefix="consent-check-", ignore_cleanup_errors=True) as folder:
        return subprocess.run(
            # -P: never import modules from the folder.
            [sys.executable, "-P", "-m", "consent.scanner.banner_check"],
            input=given,
            cwd=folder,
            env=scrubbed_environment(Path(folder)),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            timeout=seconds,
            check=True,
        ).stdout
