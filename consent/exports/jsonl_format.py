"""JSON Lines export of receipts for programs and auditors: each row with its log index and inclusion proof.

Without filters there is a row for each leaf of the log, so a removed one leaves a gap. An entry that isn't a receipt
has its signed text; a receipt that was erased in full, is restricted or is in the file of a detached month has only the
hash of its leaf.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import lru_cache

import orjson

from consent.storage.archive.detached_months import Detached
from consent.storage.log.entries import Entry
from consent.storage.log.tree_store import LogTree
from consent.storage.receipts.export_rows import MAX_CACHED, ExportRow, parse_shared
from consent.storage.receipts.serializers import shared_item, to_time


def json_lines(
    rows: Iterable[ExportRow],
    tree: LogTree,
    hidden: Collection[str],
    strings_of: Callable[[ExportRow], Mapping[str, object]],
) -> Iterator[bytes]:
    """Yield a line for each receipt; if its id is in `hidden`, the line has only the hash.

    `strings_of` returns, by name, the strings for ad companies if the site sends them.
    """
    for row in rows:
        state = "erased" if row.erased else "restricted" if row.id in hidden else None
        item = orjson.dumps({state: True, "leaf_hash": row.leaf_hash.hex()})[:-1] if state else _item(row)
        if not state and (strings := strings_of(row)):
            item += b"," + orjson.dumps(strings)[1:-1]
        yield b"%b,%b}\n" % (item, _leaf_position(row.log_index, tree))


def entry_lines(rows: Iterable[Entry], tree: LogTree) -> Iterator[bytes]:
    """Yield a line for each leaf that isn't a receipt: `entry`, its JWS."""
    for entry in rows:
        yield b"%b,%b}\n" % (orjson.dumps({"entry": entry.jws})[:-1], _leaf_position(entry.log_index, tree))


def detached_lines(rows: Iterable[Detached], tree: LogTree) -> Iterator[bytes]:
    """Yield a line for each receipt in the file of a detached month, with the hash of its leaf in the log."""
    for one in rows:
        state = "erased" if one.erased else "detached"
        item = orjson.dumps({state: True, "leaf_hash": tree.leaf(one.log_index).hex()})[:-1]
        yield b"%b,%b}\n" % (item, _leaf_position(one.log_index, tree))


def _item(row: ExportRow) -> bytes:
    """Return a receipt in the format of the search, as JSON without the closing brace.

    Built as text, since nothing else in it needs escaping: an id, base64 and a time.
    """
    visitor = orjson.dumps(row.visitor).decode()
    own = f'{{"id":"{row.id}","receipt":"{row.jws}","visitor":{visitor},"time":"{to_time(row.time)}",'
    return own.encode() + _shared_fields(row.shared)


@lru_cache(MAX_CACHED)
def _shared_fields(shared: str) -> bytes:
    return orjson.dumps(shared_item(parse_shared(shared)))[1:-1]


def _leaf_position(index: int | None, tree: LogTree) -> bytes:
    """Return the leaf's index and proof; both are null if `tree` doesn't include it yet."""
    if index is None or index >= tree.size:
        return b'"index":null,"proof":null'
    if tree.size == 1:
        return b'"index":0,"proof":[]'
    return b'"index":%d,"proof":["%b"]' % (index, tree.proof_text(index).encode())
