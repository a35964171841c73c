"""Receipts as JSON Lines for programs and auditors: each row with its number in the log and the proof of that.

Of a receipt that was erased in full the row has the hash of its leaf, so that all leaves of the log can be there.
"""

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
        item = {"erased": True, "leaf_hash": receipt.leaf_hash.hex()} if receipt.erased else to_item(receipt)
        yield (_encode(item | place) + "\n").encode()
