"""Benchmark of loading receipts and of detaching and restoring a month, against COPY of the same rows."""

import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from tempfile import TemporaryFile
from typing import Any

from sqlalchemy import Engine

from bench.report import line
from consent.app import load_rules
from consent.archive.attach import Attacher
from consent.archive.detach import Detacher
from consent.config import Settings
from consent.demo.past import publish_past, sequence_past, signed_slices
from consent.demo.past_choices import Drawing
from consent.demo.ports import Ports
from consent.exports import Source
from consent.log.audit_author import AuditActor, Author
from consent.signing.keys import load_keys
from consent.storage.database.engine import make_engine
from consent.storage.database.partitions import create_months, month_of, start_of
from consent.storage.maintenance.bulk_insert import load_receipts
from consent.storage.maintenance.migrate import upgrade

RATIO, ROUNDS = 0.5, 3
TABLES = ("receipt_key", "receipt", "receipt_personal")
PIECE = 1 << 20


def lines(settings: Settings, receipts: int) -> Iterator[str]:
    """Yield lines: a month of receipts loaded, detached and attached, each against COPY."""
    settings.instance.mkdir(parents=True, exist_ok=True)
    engine = make_engine(settings.database)
    upgrade(engine)
    month = month_of(int(time.time())) - 6
    drawing = Drawing(1, receipts, start_of(month), start_of(month + 1), sites=1)
    published = publish_past(engine, Ports(), drawing)
    slices = list(signed_slices(drawing, published, settings.instance / "keys"))
    create_months(engine, {month, month - 1})
    began = time.perf_counter()
    for news in slices:
        with engine.begin() as connection:
            load_receipts(connection, news)
    took = time.perf_counter() - began
    yield _ratio_line("loaded", receipts, took, sum(_copy(engine, table) for table in TABLES))
    del slices
    sequence_past(engine, settings, lambda count: None)
    keys = load_keys(settings.instance / "keys")
    author = Author(AuditActor("bench", "program"), keys.receipt)
    detacher = Detacher(
        Source(engine, load_rules(), keys.jwks["keys"], settings.base_url), settings.months, settings.instance, author
    )
    attacher = Attacher(engine, settings.instance, author)
    rounds = [_detach_and_attach(engine, detacher, attacher, month) for _ in range(ROUNDS)]
    took, size = median(left for left, *_ in rounds), rounds[0][-1]
    yield f"{receipts:,} detached: {took:.1f} s, {receipts / took:,.0f} receipts/s, {size / receipts:,.0f} bytes each"
    # From the median round, since other work on the machine may disturb one of them.
    _, floor, took, _ = sorted(rounds, key=lambda one: one[1] / one[2])[ROUNDS // 2]
    yield _ratio_line("attached", receipts, took, floor)
    engine.dispose()


def _detach_and_attach(
    engine: Engine, detacher: Detacher, attacher: Attacher, month: int
) -> tuple[float, float, float, int]:
    """Return the seconds to detach a month, to COPY its rows, and to attach it again, and its bytes."""
    floor, began = _copy(engine, "receipt"), time.perf_counter()
    found = detacher.detach(month)
    left, began = time.perf_counter() - began, time.perf_counter()
    for _, file in found:
        attacher.attach(Path(file.file))
    return left, floor, time.perf_counter() - began, sum(file.size for _, file in found)


def _ratio_line(what: str, receipts: int, took: float, floor: float) -> str:
    ratio = floor / took
    summary = line(f"{receipts:,} {what} beside COPY", f"{ratio:.2f} x", f"at least {RATIO} x", ratio >= RATIO)
    return f"{summary}  ({receipts / took:,.0f} against {receipts / floor:,.0f} receipts/s)"


def _copy(engine: Engine, table: str) -> float:
    """Return the seconds that COPY takes to load all rows of `table` into an empty table with the same indexes."""
    raw = engine.raw_connection()
    connection: Any = raw.driver_connection
    with TemporaryFile() as file, connection.cursor() as cursor:
        with cursor.copy(f"COPY (SELECT * FROM {table}) TO STDOUT") as copy:  # noqa: S608 - one of TABLES
            for piece in copy:
                file.write(piece)
        file.seek(0)
        cursor.execute(f"CREATE TABLE floor (LIKE {table} INCLUDING ALL)")
        connection.commit()
        began = time.perf_counter()
        with cursor.copy("COPY floor FROM STDIN") as copy:
            while piece := file.read(PIECE):
                copy.write(piece)
        connection.commit()
        took = time.perf_counter() - began
        cursor.execute("DROP TABLE floor")
        connection.commit()
    raw.close()
    return took
