"""Benchmark all subjects in alternating rounds (`python -m bench`), so that disturbances affect all of them."""

import argparse
import tempfile
import time
from pathlib import Path

from bench import answer_cost, pools
from bench.load import generator, run_load
from bench.report import Measure, memory, ratios, table
from bench.results import Results
from bench.subjects import Subject, subjects

WARM_S = 1.0
REST_S = 2.0
"""The service has finished its startup work by then, so that its memory is measured at rest."""


def measure(subject: Subject, seconds: float) -> Measure:
    """Put load on one subject, and read its server's CPU time before and after."""
    before = subject.server.cpu_s()
    load = run_load(subject.server.port, subject.call, seconds)
    cpu = subject.server.cpu_s() - before
    per_1000 = cpu / max(load.answers, 1) * 1000
    return Measure(load.answers / load.seconds, load.p50_ms, load.p99_ms, per_1000, load.failed)


def _is_wanted(subject: Subject, letters: str) -> bool:
    return not letters or subject.letter.partition("-")[0] in letters.split(",")


def main() -> None:
    """Measure, and print the results."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=4.0, help="of load on each subject in each round")
    parser.add_argument("--only", default="", help="letters, such as a,c,d")
    parser.add_argument("--pools", action="store_true", help="only the rows of pools of visitors")
    parser.add_argument("--raw", type=Path, help="a JSON file for the raw results of every round")
    given = parser.parse_args()
    print(f"Load: {generator()}, 64 connections, {given.rounds} rounds of {given.seconds:g} s for each.", flush=True)
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, subjects(Path(folder)) as (service, every):
        time.sleep(REST_S)
        pss_mb = service.pss_mb()
        chosen = [] if given.pools else [one for one in every if _is_wanted(one, given.only)]
        for subject in chosen:
            run_load(subject.server.port, subject.call, WARM_S)
        measured: dict[str, list[Measure]] = {subject.letter: [] for subject in chosen}
        for number in range(given.rounds):
            for subject in chosen:
                measured[subject.letter].append(measure(subject, given.seconds))
            print(f"Round {number + 1} of {given.rounds} is done.", flush=True)
        print("One visitor again and again:", table(chosen, measured), "", sep="\n")
        print(ratios(measured), memory(pss_mb), "", sep="\n", flush=True)
        cells: dict[str, pools.Cell] = {}
        costs: list[str] = []
        if not given.only:
            floors = (every[0].server, every[1].server)
            print(f"{pools.VISITORS:,} different visitors:", flush=True)
            cells = pools.measure(Path(folder), floors, given.rounds, given.seconds)
            print(pools.table(cells), "", sep="\n", flush=True)
            print(f"{answer_cost.VISITORS:,} of them in one process:", flush=True)
            costs = answer_cost.rows(Path(folder) / "in-process")
            print(*costs, sep="\n")
    if given.raw:
        load, memory_mb = generator(), list(pss_mb.values())
        Results(load, given.rounds, given.seconds, memory_mb, measured, cells, costs).write(given.raw)
        print(f"Raw results: {given.raw}")


if __name__ == "__main__":
    main()
