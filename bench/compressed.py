"""Temporary folder on a compressed btrfs, where available, for rows that a benchmark does not read."""

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def compressed(owner: str) -> Iterator[Path | None]:
    """Yield a folder on its own btrfs in a temporary file until the block ends; None without root or btrfs-progs.

    The file is sparse: it takes only the disk space that is written. `owner` owns the folder and can reach it.
    """
    if os.geteuid() != 0 or not shutil.which("mkfs.btrfs"):
        yield None
        return
    folder = Path(tempfile.mkdtemp(prefix="compressed-"))
    folder.chmod(0o711)
    image, mount = folder / "image", folder / "mount"
    with image.open("wb") as file:
        file.truncate(shutil.disk_usage(folder).total)
    subprocess.run(["mkfs.btrfs", "-q", image], check=True)
    mount.mkdir()
    subprocess.run(["mount", "-o", "loop,compress=zstd:1,noatime", image, mount], check=True)
    try:
        inner = mount / "tables"
        inner.mkdir()
        shutil.chown(inner, owner, owner)
        yield inner
    finally:
        subprocess.run(["umount", mount], check=True)
        shutil.rmtree(folder)
