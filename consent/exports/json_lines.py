"""Receipts as JSON Lines for programs and auditors: each row with its number in the log and the proof of that."""

import json
from collections.abc import Iterable, Iterator

from consent.storage.log import LogTree
from consent.storage.receipts import FoundReceipt
from consent.storage.rows import to_item

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def json_lines(found: Iterable[FoundReceipt], tree: LogTree) -> Iterator[bytes]:
    """Yield a line for each receipt; `index` and `proof` are null for one that `tree` does not cover yet."""
    for receipt in found:
        index, proof = receipt.log_index, None
        if index is not None and index < tree.size:
            proof = [node.hex() for node in tree.proof(index)]
        place = {"index": index if proof is not None else None, "proof": proof}
        yield (_encode(to_item(receipt) | place) + "\n").encode()
