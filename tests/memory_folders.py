"""Has what short tests write lie in memory: a new database is a thousand files, and a disk takes them slowly."""

import os
import shutil
import tempfile
from pathlib import Path

MEMORY = Path("/dev/shm")
ROOM = 4 << 30
"""Bytes that have to be free there: a container often has 64 MB."""


def use_memory() -> None:
    """Make folders of tests there from now on, also those of programs that they start, unless TMPDIR says where."""
    if "TMPDIR" in os.environ or not os.access(MEMORY, os.W_OK) or shutil.disk_usage(MEMORY).free < ROOM:
        return
    os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)
