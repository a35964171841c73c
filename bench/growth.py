"""Benchmark of receipt writes into a table of millions against an empty one, and disk space per receipt."""

import contextlib
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

import psycopg
from sqlalchemy import Engine, text

from bench.beside import add_filler_rows
from bench.compressed import compressed
from bench.filler import multiply
from bench.load import KEY, Call, run_load
from bench.processes import Server, free_port, running
from bench.report import line
from bench.site import RECEIPTS, choice_body, environment, make_site, page_headers
from consent.config import Settings, load_settings
from consent.demo.past import sequence_past
from consent.process.progress import progress
from consent.storage.database.engine import make_engine
from tests.postgres import empty_cluster, find_binaries, libpq_url, server_url, started, superuser

LEAST_RATIO = 0.9
WARM_S = 3.0
WHOLE, WIDE, PACKED = 5_000, 2_600, 1_100
"""Estimated bytes on disk: of a receipt with its copy, and of a final row without and with compression."""
LARGEST_PART = 0.9
"""Largest share of the free disk space to fill."""
FILLING = {
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "full_page_writes": "off",
    "autovacuum": "off",
    "shared_buffers": "2GB",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "30min",
    "maintenance_work_mem": "1GB",
}
"""Server settings for filling tables. The measurement uses PostgreSQL's defaults."""
# btrfs doesn't compress space that was preallocated.
COMPRESSING = {"file_extend_method": "write_zeros"}


def lines(folder: Path, receipts: int, filler: int, rounds: int, seconds: float) -> Iterator[str]:
    """Yield lines: the write rate with this many receipts and other rows against an empty database, alternating.

    Both are on a separate server. If the disk is too small, there are fewer rows, and a line says so.
    """
    with contextlib.ExitStack() as stack:
        old = stack.enter_context(compressed(superuser()))
        part, asked = _fitting_share(folder, receipts, filler, PACKED if old else WIDE)
        if part < 1:
            receipts, filler = (int(number * part) for number in (receipts, filler))
            yield f"growth: there is room for {part:.0%} of what was asked for, which takes {asked:.0f} GB"
        cluster = stack.enter_context(empty_cluster())
        urls = [server_url(cluster).replace("/postgres?", f"/{name}?") for name in ("empty", "grown")]
        environs = [
            environment(folder / f"growth-{name}", url) for name, url in zip(("empty", "grown"), urls, strict=True)
        ]
        began = time.monotonic()
        with started(find_binaries(), cluster, fsync=False, **FILLING, **(COMPRESSING if old else {})):
            for name, environ in zip(("empty", "grown"), environs, strict=True):
                _run(server_url(cluster), f"CREATE DATABASE {name}")
                make_site(load_settings(environ))
            with _service(environs[1]) as server:
                _rate(server, WARM_S)
            yield from _grow(load_settings(environs[1]), receipts)
            half = time.monotonic()
            if filler and old:
                _run(urls[1], f"CREATE TABLESPACE old LOCATION '{old}'")
            if filler:
                add_filler_rows(urls[1], filler, "old" if old else "pg_default")
        os.sync()
        took = f"{(half - began) / 60:.1f} + {(time.monotonic() - half) / 60:.1f} minutes"
        taken = sum(_disk_usage(one) for one in (cluster, old.parents[1] if old else None) if one)
        yield f"filled in {took}; {taken / 1e9:.1f} GB of disk, months that are over {_compression_text(old)}"
        stack.enter_context(started(find_binaries(), cluster))
        servers = [stack.enter_context(_service(environ)) for environ in environs]
        for server in servers:
            _rate(server, WARM_S)
        pairs = [_measure_pair(servers, urls, seconds, number % 2) for number in range(rounds)]
    ratio = median(grown[0] / empty[0] for empty, grown in pairs)
    grown = f"writes, {receipts:,} + {filler:,} rows / empty"
    summary = line(grown, f"{ratio:.2f} x", f"at least {LEAST_RATIO} x", ratio >= LEAST_RATIO)
    rates = " against ".join(f"{median(one[0] for one in side):,.0f}" for side in list(zip(*pairs, strict=True))[::-1])
    wal = " against ".join(f"{median(one[1] for one in side):,.0f}" for side in list(zip(*pairs, strict=True))[::-1])
    yield f"{summary}  ({rates} receipts/s; {wal} bytes of WAL each, sequencer and counts included)"


