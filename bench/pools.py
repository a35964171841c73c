"""Benchmark with pools of different visitors, cold and warm, against the baselines: further rows of `make bench`.

Each round restarts the service, so that it is cold, and alternates with both baselines on the same visitors.
"""

import contextlib
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from sqlalchemy import Engine

from bench.load import Load, run_pool, write_pool
from bench.processes import Server, free_port, running
from bench.site import DECISION, HOST, ORIGIN, environment, make_site
from bench.visitors import POOLS, Visitor, pool
from consent.config import load_settings
from consent.demo.site import KEY
from consent.runtime.compiled_config import CompiledConfig
from consent.runtime.live_configs import LiveConfigs
from consent.sites.shipped_rules import load_rules
from consent.storage.database.engine import make_engine

VISITORS = 60_000
SCRIPT = f"/b/{KEY}.js"
_ROW = "{:<9}{:<10}{:<6}{:>9}{:>12}{:>11}{:>9}{:>9}{:>9}{:>8}"
HEAD = _ROW.format("pool", "answer", "", "req/s", "/ bare Flask", "/ bare WSGI", "p50 ms", "p99 ms", "PSS MB", "faults")


@dataclass
class Cell:
    """The measurements of one row: loads, both baselines' requests per second in the same rounds, and memory in MB."""

    loads: list[Load] = field(default_factory=list)
    flask: list[float] = field(default_factory=list)
    wsgi: list[float] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)

    def line(self, *names: str) -> str:
        """Return the row with these names: medians over the rounds, and medians of each round's ratios."""
        rates = [load.answers / load.seconds for load in self.loads]
        flask, wsgi = (
            median(ours / other for ours, other in zip(rates, floor, strict=True)) for floor in (self.flask, self.wsgi)
        )
        p50, p99 = median(load.p50_ms for load in self.loads), median(load.p99_ms for load in self.loads)
        faults = sum(load.failed for load in self.loads)
        numbers = (f"{median(rates):,.0f}", f"{flask:.2f}", f"{wsgi:.2f}", f"{p50:.1f}", f"{p99:.1f}")
        return _ROW.format(*names, *numbers, f"{median(self.memory):.0f}", faults)


def measure(folder: Path, floors: tuple[Server, Server], rounds: int, seconds: float) -> dict[str, Cell]:
    """Return a cell for each pool and kind of response, cold and warm; `floors` are bare Flask and bare WSGI.

    Names are "pool response temperature". Nothing is measured without wrk.
    """
    if not shutil.which("wrk"):
        return {}
    environ = environment(folder / "pools") | {"CONSENT_TRUSTED_PROXIES": "127.0.0.1/32"}
    files = pool_files(folder, environ, POOLS)
    cells: dict[str, Cell] = {}
    for _ in range(rounds):
        for (name, kind), (path, file) in files.items():
            flask, wsgi = (rate_of(run_pool(floor.port, "/constant", file, seconds)) for floor in floors)
            with running_service(environ) as server:
                for temperature in ("cold", "warm"):
                    cell = cells.setdefault(f"{name} {kind} {temperature}", Cell())
                    cell.loads.append(run_pool(server.port, path, file, seconds))
                    cell.flask.append(flask)
                    cell.wsgi.append(wsgi)
                    cell.memory.append(sum(server.pss_mb().values()))
    return cells


def table(cells: Mapping[str, Cell]) -> str:
    """Return a line for each cell."""
    if not cells:
        return "Without wrk there are no rows of pools."
    return "\n".join([HEAD, *(cell.line(*name.split()) for name, cell in cells.items())])


def pool_files(folder: Path, environ: dict[str, str], names: Iterable[str]) -> dict[tuple[str, str], tuple[str, Path]]:
    """Publish the site, and write each pool's requests per kind of response; return path and file by both."""
    files = {}
    config = live_config(environ)
    for name in names:
        visitors = pool(name, config, VISITORS)
        for kind, path in {"decision": DECISION, "script": SCRIPT}.items():
            file = folder / f"{name}-{kind}.txt"
            write_pool(file, [headers_of(visitor, kind) for visitor in visitors])
            files[name, kind] = (path, file)
    return files


def live_config(environ: dict[str, str]) -> CompiledConfig:
    """Create the site in the database of these settings, and return its config."""
    settings = load_settings(environ)
    make_site(settings)
    engine: Engine = make_engine(settings.database)
    live = LiveConfigs(engine, load_rules())
    live.refresh()
    config = live.get(KEY)
    engine.dispose()
    if config is None:
        raise RuntimeError("the site is not live")
    return config


def headers_of(visitor: Visitor, kind: str) -> dict[str, str]:
    """Return the headers of a page's request by `visitor`, for a decision or the script."""
    page = {"Origin": ORIGIN} if kind == "decision" else {"Referer": f"{ORIGIN}/"}
    return {"Host": HOST, **page, **visitor.headers}


@contextlib.contextmanager
def running_service(environ: dict[str, str]) -> Iterator[Server]:
    """Run the service with these settings until the block ends."""
    port = free_port()
    with running(["-m", "consent.cli", "run", "--port", str(port)], port, "/readyz", environ) as server:
        yield server


def rate_of(load: Load) -> float:
    """Return the responses per second."""
    return load.answers / load.seconds
