"""A private PostgreSQL server for tests, from Debian's binaries, and databases in it."""

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

from tests.polling import wait_for

_numbers = count(1)


class NoPostgres(Exception):
    """Raised when the server binaries aren't installed; the message says what to install."""


def find_binaries() -> Path:
    """Return the folder of `initdb` and `postgres`: the newest version from Debian's packages, else the one in PATH."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    if debian:
        return debian[-1].parent
    if (initdb := shutil.which("initdb")) and shutil.which("postgres"):
        return Path(initdb).parent
    raise NoPostgres("PostgreSQL is missing: sudo apt-get install --no-install-recommends postgresql")


@contextmanager
def running_postgres(*, fsync: bool = True) -> Iterator[str]:
    """Run a server with an empty cluster, durable as in production; yield the SQLAlchemy URL of `postgres`.

    Without `fsync` the data survives a crash of the server but not of the machine, which is enough for tests that don't
    cut the power. The server listens only on a Unix socket in a folder that no other user can enter, so it needs no
    port.
    """
    with empty_cluster() as folder, started(find_binaries(), folder, fsync=fsync):
        yield server_url(folder)


@contextmanager
def empty_cluster() -> Iterator[Path]:
    """Create an empty cluster without starting a server; yield its folder and remove it afterwards."""
    # Not pytest's tmp_path: a socket path can have at most 107 bytes.
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    try:
        create_cluster(find_binaries(), folder)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def server_url(folder: Path) -> str:
    """Return the SQLAlchemy URL of `postgres` on a cluster's server."""
    return f"postgresql+psycopg://{superuser()}@/postgres?host={folder}"


@contextmanager
def new_database(server_url: str, template: str = "template1") -> Iterator[str]:
    """Create a database from `template` on the server at that URL; yield its SQLAlchemy URL and drop it afterwards."""
    name = f"test_{os.getpid()}_{next(_numbers)}"
    # The default strategy copies through the write-ahead log and takes twice as long.
    _execute(server_url, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
    try:
        yield server_url.replace("/postgres?", f"/{name}?")
    finally:
        _execute(server_url, f"DROP DATABASE {name} WITH (FORCE)")


def name_of(url: str) -> str:
    """Return the database name in a URL."""
    return url.partition("?")[0].rpartition("/")[2]


def libpq_url(sqlalchemy_url: str) -> str:
    """Return the URL in the form that psycopg, psql and pg_dump accept."""
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
    """Run a cluster's server until the block ends, with `changes` to its settings."""
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
        # SIGINT ends all sessions and shuts down cleanly. SIGTERM would wait for clients to disconnect.
        server.send_signal(signal.SIGINT)
        server.wait(timeout=60)


def kill_cluster(folder: Path) -> None:
    """Kill all processes of a cluster's server at once, and wait until they are gone."""
    first = int((folder / "data" / "postmaster.pid").read_text().split()[0])
    os.kill(first, signal.SIGSTOP)  # from now on, it forks no more backends that would outlive it
    pids = [first, *map(int, Path(f"/proc/{first}/task/{first}/children").read_text().split())]
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    wait_for(lambda: not any(_is_running(pid) for pid in pids))


def _is_running(pid: int) -> bool:
    """Return whether the process exists and hasn't ended: one that nobody has waited for counts as ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


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
    """Return a command prefix that drops root, which PostgreSQL refuses, and stops the server if the tests die."""
    words = ["setpriv", "--pdeathsig", "INT"]
    if os.geteuid() == 0:
        words += ["--reuid", "postgres", "--regid", "postgres", "--clear-groups"]
    return words


def _execute(server_url: str, statement: str) -> None:
    with psycopg.connect(libpq_url(server_url), autocommit=True) as connection:
        connection.execute(statement.encode())
