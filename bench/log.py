"""Benchmark the consent log and large exports, with one line per target: `python -m bench.log`."""

import argparse
import contextlib
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from statistics import median

from bench import audit, dashboard, growth, months, statistics
from bench.exports import check_export, run_export
from bench.filler import multiply
from bench.load import KEY, Call, run_load
from bench.processes import Server, free_port, running
from bench.report import line
from bench.site import RECEIPTS, choice_body, environment, make_site, page_headers
from consent.config import Settings, load_settings
from consent.demo.past import fill_past, sequence_past
from consent.demo.past_choices import Drawing, last_two_years
from consent.demo.ports import Ports
from consent.process.progress import progress
from consent.signing.keys import load_keys
from consent.storage.database.engine import make_engine
from consent.storage.maintenance.migrate import upgrade
from tests.postgres import NoPostgres, new_database, running_postgres

MANY, MOST = 100_000, 1_000_000
LEAST_RATIO = 0.9
SEQUENCED_S, VERIFIED_S, MEMORY_MB = 10.0, 30.0, 200.0
WARM_S = 1.0
LARGE = 10_000_000
GROWN, BESIDE = 5_000_000, 20_000_000
KINDS = ("csv", "jsonl", "iso27560")


def writes(folder: Path, database: str, url: str, rounds: int, seconds: float) -> str:
    """Return a line: receipts per second with the sequencer against without, alternating."""
    with contextlib.ExitStack() as stack:
        on, off = (
            stack.enter_context(_service(folder / f"{database}-{target.partition('.')[0]}", found, target))
            for target, found in zip(
                ("consent.app:create_asgi", "bench.unsequenced:create"), _two_databases(stack, url), strict=True
            )
        )
        calls = {
            server.port: Call(RECEIPTS, "POST", page_headers(), choice_body(server.port, KEY)) for server in (on, off)
        }
        for server in (on, off):
            run_load(server.port, calls[server.port], WARM_S)
        pairs = [[_rate(server, calls[server.port], seconds) for server in (on, off)] for _ in range(rounds)]
    ratio = median(with_it / without for with_it, without in pairs)
    rates = " against ".join(f"{median(rates):,.0f}" for rates in zip(*pairs, strict=True))
    summary = line(
        f"sequencer on / off, {database}", f"{ratio:.2f} x", f"at least {LEAST_RATIO} x", ratio >= LEAST_RATIO
    )
    return f"{summary}  ({rates} receipts/s)"


def _two_databases(stack: contextlib.ExitStack, url: str) -> list[str]:
    return [stack.enter_context(new_database(url)) if url else "" for _ in range(2)]


@contextlib.contextmanager
def _service(instance: Path, url: str, target: str) -> Iterator[Server]:
    port, environ = free_port(), environment(instance, url)
    make_site(load_settings(environ))
    with running(["-m", "bench.serve", target, str(port), "asginl"], port, "/readyz", environ) as server:
        yield server


def _rate(server: Server, call: Call, seconds: float) -> float:
    load = run_load(server.port, call, seconds)
    if load.failed:
        print(f"Failed: {load.failures}.")
    return load.answers / load.seconds


def sequencing(settings: Settings, database: str, drawing: Drawing) -> str:
    """Fill a database, and return a line: how long the sequencer takes for all of it."""
    settings.instance.mkdir(parents=True, exist_ok=True)
    engine = make_engine(settings.database)
    upgrade(engine)
    began = time.perf_counter()
    fill_past(engine, settings, Ports(), drawing, progress("receipts"))
    filled, cpu = time.perf_counter(), time.process_time()
    sequence_past(engine, settings, progress("leaves"))
    took, cpu = time.perf_counter() - filled, time.process_time() - cpu
    engine.dispose()
    count = drawing.receipts
    aim = SEQUENCED_S * count / MANY
    summary = line(f"{count:,} sequenced, {database}", f"{took:.1f} s", f"at most {aim:g} s", took <= aim)
    return f"{summary}  ({cpu:.1f} s of CPU here; signed and written in {filled - began:.0f} s)"


def verifying(settings: Settings, folder: Path) -> str:
    """Return a line: how long an auditor's check of an export takes."""
    file = folder / "many.jsonl"
    run_export(settings, "jsonl", file)
    ran, sentence = check_export(settings, file)
    is_met = ran.seconds <= VERIFIED_S
    summary = line(f"export of {MANY:,} verified", f"{ran.seconds:.1f} s", f"at most {VERIFIED_S:g} s", is_met)
    return f"{summary}  ({ran.cpu_s:.1f} s of CPU; {sentence})"


