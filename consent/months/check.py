"""A file held against what the database knows of its month: each row the leaf that belongs there, none missing."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from itertools import zip_longest
from pathlib import Path
from typing import Any

from consent.months.file import BadFile, Manifest, read_rows
from consent.months.rows import Row, blank_row, row_of
from consent.storage.detached import Detached


def checked_rows(
    file: Path, manifest: Manifest, known: Iterable[Detached], leaf_at: Callable[[int], bytes]
) -> Iterator[Row]:
    """Yield the rows of the table that `file` gives; `known` are the receipts of the month, in the order of the file.

    A receipt that was erased since the file was written is blank, whatever the file says. Raises BadFile.
    """
    for number, (read, receipt) in enumerate(zip_longest(read_rows(file, manifest), known), 1):
        if read is None or receipt is None:
            fault = "has receipts that the month does not have" if receipt is None else "lacks receipts of the month"
            raise BadFile(f"{file} {fault}: it is of another instance, or of another time.")
        try:
            found = _row(read[1], receipt, leaf_at(receipt.log_index))
        except (ValueError, LookupError, TypeError):
            found = None
        if found is None:
            raise BadFile(f"{file} does not hold what was recorded: row {number} is not leaf {receipt.log_index}.")
        yield found


def _row(row: dict[str, Any], known: Detached, leaf: bytes) -> Row | None:
    """Return the row of the table, or None where the file's is not that of `known`."""
    if row["index"] != known.log_index:
        return None
    jws = row.get("receipt")
    if jws is None:
        is_blank = known.erased and row.get("erased") is True and row["leaf_hash"] == leaf.hex()
        return blank_row(known, leaf) if is_blank else None
    if row["id"] != known.id or hashlib.sha256(b"\0" + jws.encode()).digest() != leaf:
        return None
    return blank_row(known, leaf) if known.erased else row_of(jws, known, leaf)
