"""Starts a command of this service beside it: a process of its own, which outlives the request."""

import logging
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping
from typing import IO

log = logging.getLogger(__name__)

TOLD = 400
"""Bytes at the end of what a command said that the log tells where it failed."""


def start_command(settings: Mapping[str, str], *arguments: str, on_end: Callable[[int], None] | None = None) -> None:
    """Run `consent` with `arguments`; what comes of it stands where the command leaves it, and a failure in the log.

    `settings` are the variables of the service's own: its environment has them no longer. `on_end` hears its exit code,
    unless the service ends before it.
    """
    # A file, not a pipe: the command goes on when the service ends.
    said = tempfile.TemporaryFile()  # noqa: SIM115 - the thread closes it
    process = subprocess.Popen(
        [sys.executable, "-m", "consent.cli", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=said,
        start_new_session=True,
        env={**os.environ, **settings},
    )
    # Somebody has to hear of its end, else it stays as a zombie.
    threading.Thread(target=_hear, args=(process, said, " ".join(arguments[:2]), on_end), daemon=True).start()


def _hear(process: "subprocess.Popen[bytes]", said: IO[bytes], name: str, on_end: Callable[[int], None] | None) -> None:
    """Wait for the end of a process, and tell the log where it failed."""
    code = process.wait()
    if on_end:
        on_end(code)
    with said:
        if code:
            said.seek(max(said.seek(0, os.SEEK_END) - TOLD, 0))
            last = said.read().decode(errors="replace").strip().rpartition("\n")[2]
            log.warning("consent %s ended with %d: %s", name, code, last)
