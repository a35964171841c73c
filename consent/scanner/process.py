"""Run the scanner as a subprocess without this process's secrets, report progress, and return its findings."""

import base64
import contextlib
import importlib.util
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from consent.scanner.browser.sandbox import NO_SANDBOX
from consent.scanner.model.job import Job, check_job, to_json
from consent.scanner.model.scan_result import Progress, ScanResult
from consent.scanner.scanner_socket import NoScannerError, connected, socket_path

PASSED_VARIABLES = ("PATH", "LANG", "LC_ALL", "TZ", "SSL_CERT_FILE", "SSL_CERT_DIR", NO_SANDBOX)
"""The only environment variables passed on: no settings of the service, no token, no database."""
PICTURE = re.compile(r"[a-z]+-[A-Za-z-]+-\d{3}(-chosen)?\.jpg")
MORE_SECONDS = 120.0
POLL_SECONDS = 1.0
"""How often to check whether the scan is still wanted."""
STOP_SECONDS = 15.0
WITHOUT_A_WORD = "The scanning process ended unexpectedly."


class ScanFailedError(Exception):
    """Raised when there are no findings; the message is a sentence."""


def is_installed() -> bool:
    """Return whether the extra `scan` is installed here, or a scanner listens on a socket."""
    return bool(socket_path()) or importlib.util.find_spec("playwright") is not None


def run_scan(
    job: Job, on_progress: Callable[[Progress], None], is_wanted: Callable[[], bool] = lambda: True
) -> ScanResult:
    """Return the findings of `job`, calling `on_progress` for each page, as long as `is_wanted` returns true.

    Raises JobValidationError if it can't be run, and ScanFailedError if it has no result.
    """
    check_job(job)
    if not is_installed():
        raise ScanFailedError("The scanner is not installed: pip install 'consent-tag-server[scan]'.")
    try:
        with _scanner() as (end, sink, source):
            sink.write(to_json(job) + "\n")
            sink.flush()
            over = threading.Event()
            watch = threading.Thread(target=_watch, args=(end, job.total_s + MORE_SECONDS, is_wanted, over))
            watch.start()
            try:
                with _exit_on_sigterm():
                    return _listen(source, on_progress, Path(job.screenshots) if job.screenshots else None)
            finally:
                over.set()
                watch.join()
    except NoScannerError as error:
        raise ScanFailedError(str(error)) from None
    except ConnectionError:
        raise ScanFailedError(WITHOUT_A_WORD) from None


@contextlib.contextmanager
def _scanner() -> Iterator[tuple[Callable[[], None], IO[str], IO[str]]]:
    """Yield a function that ends the scan, the stream for the job, and the stream of findings."""
    if socket_path():
        with connected("scan") as channel:
            yield channel
        return
    temporary = tempfile.TemporaryDirectory(prefix="consent-scan-", ignore_cleanup_errors=True)
    with temporary as folder, _process(Path(folder)) as (process, sink, source):
        yield process.terminate, sink, source


def scrubbed_environment(folder: Path) -> dict[str, str]:
    """Return the environment of the scanning process, with `folder` as its home."""
    browsers = os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or str(Path.home() / ".cache" / "ms-playwright")
    own = {"HOME": str(folder), "TMPDIR": str(folder), "PLAYWRIGHT_BROWSERS_PATH": browsers}
    return {name: os.environ[name] for name in PASSED_VARIABLES if name in os.environ} | own


def _watch(end: Callable[[], None], seconds: float, is_wanted: Callable[[], bool], over: threading.Event) -> None:
    """Call `end` when the time is up or the scan is no longer wanted."""
    until = time.monotonic() + seconds
    while not over.wait(POLL_SECONDS):
        if time.monotonic() > until or not is_wanted():
            end()
            return


@contextlib.contextmanager
def _exit_on_sigterm() -> Iterator[None]:
    """On SIGTERM, exit as on Ctrl-C, so that the scanning process, whose browser may hang, is ended too."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _listen(lines: IO[str], on_progress: Callable[[Progress], None], pictures: Path | None) -> ScanResult:
    """Return the findings; save screenshots received before them to the folder `pictures`."""
    for line in lines:
        message = json.loads(line)
        if "progress" in message:
            on_progress(message["progress"])
        elif "picture" in message:
            if pictures and PICTURE.fullmatch(message["picture"]):
                (pictures / message["picture"]).write_bytes(base64.b64decode(message["body"]))
        elif "result" in message:
            result: ScanResult = message["result"]
            return result
        else:
            raise ScanFailedError(message["problem"])
    raise ScanFailedError(WITHOUT_A_WORD)


@contextlib.contextmanager
def _process(folder: Path) -> Iterator[tuple[subprocess.Popen[str], IO[str], IO[str]]]:
    # -P: never import modules from the folder.
    command = [sys.executable, "-P", "-m", "consent.scanner.worker_main"]
    with subprocess.Popen(
        command,
        cwd=folder,
        env=scrubbed_environment(folder),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdin is not None  # noqa: S101 - a pipe
        assert process.stdout is not None  # noqa: S101 - a pipe
        try:
            yield process, process.stdin, process.stdout
        finally:
            # SIGTERM lets the worker close its browser; after SIGKILL the browser exits on its own.
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
