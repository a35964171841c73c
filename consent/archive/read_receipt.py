"""Read single receipts of detached months from their files, where this node can reach them."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import IO

import orjson
from sqlalchemy import Engine

from consent.archive.row_codec import COLUMNS, claims_of, row_of, unix
from consent.core.merkle import leaf_hash
from consent.core.receipt import ReceiptRecord
from consent.storage.archive import detached_months
from consent.storage.archive.detached_months import Detached
from consent.storage.database.partitions import month_of
from consent.storage.log.tree_store import LogTree

STEP = 4096
"""How many bytes are read at a time to find the start of a row; a row has about 3,000."""


def read_detached(engine: Engine, site_id: int, wanted: Sequence[Detached]) -> dict[str, ReceiptRecord]:
    """Return by id those of `wanted` whose file is on this node and whose text matches their leaf in the log."""
    with engine.connect() as connection:
        files = {one.month: Path(one.file) for one in detached_months.months(connection, site_id)}
    tree = LogTree(engine, site_id)
    receipts = {}
    for month in {month_of(one.time) for one in wanted} & files.keys():
        try:
            with files[month].open("rb") as stream:
                for one in wanted:
                    if month_of(one.time) == month and (receipt := _read(stream, one, tree)):
                        receipts[one.id] = receipt
        except OSError:
            continue
    return receipts


def _read(stream: IO[bytes], wanted: Detached, tree: LogTree) -> ReceiptRecord | None:
    """Return the receipt, or None if the file doesn't have it as recorded."""
    try:
        jws = _find(stream, wanted)
        leaf = leaf_hash(jws.encode())
        if leaf != tree.leaf(wanted.log_index):
            return None
        return ReceiptRecord(**dict(zip(COLUMNS, row_of(jws, wanted, leaf), strict=True)))
    except (ValueError, LookupError, TypeError):
        return None


def _find(stream: IO[bytes], wanted: Detached) -> str:
    """Return the signed text of `wanted` by binary search: rows are ordered newest first.

    Raises ValueError, LookupError or TypeError if it isn't there.
    """
    low, high = 0, stream.seek(0, os.SEEK_END)
    while low < high:
        begin = _row_start(stream, low, (low + high) // 2)
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


def _row_start(stream: IO[bytes], low: int, middle: int) -> int:
    """Return the start of the row that contains byte `middle`; a row also starts at `low`."""
    start = middle
    while start > low:
        end, start = start, max(low, start - STEP)
        stream.seek(start)
        cut = stream.read(end - start).rfind(b"\n")
        if cut >= 0:
            return start + cut + 1
    return low


def _next_receipt(stream: IO[bytes], begin: int, end: int) -> str | None:
    """Return the first signed text in a row that starts between `begin` and `end`, or None.

    Erased rows and the manifest have none. The stream is left after the row.
    """
    stream.seek(begin)
    while stream.tell() < end:
        jws: str | None = orjson.loads(stream.readline()).get("receipt")
        if jws is not None:
            return jws
    return None
