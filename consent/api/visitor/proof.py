"""GET /api/v1/receipts/<id>/proof: the inclusion proof of a receipt in its site's log, for anyone with its id."""

from sqlalchemy import Connection

from consent.api.http.context import ApiContext
from consent.api.http.request import Request
from consent.api.http.response import NO_STORE, Answer
from consent.api.visitor.receipt import find_receipt
from consent.archive.read_receipt import read_detached
from consent.core.merkle import inclusion_proof
from consent.core.receipt import ReceiptRecord
from consent.log.checkpoints import hash_extra, proof_text
from consent.storage.archive.detached_months import Detached
from consent.storage.log import cosignatures, tree_store

TEXT = ("Content-Type", "text/plain; charset=utf-8")
SOON_SECONDS = 2


def answer_receipt_proof(context: ApiContext, request: Request, receipt_id: str) -> Answer:
    """Return a proof that can be checked offline, or 202 while the receipt waits for its index in the log.

    For an erased receipt, the proof has its leaf hash and says that it was erased; for one in a detached month whose
    file isn't available, its leaf hash and that it is detached.
    """
    with context.engine.connect() as connection:
        receipt = find_receipt(connection, receipt_id)
    if isinstance(receipt, Detached) and not receipt.erased:
        receipt = read_detached(context.engine, receipt.site_id, [receipt]).get(receipt.id, receipt)
    with context.engine.connect() as connection:
        text = prove(connection, receipt.site_id, receipt.log_index, _extra(connection, receipt))
    headers = [TEXT, ("X-Content-Type-Options", "nosniff"), NO_STORE]
    if text is None:
        waiting = b"The receipt is stored and waits for its place in the log; try again.\n"
        # A visitor who followed a link has no program that retries, so the browser is asked to.
        return Answer(202, [*headers, ("Retry-After", str(SOON_SECONDS)), ("Refresh", str(SOON_SECONDS))], waiting)
    name = ("Content-Disposition", f'attachment; filename="{receipt_id}.tlog-proof"')
    return Answer(200, [*headers, name], text.encode())


def _extra(connection: Connection, receipt: ReceiptRecord | Detached) -> bytes:
    """Return the proof's payload: the receipt, or the hash of its leaf, which the log's lowest tile has too."""
    if isinstance(receipt, ReceiptRecord):
        return hash_extra("erased", receipt.leaf_hash) if receipt.erased else receipt.jws.encode()
    leaf = tree_store.tile_reader(connection, receipt.site_id)(0, receipt.log_index)
    return hash_extra("erased" if receipt.erased else "detached", leaf)


def prove(connection: Connection, site_id: int, index: int | None, extra: bytes) -> str | None:
    """Return the proof of the leaf `index` under the newest checkpoint, or None if that doesn't cover it yet.

    If witnesses have cosigned a tree with the leaf, the proof is under that tree's checkpoint.
    """
    cosigned = cosignatures.newest_cosigned(connection, site_id)
    is_cosigned = cosigned is not None and index is not None and index < cosigned.size
    head = cosigned if is_cosigned else tree_store.head(connection, site_id)
    if index is None or head is None or index >= head.size:
        return None
    path = inclusion_proof(tree_store.tile_reader(connection, site_id), index, head.size)
    return proof_text(index, path, head.note, extra)
