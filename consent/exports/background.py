"""Starts the writing of an export beside the service: a process of its own, so that no visitor waits for it."""

import os
import subprocess
import sys
import threading
from collections.abc import Mapping


def start_in_background(settings: Mapping[str, str], site: str, job_id: str) -> None:
    """Run `consent receipts resume SITE ID`; how far it comes stands in the folder of the export.

    `settings` are the variables of the service's own: its environment has them no longer.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", "consent.cli", "receipts", "resume", site, job_id],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        env={**os.environ, **settings},
    )
    # Somebody has to hear of its end, else it stays as a zombie.
    threading.Thread(target=process.wait, daemon=True).start()
