"""A PostgreSQL server whose data is on its own small file system, which a test can actually fill; needs root."""

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg

from tests.postgres import as_user, create_cluster, find_binaries, started, superuser

SIZE_MB = 512
MB = 1 << 20


class SmallDisk:
    """A server with its data in `folder` that runs until the `on_small_disk` block ends."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._ballast = folder / "data" / "ballast"
        self._running = contextlib.ExitStack()
        self.url = f"postgresql://{superuser()}@/postgres?host={folder}"

    def start(self) -> None:
        """Start the server again, as a supervisor does after it has stopped."""
        self._running.close()
        self._running.enter_context(started(find_binaries(), self._folder))

    def fill(self, left_mb: int) -> None:
        """Fill the disk except for `left_mb` MB."""
        free = shutil.disk_usage(self._ballast.parent).free
        with self._ballast.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, free - left_mb * MB)

    def make_room(self) -> None:
        """Free the space that `fill` took."""
        self._ballast.unlink()

    @property
    def is_up(self) -> bool:
        """Return whether the server accepts connections."""
        with contextlib.suppress(psycopg.OperationalError):
            psycopg.connect(host=str(self._folder), user=superuser(), dbname="postgres").close()
            return True
        return False

    def stop(self) -> None:
        """Stop the server."""
        self._running.close()


@contextlib.contextmanager
def on_small_disk(*, with_log: bool) -> Iterator[SmallDisk]:
    """Run the server until the block ends; `with_log` keeps its write-ahead log on the same file system."""
    # Not pytest's tmp_path: a socket path can have at most 107 bytes.
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    data, log = folder / "data", folder / "wal"
    data.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE_MB}m", "tmpfs", data], check=True)
    disk = SmallDisk(folder)
    try:
        shutil.chown(data, superuser())
        data.chmod(0o700)
        create_cluster(find_binaries(), folder)
        if not with_log:
            log.mkdir()
            shutil.chown(log, superuser())
            subprocess.run([*as_user(), "mv", data / "pg_wal", log], check=True)
            (data / "pg_wal").symlink_to(log / "pg_wal")
        disk.start()
        yield disk
    finally:
        disk.stop()
        subprocess.run(["umount", data], check=True)
        shutil.rmtree(folder, ignore_errors=True)
