"""Starts a command of this service beside it: a process of its own, which outlives the request."""

import os
import subprocess
import sys
import threading
from collections.abc import Mapping


def start_command(settings: Mapping[str, str], *arguments: str) -> None:
    """Run `consent` with `arguments`; what comes of it stands where the command leaves it.

    `settings` are the variables of the service's own: its environment has them no longer.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", "consent.cli", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        env={**os.environ, **settings},
    )
    # Somebody has to hear of its end, else it stays as a zombie.
    threading.Thread(target=process.wait, daemon=True).start()
