"""Starts the scan of a site beside the service: a command of its own, which outlives the request."""

import subprocess
import sys
import threading


def start_in_background(key: str, scan_id: int) -> None:
    """Run `consent scan --site KEY` for a scan that was asked for; what comes of it stands in the database."""
    command = [sys.executable, "-m", "consent.cli", "scan", "--site", key, "--number", str(scan_id), "--quiet"]
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    # Somebody has to hear of its end, else it stays as a zombie.
    threading.Thread(target=process.wait, daemon=True).start()
