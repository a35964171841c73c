"""Starts the scanning process without this one's secrets, hears its progress, and returns what it found."""

import contextlib
import importlib.util
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

from consent.scan.job import Job, check_job, to_json

KEPT = ("PATH", "LANG", "LC_ALL", "TZ", "SSL_CERT_FILE", "SSL_CERT_DIR")
"""All that the process is told of this one's environment: no setting of the service, no token, no database."""
MORE_S = 120.0
LOOK_S = 1.0
"""How often is asked whether the scan is still wanted."""
STOP_S = 15.0


class ScanFailed(Exception):
    """There are no findings; the message is a sentence."""


def is_installed() -> bool:
    """Tell whether the extra `scan` is installed here."""
    return importlib.util.find_spec("playwright") is not None


def run_scan(
    job: Job, on_progress: Callable[[dict[str, Any]], None], is_wanted: Callable[[], bool] = lambda: True
) -> dict[str, Any]:
    """Return the findings of `job`, telling `on_progress` of each page, for as long as it `is_wanted`.

    Raises BadJob where it cannot be done, ScanFailed where it came to nothing.
    """
    check_job(job)
    if not is_installed():
        raise ScanFailed("The scanner is not installed: pip install 'consent-tag-server[scan]'.")
    temporary = tempfile.TemporaryDirectory(prefix="consent-scan-", ignore_cleanup_errors=True)
    with temporary as folder, _process(Path(folder)) as (process, sink, source):
        sink.write(to_json(job) + "\n")
        sink.flush()
        over = threading.Event()
        watch = threading.Thread(target=_watch, args=(process, job.total_s + MORE_S, is_wanted, over))
        watch.start()
        try:
            with _ending_in_order():
                return _listen(source, on_progress)
        finally:
            over.set()
            watch.join()


def scrubbed_environment(folder: Path) -> dict[str, str]:
    """Return the environment of the scanning process, at home in `folder`."""
    browsers = os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or str(Path.home() / ".cache" / "ms-playwright")
    own = {"HOME": str(folder), "TMPDIR": str(folder), "PLAYWRIGHT_BROWSERS_PATH": browsers}
    return {name: os.environ[name] for name in KEPT if name in os.environ} | own


def _watch(
    process: "subprocess.Popen[str]", seconds: float, is_wanted: Callable[[], bool], over: threading.Event
) -> None:
    """Tell the process to end once its time is up or nobody wants it any more."""
    until = time.monotonic() + seconds
    while not over.wait(LOOK_S):
        if time.monotonic() > until or not is_wanted():
            process.terminate()
            return


@contextlib.contextmanager
def _ending_in_order() -> Iterator[None]:
    """Let SIGTERM end this process as Ctrl-C does: with its scanning process, whose browser a page may hold."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _listen(lines: IO[str], on_progress: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    for line in lines:
        said = json.loads(line)
        if "progress" in said:
            on_progress(said["progress"])
        elif "result" in said:
            result: dict[str, Any] = said["result"]
            return result
        else:
            raise ScanFailed(said["problem"])
    raise ScanFailed("The scanning process ended without a word.")


@contextlib.contextmanager
def _process(folder: Path) -> Iterator[tuple[subprocess.Popen[str], IO[str], IO[str]]]:
    # -P: what lies in the folder is never imported.
    command = [sys.executable, "-P", "-m", "consent.scan.worker"]
    with subprocess.Popen(
        command,
        cwd=folder,
        env=scrubbed_environment(folder),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdin is not None  # noqa: S101 - it is a pipe
        assert process.stdout is not None  # noqa: S101 - so is it
        try:
            yield process, process.stdin, process.stdout
        finally:
            # Told so, it ends its browser; killed, its browser ends by itself.
            process.terminate()
            try:
                process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()
