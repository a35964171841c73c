"""Single receipts of detached months, read from the files where these can be reached from here."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import IO

import orjson
from sqlalchemy import Engine

from consent.core.merkle import leaf_hash
from consent.months.rows import COLUMNS, claims_of, row_of, unix
from consent.storage import detached
from consent.storage.detached import Detached
from consent.storage.log import LogTree
from consent.storage.partitions import month_of
from consent.storage.receipts import FoundReceipt

STEP = 4096
"""Bytes that are read at a time to find where a row begins; a row has some three thousand."""


def read_detached(engine: Engine, site_id: int, wanted: Sequence[Detached]) -> dict[str, FoundReceipt]:
    """Return by id those of `wanted` whose file is here and holds, in their place, what the log has of them."""
    with engine.connect() as connection:
        files = {one.month: Path(one.file) for one in detached.months(connection, site_id)}
    tree = LogTree(engine, site_id)
    found = {}
    for month in {month_of(one.time) for one in wanted} & files.keys():
        try:
            with files[month].open("rb") as stream:
                for one in wanted:
                    if month_of(one.time) == month and (receipt := _read(stream, one, tree)):
                        found[one.id] = receipt
        except OSError:
            continue
    return found


def _read(stream: IO[bytes], wanted: Detached, tree: LogTree) -> FoundReceipt | None:
    """Return the receipt, or None where the file does not have it as it was recorded."""
    try:
        jws = _find(stream, wanted)
        leaf = leaf_hash(jws.encode())
        if leaf != tree.leaf(wanted.log_index):
            return None
        values = dict(zip(COLUMNS, row_of(jws, wanted, leaf), strict=True))
    except (ValueError, LookupError, TypeError):
        return None
    return FoundReceipt(**values)


def _find(stream: IO[bytes], wanted: Detached) -> str:
    """Return the signed text of `wanted`: rows go from new to old, so each look halves where it may be.

    Raises ValueError, LookupError or TypeError where it is not there.
    """
    low, high = 0, stream.seek(0, os.SEEK_END)
    while low < high:
        begin = _begin_of_row(stream, low, (low + high) // 2)
        jws = _next_receipt(stream, begin, high)
        if jws is None:
            high = begin
            continue
        claims = claims_of(jws)
        place = (unix(claims["time"]), claims["id"])
        if place == (wanted.time, wanted.id):
            return jws
        low, high = (stream.tell(), high) if place > (wanted.time, wanted.id) else (low, begin)
    raise LookupError(wanted.id)


def _begin_of_row(stream: IO[bytes], low: int, middle: int) -> int:
    """Return where the row begins that has the byte `middle`; rows begin at `low` too."""
    start = middle
    while start > low:
        end, start = start, max(low, start - STEP)
        stream.seek(start)
        cut = stream.read(end - start).rfind(b"\n")
        if cut >= 0:
            return start + cut + 1
    return low


def _next_receipt(stream: IO[bytes], begin: int, end: int) -> str | None:
    """Return the first signed text of the rows between `begin` and `end`, or None; the stream stands behind it then.

    What was erased has none, and nor has the manifest.
    """
    stream.seek(begin)
    while stream.tell() < end:
        jws: str | None = orjson.loads(stream.readline()).get("receipt")
        if jws is not None:
            return jws
    return None