def _fitting_share(folder: Path, receipts: int, filler: int, each: int) -> tuple[float, float]:
    """Return the share of the rows that fits, and the GB that all take: at the end, or before the filler is added."""
    taken = max(receipts * WHOLE, (receipts + filler) * each) / LARGEST_PART
    return min(shutil.disk_usage(folder).free / taken, 1.0), taken / 1e9


def _disk_usage(folder: Path) -> int:
    """Return the bytes that a folder takes on its own file system."""
    done = subprocess.run(["du", "--summarize", "--one-file-system", "--block-size=1", folder], capture_output=True)
    return int(done.stdout.split()[0])


def _measure_pair(servers: list[Server], urls: list[str], seconds: float, turned: int) -> list[tuple[float, float]]:
    """Measure both, the second one first if `turned`, and return them in their own order."""
    both = list(zip(servers, urls, strict=True))
    found = [_measure(server, url, seconds) for server, url in both[:: -1 if turned else 1]]
    return found[:: -1 if turned else 1]


def _compression_text(old: Path | None) -> str:
    return "compressed by the file system" if old else "as PostgreSQL has them (no root, or no btrfs-progs)"


def _run(url: str, statement: str) -> None:
    with psycopg.connect(libpq_url(url), autocommit=True) as connection:
        connection.execute(statement.encode())


@contextlib.contextmanager
def _service(environ: dict[str, str]) -> Iterator[Server]:
    port = free_port()
    with running(
        ["-m", "bench.serve", "consent.app:create_asgi", str(port), "asginl"], port, "/readyz", environ
    ) as server:
        yield server


def _rate(server: Server, seconds: float) -> float:
    """Return the receipts written per second, and print any failures."""
    load = run_load(server.port, Call(RECEIPTS, "POST", page_headers(), choice_body(server.port, KEY)), seconds)
    if load.failed:
        print(f"Failed: {load.failures}.")
    return load.answers / load.seconds


def _measure(server: Server, url: str, seconds: float) -> tuple[float, float]:
    """Return receipts per second, and bytes of write-ahead log per receipt."""
    engine = make_engine(url)
    with _scalar_queries(engine) as ask:
        before = ask("SELECT pg_current_wal_lsn() - '0/0'")
        rate = _rate(server, seconds)
        written = float(ask("SELECT pg_current_wal_lsn() - '0/0'") - before)
    engine.dispose()
    return rate, written / (rate * seconds)


def _grow(settings: Settings, receipts: int) -> Iterator[str]:
    """Fill the database, and yield a line about the size of a receipt."""
    engine = make_engine(settings.database)
    sequence_past(engine, settings, progress("leaves"))
    multiply(engine, receipts, is_whole=True)
    sequence_past(engine, settings, progress("leaves"))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE receipt"))
    with _scalar_queries(engine) as ask:
        count = ask("SELECT count(*) FROM receipt")
        table, personal = (_size(ask, name) for name in ("receipt", "receipt_personal"))
        tiles = ask("SELECT pg_total_relation_size('log_tile')")
    yield (
        f"{count:,} receipts take {(sum(table) + sum(personal) + tiles) / count:,.0f} bytes each:"
        f" signed part {table[0] / count:,.0f} and indexes {table[1] / count:,.0f},"
        f" personal part {personal[0] / count:,.0f} and indexes {personal[1] / count:,.0f}, tiles {tiles / count:,.0f}"
    )
    engine.dispose()


def _size(ask: Callable[[str], float], table: str) -> tuple[float, float]:
    """Return the bytes of all partitions of a table, and those of their indexes."""
    of = f"FROM pg_partition_tree('{table}') WHERE isleaf"
    sizes = (ask(f"SELECT sum({size}(relid)) {of}") for size in ("pg_table_size", "pg_indexes_size"))
    return tuple(map(float, sizes))  # type: ignore[return-value]


@contextlib.contextmanager
def _scalar_queries(engine: Engine) -> Iterator[Callable[[str], float]]:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        yield lambda query: connection.execute(text(query)).scalar_one()
