"""Run a service at half of its maximum load for as long as wanted: `python -m bench.soak --minutes 120`.

Decisions and scripts of the world pool and choices each run at a sixth of the rate that they reach alone, so that
together they are half. A line is printed each minute; the last one says whether memory stayed flat.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median

from bench.load import CONNECTIONS, Call, Load, run_load, run_pool
from bench.pools import SCRIPT, pool_files, running_service
from bench.processes import Server
from bench.site import DECISION, RECEIPTS, choice_body, environment, page_headers

POOL = "world"
FULL_S, SEGMENT_S, REST_S = 8.0, 60.0, 3.0
SHARE = 1 / 6
"""Of the rate that each kind reaches alone: three of them are half of the load."""
MAX_GROWTH_MB, MAX_GROWTH = 8.0, 0.03
"""How far the median of the last third may be above that of the second, in MB and as a share."""
_ROW = "{:>7}{:>12}{:>10}{:>11}{:>9}{:>9}{:>9}{:>9}{:>8}"
KINDS = ("decisions", "scripts", "choices")
HEAD = _ROW.format("minute", "decisions", "scripts", "choices", "p99 ms", "p99 ms", "p99 ms", "PSS MB", "faults")

Run = Callable[[float, float], Load]
"""Puts load on the service for some seconds, with a rest of some ms before each request."""


def soak(folder: Path, minutes: int) -> bool:
    """Print the results minute by minute; return whether memory stayed flat and nothing failed."""
    environ = environment(folder / "soak") | {"CONSENT_TRUSTED_PROXIES": "127.0.0.1/32"}
    files = pool_files(folder, environ, [POOL])
    with running_service(environ) as server:
        runs = _runs(server, files[POOL, "decision"][1], files[POOL, "script"][1])
        rests = [_rest_ms(run(FULL_S, 0.0)) for run in runs]
        print(
            f"Rests before each request: {', '.join(f'{rest:.1f} ms' for rest in rests)}.", HEAD, sep="\n", flush=True
        )
        weights, faults = [], 0
        for minute in range(1, minutes + 1):
            with ThreadPoolExecutor(len(runs)) as threads:
                loads = list(threads.map(lambda pair: pair[0](SEGMENT_S, pair[1]), zip(runs, rests, strict=True)))
            weights.append(sum(server.pss_mb().values()))
            failed = sum(load.failed for load in loads)
            faults += failed
            rates = (f"{load.answers / load.seconds:,.0f}/s" for load in loads)
            print(
                _ROW.format(minute, *rates, *(f"{one.p99_ms:.1f}" for one in loads), f"{weights[-1]:.0f}", failed),
                flush=True,
            )
            for kind, load in zip(KINDS, loads, strict=True):
                if load.failed:
                    print(f"        {kind}: {load.failures}", flush=True)
    return _verdict(weights, faults)


def _runs(server: Server, decisions: Path, scripts: Path) -> list[Run]:
    call = Call(RECEIPTS, "POST", page_headers(), choice_body(server.port, "@KEY@"))
    return [
        lambda seconds, rest: run_pool(server.port, DECISION, decisions, seconds, rest_ms=rest),
        lambda seconds, rest: run_pool(server.port, SCRIPT, scripts, seconds, rest_ms=rest),
        lambda seconds, rest: run_load(server.port, call, seconds, rest),
    ]


def _rest_ms(full: Load) -> float:
    """Return how long each connection has to rest before a request to make its share of the full rate."""
    time.sleep(REST_S)
    return CONNECTIONS * full.seconds * 1000 / (full.answers * SHARE)


def _verdict(weights: list[float], faults: int) -> bool:
    third = max(len(weights) // 3, 1)
    before, after = median(weights[third : 2 * third] or weights), median(weights[-third:])
    is_flat = after - before <= max(MAX_GROWTH_MB, before * MAX_GROWTH)
    word = "flat" if is_flat else "GROWS"
    print(f"Memory of the second third {before:.0f} MB, of the last {after:.0f}: {word}; {faults} faults.")
    return is_flat and not faults


def main() -> None:
    """Run for the given minutes; the exit code is 1 if memory grew or a request failed."""
    parser = argparse.ArgumentParser(prog="python -m bench.soak", description=__doc__)
    parser.add_argument("--minutes", type=int, default=120)
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        sys.exit(0 if soak(Path(folder), parser.parse_args().minutes) else 1)


if __name__ == "__main__":
    main()
