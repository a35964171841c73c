"""Start a command of this service as a separate process that outlives the request."""

import logging
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping
from typing import IO

log = logging.getLogger(__name__)

MAX_LOGGED_BYTES = 400
"""Bytes at the end of a failed command's output in which its last line is looked up for the log."""


def start_command(settings: Mapping[str, str], *arguments: str, on_end: Callable[[int], None] | None = None) -> None:
    """Run `consent` with `arguments`; the command stores its own result, and a failure is logged.

    `settings` are the service's own variables, which are no longer in its environment. `on_end` is called with the exit
    code, unless the service ends first.
    """
    # A file, not a pipe: the command continues if the service ends.
    output = tempfile.TemporaryFile()  # noqa: SIM115 - the thread closes it
    process = subprocess.Popen(
        [sys.executable, "-m", "consent.cli", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=output,
        start_new_session=True,
        env={**os.environ, **settings},
    )
    # The process must be waited for, or it stays as a zombie.
    threading.Thread(target=_log_output, args=(process, output, " ".join(arguments[:2]), on_end), daemon=True).start()


def _log_output(
    process: "subprocess.Popen[bytes]", stream: IO[bytes], name: str, on_end: Callable[[int], None] | None
) -> None:
    """Wait for a process to end, and log a failure."""
    code = process.wait()
    if on_end:
        on_end(code)
    with stream:
        if code:
            stream.seek(max(stream.seek(0, os.SEEK_END) - MAX_LOGGED_BYTES, 0))
            last = stream.read().decode(errors="replace").strip().rpartition("\n")[2]
            log.warning("consent %s exited with status %d: %s", name, code, last)
