"""Compare the rows of a month's file with the index and the receipts table."""

import hashlib
import heapq
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice, zip_longest
from pathlib import Path

import orjson
from sqlalchemy import Engine

from consent.archive.month_file import Manifest, MonthFileError, read_lines, read_manifest, receipt_in
from consent.archive.row_codec import COLUMNS, Row, blank_row, row_of
from consent.storage.archive import detached_months
from consent.storage.archive.detached_months import Detached, Month
from consent.storage.log.tree_store import LogTree
from consent.storage.sites.sites import SiteRow

STEP = 2000
"""How many receipts have their leaves read in one query."""
Leaves = Callable[[Sequence[int]], Sequence[bytes]]
"""Returns the hashes of leaves by their indexes, such as `LogTree.leaves`."""


def checked_rows(file: Path, manifest: Manifest, known: Iterable[Detached], leaves: Leaves) -> Iterator[Row]:
    """Yield the table rows that `file` describes; `known` are the month's receipts in file order.

    A receipt erased after the file was written is blank, whatever the file contains. Raises MonthFileError.
    """
    numbered = enumerate(zip_longest(read_lines(file, manifest), _with_leaves(known, leaves)), 1)
    for number, (line, here) in numbered:
        if line is None or here is None:
            problem = "has receipts that the month does not have" if here is None else "lacks receipts of the month"
            raise MonthFileError(f"{file} {problem}: it is from another instance or another time.")
        try:
            row = _row(line, *here)
        except (ValueError, LookupError, TypeError):
            row = None
        if row is None:
            raise MonthFileError(
                f"{file} differs from what was recorded: row {number} is not leaf {here[0].log_index}."
            )
        yield row


def _with_leaves(known: Iterable[Detached], leaves: Leaves) -> Iterator[tuple[Detached, bytes]]:
    left = iter(known)
    while batch := list(islice(left, STEP)):
        yield from zip(batch, leaves([receipt.log_index for receipt in batch]), strict=True)


def _row(line: bytes, known: Detached, leaf: bytes) -> Row | None:
    """Return the table row, or None if the line isn't that of `known`."""
    jws = receipt_in(line)
    if jws is None:
        row = orjson.loads(line)
        matches_leaf = (row["index"], row["leaf_hash"]) == (known.log_index, leaf.hex())
        return blank_row(known, leaf) if matches_leaf and known.erased and row["erased"] is True else None
    # `leaf` was read from the log at this index, so a match proves both the text and its position.
    if hashlib.sha256(b"\0" + jws).digest() != leaf:
        return None
    if known.erased:
        return blank_row(known, leaf)
    expected = row_of(jws.decode(), known, leaf)
    return expected if expected[0] == known.id else None


_POSITIONS = [COLUMNS.index(name) for name in Detached._fields]


def compared_rows(
    engine: Engine, site: SiteRow, month: Month, file: Path | None = None
) -> Iterator[tuple[Row | None, Row]]:
    """Yield each receipt of the month as stored in the table (None if detached) and as restored from the file.

    `file` defaults to the month's recorded path. Raises MonthFileError.
    """
    path = file or Path(month.file)
    manifest = read_manifest(path)
    if (manifest.site, manifest.month) != (site.key, month.month):
        raise MonthFileError(f"{path} is not {month.name} of {site.key}.")
    stored: deque[Row | None] = deque()

    def known() -> Iterator[Detached]:
        detached = ((one, None) for one in detached_months.stream(engine.connect, site.id, month.month))
        rows = detached_months.attached(engine.connect, site.id, month.month, COLUMNS)
        here = ((_detached(row), row) for row in rows)
        for one, row in heapq.merge(detached, here, key=lambda pair: (pair[0].time, pair[0].id), reverse=True):
            stored.append(row)
            yield one

    for row in checked_rows(path, manifest, known(), LogTree(engine, site.id).leaves):
        yield stored.popleft(), row


def _detached(row: Row) -> Detached:
    return Detached(*(row[position] for position in _POSITIONS))
