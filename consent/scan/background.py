"""Starts the scan of a site beside the service: a command of its own, which outlives the request."""

import os
import subprocess
import sys
import threading
from collections.abc import Mapping


def start_in_background(settings: Mapping[str, str], key: str, scan_id: int) -> None:
    """Run `consent scan --site KEY` for a scan that was asked for; what comes of it stands in the database.

    `settings` are the variables of the service's own: its environment has them no longer.
    """
    command = [sys.executable, "-m", "consent.cli", "scan", "--site", key, "--number", str(scan_id), "--quiet"]
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        env={**os.environ, **settings},
    )
    # Somebody has to hear of its end, else it stays as a zombie.
    threading.Thread(target=process.wait, daemon=True).start()
