"""A private PostgreSQL server for tests, from the binaries that Debian installs, and databases in it."""

import getpass
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psycopg

_numbers = count(1)


class NoPostgres(Exception):
    """No server binaries are here; the message says what to install."""


def find_binaries() -> Path:
    """Return the folder of `initdb` and `postgres`: the newest version that Debian installed or in PATH."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    if debian:
        return debian[-1].parent
    if (initdb := shutil.which("initdb")) and shutil.which("postgres"):
        return Path(initdb).parent
    raise NoPostgres("PostgreSQL is missing: sudo apt-get install --no-install-recommends postgresql")


@contextmanager
def running_postgres(*, fsync: bool = True) -> Iterator[str]:
    """Run a server with an empty cluster, durable as in production; yield the SQLAlchemy URL of `postgres`.

    Without `fsync` it outlives its own death, and not that of the machine: enough where no test cuts the power.
    It listens on a Unix socket alone, in a folder that no other user can enter: no port can be taken.
    """
    with empty_cluster() as folder, started(find_binaries(), folder, fsync=fsync):
        yield server_url(folder)


@contextmanager
def empty_cluster() -> Iterator[Path]:
    """Make an empty cluster that no server runs yet; yield its folder and remove it afterwards."""
    # Not pytest's tmp_path: the path of a socket has at most 107 bytes.
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    try:
        create_cluster(find_binaries(), folder)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def server_url(folder: Path) -> str:
    """Return the SQLAlchemy URL of `postgres` on the server of a cluster."""
    return f"postgresql+psycopg://{superuser()}@/postgres?host={folder}"


@contextmanager
def new_database(server_url: str, template: str = "template1") -> Iterator[str]:
    """Create a database as `template` is on the server of that URL; yield its SQLAlchemy URL and drop it afterwards."""
    name = f"test_{os.getpid()}_{next(_numbers)}"
    # Through the log, as is usual, a copy takes twice as long.
    _execute(server_url, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
    try:
        yield server_url.replace("/postgres?", f"/{name}?")
    finally:
        _execute(server_url, f"DROP DATABASE {name} WITH (FORCE)")


def name_of(url: str) -> str:
    """Return the name of the database of a URL."""
    return url.partition("?")[0].rpartition("/")[2]


def libpq_url(sqlalchemy_url: str) -> str:
    """Return the URL as psycopg, psql and pg_dump take it."""
    return re.sub(r"^postgresql\+\w+:", "postgresql:", sqlalchemy_url)


def create_cluster(binaries: Path, folder: Path) -> None:
    command = [binaries / "initdb", "-D", folder / "data", "-U", superuser()]
    command += ["-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
    done = subprocess.run([*as_user(), *command], capture_output=True, text=True, cwd="/")
    if done.returncode:
        raise RuntimeError(f"initdb failed: {done.stderr}")


@contextmanager
def started(binaries: Path, folder: Path, *, fsync: bool = True, **changes: str) -> Iterator[None]:
    """Run the server of a cluster until the block ends, with `changes` of its settings."""
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": str(folder),
        "fsync": "on" if fsync else "off",
        "synchronous_commit": "on",
        "timezone": "UTC",
        **changes,
    }
    options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    command = [*as_user(), binaries / "postgres", "-D", folder / "data", *options]
    log = folder / "server.log"
    with log.open("wb") as output:
        server = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd="/")
    try:
        _wait_until_ready(server, folder, log)
        yield
    finally:
        # It ends all sessions, then stops in order. SIGTERM would wait for clients.
        server.send_signal(signal.SIGINT)
        server.wait(timeout=60)


def _wait_until_ready(server: subprocess.Popen[bytes], folder: Path, log: Path) -> None:
    while True:
        try:
            psycopg.connect(host=str(folder), user=superuser(), dbname="postgres").close()
            return
        except psycopg.OperationalError:
            if server.poll() is not None:
                raise RuntimeError(f"PostgreSQL did not start: {log.read_text()}") from None
            time.sleep(0.05)


def superuser() -> str:
    return "postgres" if os.geteuid() == 0 else getpass.getuser()


def as_user() -> list[str]:
    """Return what stands before a command: PostgreSQL refuses root, and may not outlive the tests."""
    words = ["setpriv", "--pdeathsig", "INT"]
    if os.geteuid() == 0:
        words += ["--reuid", "postgres", "--regid", "postgres", "--clear-groups"]
    return words


def _execute(server_url: str, statement: str) -> None:
    with psycopg.connect(libpq_url(server_url), autocommit=True) as connection:
        connection.execute(statement.encode())
