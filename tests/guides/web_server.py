"""Servers for built websites: each runs until its test is over."""

import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

START_S = 180


@contextmanager
def served(command: str, folder: Path, port: int, environ: Mapping[str, str]) -> Iterator[None]:
    """Run `command` in `folder` until the block ends; it already answers on local port `port` when the block starts."""
    log = folder.parent / "served.txt"
    with log.open("w") as output:
        process = subprocess.Popen(
            command.split(), cwd=folder, env={**environ, "PORT": str(port), "HOST": "127.0.0.1"},
            stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True,
        )  # fmt: skip
    try:
        until_it_answers(process, lambda: _answers(port), log)
        yield
    finally:
        # npm and similar programs run the server as a child process.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)


def until_it_answers(process: "subprocess.Popen[bytes]", answers: Callable[[], bool], log: Path) -> None:
    """Wait until `answers` returns true. Raises AssertionError with the content of `log` if `process` has ended."""
    until = time.monotonic() + START_S
    while not answers():
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < until, log.read_text()
        time.sleep(0.1)


def _answers(port: int) -> bool:
    with suppress(urllib.error.URLError, ConnectionError, TimeoutError):
        urllib.request.urlopen(f"http://localhost:{port}/", timeout=30).close()
        return True
    return False
