"""Debian's pgbouncer in transaction mode, in front of a test's PostgreSQL."""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
from sqlalchemy import make_url

from tests.postgres import as_user, superuser

CONFIG = """
[databases]
* = host={server} user={user}

[pgbouncer]
unix_socket_dir = {folder}
listen_addr =
auth_type = any
pool_mode = transaction
default_pool_size = 4
max_prepared_statements = 0
logfile = {folder}/pgbouncer.log
"""


class NoPgbouncer(Exception):
    """Raised when pgbouncer isn't installed; the message says what to install."""


@contextlib.contextmanager
def running_pgbouncer(url: str) -> Iterator[str]:
    """Run a pooler in transaction mode; yield the URL that reaches the database of `url` through it."""
    program = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin:/usr/local/sbin")
    if program is None:
        raise NoPgbouncer("pgbouncer is missing: sudo apt-get install --no-install-recommends pgbouncer")
    folder, parsed = Path(tempfile.mkdtemp(prefix="pb-")), make_url(url)
    try:
        config = folder / "pgbouncer.ini"
        config.write_text(CONFIG.format(server=parsed.query["host"], user=superuser(), folder=folder))
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres", "postgres")
            config.chmod(0o644)
        pooler = subprocess.Popen([*as_user(), program, "--quiet", config], cwd="/")
        try:
            pooled = f"postgresql://{superuser()}@/{parsed.database}?host={folder}&port=6432"
            _wait(pooler, pooled)
            yield pooled
        finally:
            # SIGTERM would wait for clients to disconnect.
            pooler.send_signal(signal.SIGQUIT)
            pooler.wait(60)
    finally:
        shutil.rmtree(folder)


def _wait(pooler: subprocess.Popen[bytes], url: str) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        assert pooler.poll() is None
        with contextlib.suppress(psycopg.OperationalError):
            psycopg.connect(url).close()
            return
        time.sleep(0.05)
    raise AssertionError("pgbouncer does not answer")
