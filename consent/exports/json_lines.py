"""Receipts as JSON Lines for programs and auditors: each row with its number in the log and the proof of that.

Where nothing was filtered by, each leaf of the log has a row, so that one which was removed leaves a gap: an entry that is
no receipt its signed text, a receipt that was erased in full, whose use is restricted or that lies in the file of a
detached month the hash of its leaf alone.
"""

from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache

import orjson

from consent.exports.said import KEPT, said_by, said_item
from consent.storage.detached import Detached
from consent.storage.entries import Entry
from consent.storage.export_rows import ExportRow
from consent.storage.log import LogTree
from consent.storage.rows import to_time


def json_lines(found: Iterable[ExportRow], tree: LogTree, hidden: Collection[str]) -> Iterator[bytes]:
    """Yield a line for each receipt; of those whose id is in `hidden` the line tells the hash alone."""
    for row in found:
        state = "erased" if row.erased else "restricted" if row.id in hidden else None
        item = orjson.dumps({state: True, "leaf_hash": row.leaf_hash.hex()})[:-1] if state else _item(row)
        yield b"%b,%b}\n" % (item, _place(row.log_index, tree))


def entry_lines(found: Iterable[Entry], tree: LogTree) -> Iterator[bytes]:
    """Yield a line for each leaf that is no receipt: `entry`, its JWS."""
    for entry in found:
        yield b"%b,%b}\n" % (orjson.dumps({"entry": entry.jws})[:-1], _place(entry.log_index, tree))


def detached_lines(found: Iterable[Detached], tree: LogTree) -> Iterator[bytes]:
    """Yield a line for each receipt that lies in the file of a detached month: the hash that the log has of it."""
    for one in found:
        state = "erased" if one.erased else "detached"
        item = orjson.dumps({state: True, "leaf_hash": tree.leaf(one.log_index).hex()})[:-1]
        yield b"%b,%b}\n" % (item, _place(one.log_index, tree))


def _item(row: ExportRow) -> bytes:
    """Return a receipt as the search shows it, in JSON that is not closed yet.

    It is put together as text, since nothing else in it needs an escape: an id, base64 and a time.
    """
    visitor = orjson.dumps(row.visitor).decode()
    own = f'{{"id":"{row.id}","receipt":"{row.jws}","visitor":{visitor},"time":"{to_time(row.time)}",'
    return own.encode() + _said(row.said)


@lru_cache(KEPT)
def _said(said: str) -> bytes:
    return orjson.dumps(said_item(said_by(said)))[1:-1]


def _place(index: int | None, tree: LogTree) -> bytes:
    """Return the place of the leaf; `index` and `proof` are null where `tree` does not cover it yet."""
    if index is None or index >= tree.size:
        return b'"index":null,"proof":null'
    if tree.size == 1:
        return b'"index":0,"proof":[]'
    return b'"index":%d,"proof":["%b"]' % (index, tree.proof_text(index).encode())