def exporting(settings: Settings, folder: Path, kind: str, count: int) -> str:
    """Return a line: the peak memory and the time of an export process."""
    ran = run_export(settings, kind, folder / f"most.{kind}")
    summary = line(
        f"memory, {count:,} as {kind}", f"{ran.peak_mb:.0f} MB", f"under {MEMORY_MB:g} MB", ran.peak_mb < MEMORY_MB
    )
    return f"{summary}  ({ran.seconds:.0f} s, {ran.cpu_s:.0f} s of CPU, {ran.size / 1e6:,.0f} MB)"


def main() -> None:
    """Measure, and print a line for each target."""
    parser = argparse.ArgumentParser(prog="python -m bench.log", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=4.0, help="of load in each round")
    parser.add_argument("--receipts", type=int, default=MOST, help="of the large exports")
    parser.add_argument("--filler", type=int, default=LARGE, help="receipts of the large table on PostgreSQL")
    parser.add_argument("--grown", type=int, default=GROWN, help="receipts of the site that has grown, on PostgreSQL")
    parser.add_argument("--beside", type=int, default=BESIDE, help="filler rows beside them")
    parser.add_argument(
        "--only", default="writes,sequencing,exports,dashboard,months", help="parts; growth is one more"
    )
    given = parser.parse_args()
    parts = given.only.split(",")
    with tempfile.TemporaryDirectory(prefix="bench-") as name, contextlib.ExitStack() as stack:
        folder, postgres = Path(name), ""
        with contextlib.suppress(NoPostgres):
            postgres = stack.enter_context(running_postgres())
        databases = {"sqlite": ""} | ({"postgresql": postgres} if postgres else {})
        if "writes" in parts:
            for database, url in databases.items():
                print(writes(folder, database, url, given.rounds, given.seconds), flush=True)
        if "sequencing" in parts:
            for database, url in databases.items():
                with new_database(url) if url else contextlib.nullcontext("") as found:
                    settings = Settings(instance=folder / f"many-{database}", database_url=found, demo=True)
                    print(sequencing(settings, database, _drawing(MANY)), flush=True)
                    if not url:
                        print(verifying(settings, folder), flush=True)
        if "exports" in parts:
            settings = Settings(instance=folder / "most", demo=True)
            print(sequencing(settings, "sqlite", _drawing(given.receipts)), flush=True)
            for kind in KINDS:
                print(exporting(settings, folder, kind, given.receipts), flush=True)
                for summary in dashboard.export(
                    settings, kind, given.receipts, partial(dashboard.sqlite_dump, settings)
                ):
                    print(summary, flush=True)
        if "dashboard" in parts:
            settings = Settings(instance=folder / "dashboard", demo=True)
            print(sequencing(settings, "sqlite", last_two_years(given.receipts, 1, time.time())), flush=True)
            for summary in dashboard.pages(settings):
                print(summary, flush=True)
            for summary in _trail_and_statistics(settings, "sqlite", given.filler // given.receipts):
                print(summary, flush=True)
        if "months" in parts and postgres:
            with new_database(postgres) as found:
                for summary in months.lines(Settings(instance=folder / "months", database_url=found, demo=True), MANY):
                    print(summary, flush=True)
        if "growth" in parts and postgres:
            for summary in growth.lines(folder, given.grown, given.beside, given.rounds, given.seconds):
                print(summary, flush=True)
        if "dashboard" in parts and postgres:
            with new_database(postgres) as found:
                settings = Settings(instance=folder / "large", database_url=found, demo=True)
                for summary in _on_postgres(settings, given.receipts, given.filler):
                    print(summary, flush=True)


def _on_postgres(settings: Settings, count: int, rows: int) -> Iterator[str]:
    """Yield lines: exports of `count` receipts against COPY, then page queries with `rows` receipts."""
    yield sequencing(settings, "postgresql", _drawing(count))
    for kind in KINDS:
        yield from dashboard.export(settings, kind, count, partial(dashboard.postgres_copy, settings))
    yield from _trail_and_statistics(settings, "postgresql", rows // count)
    engine = make_engine(settings.database)
    multiply(engine, rows)
    yield from dashboard.queries(engine, rows)
    engine.dispose()


def _trail_and_statistics(settings: Settings, database: str, times: int) -> Iterator[str]:
    """Yield lines: times of audit trail searches, and of statistics on the counts of `times` as many receipts."""
    engine = make_engine(settings.database)
    yield from audit.answers(engine, load_keys(settings.instance / "keys"), database)
    statistics.thicken(engine, max(times, 1))
    yield from statistics.answers(engine, database)
    engine.dispose()
    yield from dashboard.numbers(settings, database)


def _drawing(receipts: int) -> Drawing:
    found = last_two_years(receipts, 1, time.time())
    return Drawing(found.seed, found.receipts, found.start, found.end, sites=1)


if __name__ == "__main__":
    main()
