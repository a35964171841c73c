"""Receipts as JSON Lines for programs and auditors: each row with its number in the log and the proof of that.

Where nothing was filtered by, each leaf of the log has a row, so that one which was removed leaves a gap: an entry that is
no receipt its signed text, a receipt that was erased in full or whose use is restricted the hash of its leaf alone.
"""

import json
from collections.abc import Collection, Iterable, Iterator
from typing import Any

from consent.storage.entries import Entry
from consent.storage.log import LogTree
from consent.storage.receipts import FoundReceipt
from consent.storage.rows import to_item

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def json_lines(found: Iterable[FoundReceipt], tree: LogTree, hidden: Collection[str]) -> Iterator[bytes]:
    """Yield a line for each receipt; of those whose id is in `hidden` the line tells the hash alone."""
    for receipt in found:
        state = "erased" if receipt.erased else "restricted" if receipt.id in hidden else None
        item = {state: True, "leaf_hash": receipt.leaf_hash.hex()} if state else to_item(receipt)
        yield _line(item, receipt.log_index, tree)


def entry_lines(found: Iterable[Entry], tree: LogTree) -> Iterator[bytes]:
    """Yield a line for each leaf that is no receipt: `entry`, its JWS."""
    return (_line({"entry": entry.jws}, entry.log_index, tree) for entry in found)


def _line(item: dict[str, Any], index: int | None, tree: LogTree) -> bytes:
    """Return a line with the place of the leaf; `index` and `proof` are null where `tree` does not cover it yet."""
    is_covered = index is not None and index < tree.size
    proof = [node.hex() for node in tree.proof(index)] if index is not None and is_covered else None
    return (_encode(item | {"index": index if is_covered else None, "proof": proof}) + "\n").encode()
