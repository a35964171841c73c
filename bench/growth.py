"""Whether receipts are written as fast into a table of millions as into an empty one, and what one takes on disk."""

import contextlib
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

from sqlalchemy import Engine, text

from bench.filler import multiply
from bench.load import KEY, Call, run_load
from bench.processes import Server, free_port, running
from bench.report import line
from bench.site import RECEIPTS, choice_body, environment, make_site, page_headers
from consent.config import Settings, load_settings
from consent.demo.past import sequence_past
from consent.progress import progress
from consent.storage.engine import make_engine
from tests.postgres import new_database

LEAST_RATIO = 0.9
WARM_S = 3.0
NOBODY = 0
"""The site of filler rows: there is none of that id, so that no sequencer waits for them."""
BYTES_EACH = 3500
"""Disk that a row is reckoned with before it is known: table, indexes, log."""
LARGEST_PART = 0.8
"""Of the free disk that is filled at most."""


def lines(folder: Path, postgres: str, receipts: int, filler: int, rounds: int, seconds: float) -> Iterator[str]:
    """Yield lines: the rate of writes with so many receipts and other rows there against an empty database, in turns.

    Where the disk is too small there are fewer of both, and a line says so.
    """
    part = min(shutil.disk_usage(folder).free * LARGEST_PART / ((receipts + filler) * BYTES_EACH), 1.0)
    if part < 1:
        asked = (receipts + filler) * BYTES_EACH / LARGEST_PART / 1e9
        receipts, filler = (int(number * part) for number in (receipts, filler))
        yield f"growth: there is room for {part:.0%} of what was asked for, which takes {asked:.0f} GB"
    with contextlib.ExitStack() as stack:
        urls = [stack.enter_context(new_database(postgres)) for _ in range(2)]
        environs = [
            environment(folder / f"growth-{name}", url) for name, url in zip(("empty", "grown"), urls, strict=True)
        ]
        for environ in environs:
            make_site(load_settings(environ))
        with _service(environs[1]) as server:
            _rate(server, WARM_S)
        yield from _grow(load_settings(environs[1]), receipts, filler)
        servers = [stack.enter_context(_service(environ)) for environ in environs]
        for server in servers:
            _rate(server, WARM_S)
        pairs = [
            [_measured(server, url, seconds) for server, url in zip(servers, urls, strict=True)] for _ in range(rounds)
        ]
    ratio = median(grown[0] / empty[0] for empty, grown in pairs)
    grown = f"writes, {receipts:,} + {filler:,} rows / empty"
    told = line(grown, f"{ratio:.2f} x", f"at least {LEAST_RATIO} x", ratio >= LEAST_RATIO)
    rates = " against ".join(f"{median(one[0] for one in side):,.0f}" for side in list(zip(*pairs, strict=True))[::-1])
    wal = " against ".join(f"{median(one[1] for one in side):,.0f}" for side in list(zip(*pairs, strict=True))[::-1])
    yield f"{told}  ({rates} receipts/s; {wal} bytes of WAL each, sequencer and counts included)"


@contextlib.contextmanager
def _service(environ: dict[str, str]) -> Iterator[Server]:
    port = free_port()
    with running(["-m", "bench.serve", "consent.app:create_wsgi", str(port)], port, "/readyz", environ) as server:
        yield server


def _rate(server: Server, seconds: float) -> float:
    """Return the receipts that were written in a second, none of them refused."""
    load = run_load(server.port, Call(RECEIPTS, "POST", page_headers(), choice_body(server.port, KEY)), seconds)
    if load.refused or load.broken:
        print(f"{load.refused} requests were refused, {load.broken} connections broke.")
    return load.answers / load.seconds


def _measured(server: Server, url: str, seconds: float) -> tuple[float, float]:
    """Return receipts a second, and bytes of write-ahead log for each."""
    engine = make_engine(url)
    with _asked(engine) as ask:
        before = ask("SELECT pg_current_wal_lsn() - '0/0'")
        rate = _rate(server, seconds)
        written = float(ask("SELECT pg_current_wal_lsn() - '0/0'") - before)
    engine.dispose()
    return rate, written / (rate * seconds)


def _grow(settings: Settings, receipts: int, filler: int) -> Iterator[str]:
    """Fill the database, and yield a line: what a receipt takes."""
    engine = make_engine(settings.database)
    sequence_past(engine, settings, progress("leaves"))
    multiply(engine, receipts, is_whole=True)
    sequence_past(engine, settings, progress("leaves"))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE receipt"))
    with _asked(engine) as ask:
        count = ask("SELECT count(*) FROM receipt")
        table, personal = (_size(ask, name) for name in ("receipt", "receipt_personal"))
        tiles = ask("SELECT pg_total_relation_size('log_tile')")
    yield (
        f"{count:,} receipts take {(sum(table) + sum(personal) + tiles) / count:,.0f} bytes each:"
        f" signed part {table[0] / count:,.0f} and indexes {table[1] / count:,.0f},"
        f" personal part {personal[0] / count:,.0f} and indexes {personal[1] / count:,.0f}, tiles {tiles / count:,.0f}"
    )
    if filler:
        multiply(engine, receipts + filler, site_id=NOBODY)
    engine.dispose()


def _size(ask: Callable[[str], float], table: str) -> tuple[float, float]:
    """Return the bytes of all partitions of a table, and those of their indexes."""
    of = f"FROM pg_partition_tree('{table}') WHERE isleaf"
    sizes = (ask(f"SELECT sum({size}(relid)) {of}") for size in ("pg_table_size", "pg_indexes_size"))
    return tuple(map(float, sizes))  # type: ignore[return-value]


@contextlib.contextmanager
def _asked(engine: Engine) -> Iterator[Callable[[str], float]]:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        yield lambda query: connection.execute(text(query)).scalar_one()
