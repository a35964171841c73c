"""A file held against what the database knows of its month: each row the leaf that belongs there, none missing."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice, zip_longest
from pathlib import Path

import orjson

from consent.months.file import BadFile, Manifest, read_lines, receipt_in
from consent.months.rows import Row, blank_row, row_of
from consent.storage.detached import Detached

STEP = 2000
"""Receipts whose leaves are read together."""
Leaves = Callable[[Sequence[int]], Sequence[bytes]]
"""Gives the hashes of leaves by their indexes, such as `LogTree.leaves`."""


def checked_rows(file: Path, manifest: Manifest, known: Iterable[Detached], leaves: Leaves) -> Iterator[Row]:
    """Yield the rows of the table that `file` gives; `known` are the receipts of the month, in the order of the file.

    A receipt that was erased since the file was written is blank, whatever the file says. Raises BadFile.
    """
    numbered = enumerate(zip_longest(read_lines(file, manifest), _with_leaves(known, leaves)), 1)
    for number, (line, here) in numbered:
        if line is None or here is None:
            fault = "has receipts that the month does not have" if here is None else "lacks receipts of the month"
            raise BadFile(f"{file} {fault}: it is of another instance, or of another time.")
        try:
            found = _row(line, *here)
        except (ValueError, LookupError, TypeError):
            found = None
        if found is None:
            raise BadFile(f"{file} does not hold what was recorded: row {number} is not leaf {here[0].log_index}.")
        yield found


def _with_leaves(known: Iterable[Detached], leaves: Leaves) -> Iterator[tuple[Detached, bytes]]:
    left = iter(known)
    while piece := list(islice(left, STEP)):
        yield from zip(piece, leaves([receipt.log_index for receipt in piece]), strict=True)


def _row(line: bytes, known: Detached, leaf: bytes) -> Row | None:
    """Return the row of the table, or None where the file's is not that of `known`."""
    jws = receipt_in(line)
    if jws is None:
        row = orjson.loads(line)
        is_its = (row["index"], row["leaf_hash"]) == (known.log_index, leaf.hex())
        return blank_row(known, leaf) if is_its and known.erased and row["erased"] is True else None
    # The leaf stands at its place in the log: what it is the hash of is what the row has to say, place and all.
    if hashlib.sha256(b"\0" + jws).digest() != leaf:
        return None
    if known.erased:
        return blank_row(known, leaf)
    found = row_of(jws.decode(), known, leaf)
    return found if found[0] == known.id else None
