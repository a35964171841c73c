"""Put load on one server with 64 keep-alive connections, with wrk if installed, else with `client.py`."""

import random
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.client import run_client

CONNECTIONS = 64
KEY = "@KEY@"
_SCRIPT = Path(__file__).with_name("load.lua")
_POOL_SCRIPT = Path(__file__).with_name("pool.lua")


@dataclass(frozen=True, slots=True)
class Call:
    """The request that is repeated; each `@KEY@` in the body is replaced by a new key."""

    path: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""


@dataclass(frozen=True, slots=True)
class Load:
    """Results: responses, seconds, latencies in ms, responses of status 400 and above, broken connections.

    `late` responses took more than two seconds, which wrk leaves out of the latencies.
    """

    answers: int
    seconds: float
    p50_ms: float
    p99_ms: float
    refused: int
    broken: int
    late: int = 0

    @property
    def failed(self) -> int:
        """Return the number of failed requests."""
        return self.refused + self.broken + self.late

    @property
    def failures(self) -> str:
        """Return the numbers of failed requests in words, or an empty string if there are none."""
        kinds = {"refused": self.refused, "broken": self.broken, "later than 2 s": self.late}
        return ", ".join(f"{count} {kind}" for kind, count in kinds.items() if count)


def generator() -> str:
    """Return the name of the load generator."""
    return "wrk" if shutil.which("wrk") else "the client of bench/client.py (wrk is not installed)"


def run_load(port: int, call: Call, seconds: float, rest_ms: float = 0.0) -> Load:
    """Repeat `call` on 64 connections for some seconds; with wrk, each waits `rest_ms` on average before a request."""
    if not shutil.which("wrk"):
        return Load(*run_client(port, call.method, call.path, call.headers, call.body, CONNECTIONS, seconds))
    with tempfile.NamedTemporaryFile("w", suffix=".json") as body:
        body.write(call.body)
        body.flush()
        command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{max(1, round(seconds))}s", "-s", str(_SCRIPT)]
        command += [f"http://127.0.0.1:{port}{call.path}", "--", call.method, body.name if call.body else "-"]
        command += [str(random.randrange(2**31)), f"{rest_ms:.0f}"]  # noqa: S311 - so that no two runs use the same keys
        command += [word for pair in call.headers.items() for word in pair]
        output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return _read(output)


def run_pool(
    port: int, path: str, pool: Path, seconds: float, connections: int = CONNECTIONS, rest_ms: float = 0.0
) -> Load:
    """Make the requests in a file from `write_pool`, otherwise like `run_load`; needs wrk."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s", "-s", str(_POOL_SCRIPT)]
    command += [f"http://127.0.0.1:{port}{path}", "--", str(pool), str(random.randrange(2**31))]  # noqa: S311
    command += [f"{rest_ms:.0f}"]
    return _read(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def write_pool(path: Path, visitors: Sequence[Mapping[str, str]]) -> None:
    """Write the headers of each visitor's request for `run_pool`; `:path` sets the request's own path."""
    lines = ["\t".join(word for pair in headers.items() for word in pair) for headers in visitors]
    path.write_text("\n".join(lines) + "\n", "utf-8")


def _read(output: str) -> Load:
    line = next((line for line in output.splitlines() if line.startswith("RESULT ")), "")
    if not line:
        raise RuntimeError(f"wrk printed no result:\n{output}")
    answers, micros, p50, p99, refused, broken, late = line.split()[1:]
    times = int(micros) / 1e6, float(p50) / 1e3, float(p99) / 1e3
    return Load(int(answers), *times, int(refused), int(broken), int(late))
