"""Server subprocesses: start, wait until ready, measure memory and CPU, stop by process id."""

import contextlib
import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
START_S = 60
STOP_S = 30
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Server:
    """A server on 127.0.0.1; `pid` is the process that supervises the workers."""

    pid: int
    port: int

    def cpu_s(self) -> float:
        """Return the CPU seconds that its processes have used since they started."""
        return sum(_cpu_s(pid) for pid in tree(self.pid))

    def pss_mb(self) -> dict[int, float]:
        """Return the proportional set size of each of its processes, in MB of 10^6 bytes."""
        return {pid: _pss_kb(pid) * 1024 / 1e6 for pid in tree(self.pid)}


@contextlib.contextmanager
def running(arguments: list[str], port: int, path: str, environ: Mapping[str, str]) -> Iterator[Server]:
    """Run `python ARGUMENTS` until the block ends; yield once `path` responds."""
    # Pass as few variables as systemd does: granian copies all of them into each request.
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    process = subprocess.Popen([sys.executable, *arguments], cwd=ROOT, env=kept | dict(environ))
    try:
        _wait_until_ready(process, port, path)
        yield Server(process.pid, port)
    finally:
        process.terminate()
        process.wait(STOP_S)


def free_port() -> int:
    """Return a port that is not in use."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def tree(pid: int) -> list[int]:
    """Return the ids of a process and all its descendants."""
    children = [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return [pid, *(found for child in children for found in tree(child))]


def _wait_until_ready(process: subprocess.Popen[bytes], port: int, path: str) -> None:
    until = time.monotonic() + START_S
    while time.monotonic() < until:
        if process.poll() is not None:
            raise RuntimeError(f"{process.args!r} ended with {process.returncode}")
        with contextlib.suppress(OSError):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", path)
            if connection.getresponse().status < 500:
                return
        time.sleep(0.1)
    raise RuntimeError(f"{process.args!r} did not answer in {START_S} s")


def _cpu_s(pid: int) -> float:
    # The name in parentheses may contain spaces; utime and stime are fields 14 and 15 (proc_pid_stat(5)).
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _pss_kb(pid: int) -> int:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
