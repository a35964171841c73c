"""Puts the temporary files of short tests in memory: creating a database writes a thousand files, slow on a disk."""

import os
import shutil
import tempfile
from pathlib import Path

MEMORY = Path("/dev/shm")
ROOM = 4 << 30
"""Free bytes required in `MEMORY`: containers often have only 64 MB there."""


def use_memory() -> None:
    """Create temporary folders in memory from now on, in child processes too, unless TMPDIR is set."""
    if "TMPDIR" in os.environ or not os.access(MEMORY, os.W_OK) or shutil.disk_usage(MEMORY).free < ROOM:
        return
    os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)
