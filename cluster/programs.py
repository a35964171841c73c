"""Debian programs as processes of a machine: find, start, stop, or kill by process id."""

import contextlib
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

from bench.processes import ROOT
from bench.processes import tree as descendants
from cluster.machines import Machine

PACKAGES = {
    "etcd": "etcd-server",
    "patroni": "patroni",
    "haproxy": "haproxy",
    "pgbouncer": "pgbouncer",
    "ip": "iproute2",
    "setpriv": "util-linux",
}
STOP_S = 60


class Missing(Exception):
    """Raised if a program isn't installed; the message says what to install."""


def find(program: str) -> str:
    """Return the path of a program. Raises Missing."""
    found = shutil.which(program) or shutil.which(program, path="/usr/sbin:/usr/local/sbin:/sbin")
    if not found:
        package = PACKAGES.get(program, program)
        raise Missing(f"{program} is missing: sudo apt-get install --no-install-recommends {package}")
    return found


def postgres_programs() -> Path:
    """Return the folder of the newest PostgreSQL programs installed by Debian, 17 or later. Raises Missing."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: float(path.parts[-3]))
    if not found or float(found[-1].parts[-3]) < 17:
        raise Missing("PostgreSQL 17 is missing: sudo apt-get install --no-install-recommends postgresql-17")
    return found[-1].parent


def unprivileged() -> str:
    """Return the user for programs that refuse to run as root: Debian's postgres, or "" if this isn't root."""
    return "postgres" if os.geteuid() == 0 else ""


class Program:
    """A restartable process. `as_user` is for programs that refuse to run as root; output is appended to `log`."""

    def __init__(
        self,
        machine: Machine,
        name: str,
        command: list[str],
        log: Path,
        environ: Mapping[str, str] | None = None,
        *,
        as_user: str = "",
        folder: Path = Path("/"),
    ) -> None:
        self.machine, self.name, self.log = machine, name, log
        self.environ, self._folder = dict(environ or {}), folder
        # If the process that started the cluster is killed, this one is terminated too.
        words = ["setpriv", "--pdeathsig", "TERM"]
        if as_user:
            words += ["--reuid", as_user, "--regid", as_user, "--clear-groups"]
        self._command = [*machine.enter, *words, *command]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the process without waiting for it."""
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        environ = kept | {"PYTHONPATH": str(ROOT)} | self.environ
        with self.log.open("ab") as output:
            # Its own session: Ctrl-C in a terminal only reaches the process that started the cluster, which then stops
            # all.
            self._process = subprocess.Popen(
                self._command,
                env=environ,
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """Return the id of the process that was started last."""
        assert self._process
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Return whether the process is running."""
        return self._process is not None and self._process.poll() is None

    def tell_to_stop(self) -> None:
        """Send SIGTERM."""
        if self._process and self.is_running:
            self._process.terminate()

    def stop(self) -> None:
        """Terminate the process, or kill it if it doesn't stop in time."""
        self.tell_to_stop()
        if self._process:
            try:
                self._process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                self.kill()

    def wait(self) -> int:
        """Wait for a process that exits on its own, and return its exit code."""
        assert self._process
        return self._process.wait()

    def kill(self) -> None:
        """Kill the process and all its descendants at once, as a power cut does."""
        if self._process and self.is_running:
            for pid in descendants(self.pid):
                kill(pid)
            self._process.wait(STOP_S)

    def last_words(self, lines: int = 15) -> str:
        """Return the end of its output."""
        text = self.log.read_text("utf-8", "replace") if self.log.exists() else ""
        return "\n".join(text.splitlines()[-lines:])


def kill(pid: int) -> None:
    """Send SIGKILL to a process that may already be gone."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def tree_of_file(pid_file: Path) -> Iterator[int]:
    """Yield the ids of the process named in the first line of a pid file, and of its descendants."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        yield from descendants(int(pid_file.read_text().split()[0]))
