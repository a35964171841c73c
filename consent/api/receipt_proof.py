"""GET /api/v1/receipts/<id>/proof: the proof that a receipt is in its site's log, for whoever knows its id."""

from sqlalchemy import Connection

from consent.api.answer import Answer
from consent.api.public import Public
from consent.api.record import find_receipt
from consent.api.request import Request
from consent.core.merkle import inclusion_proof
from consent.months.reading import read_detached
from consent.proof.checkpoint import hash_extra, proof_text
from consent.storage import log
from consent.storage.detached import Detached
from consent.storage.receipts import FoundReceipt

TEXT = ("Content-Type", "text/plain; charset=utf-8")
SOON_S = 2


def answer_receipt_proof(public: Public, request: Request, receipt_id: str) -> Answer:
    """Answer a proof that can be checked offline, 202 while the receipt waits for its place in the log.

    Of a receipt that was erased the proof tells its leaf hash, and that it was erased; of one that lies in the file of a
    detached month, where this is not within reach, its leaf hash, and that.
    """
    with public.engine.connect() as connection:
        found = find_receipt(connection, receipt_id)
    if isinstance(found, Detached) and not found.erased:
        found = read_detached(public.engine, found.site_id, [found]).get(found.id, found)
    with public.engine.connect() as connection:
        text = prove(connection, found.site_id, found.log_index, _extra(connection, found))
    headers = [TEXT, ("X-Content-Type-Options", "nosniff"), ("Cache-Control", "no-store")]
    if text is None:
        waiting = b"The receipt is kept and waits for its place in the log; ask again.\n"
        # Who followed a link has no program that asks again: the browser itself does so.
        return Answer(202, [*headers, ("Retry-After", str(SOON_S)), ("Refresh", str(SOON_S))], waiting)
    name = ("Content-Disposition", f'attachment; filename="{receipt_id}.tlog-proof"')
    return Answer(200, [*headers, name], text.encode())


def _extra(connection: Connection, found: FoundReceipt | Detached) -> bytes:
    """Return what stands in the proof: the receipt, or the hash of its leaf, which the lowest tile of the log has too."""
    if isinstance(found, FoundReceipt):
        return hash_extra("erased", found.leaf_hash) if found.erased else found.jws.encode()
    leaf = log.tile_reader(connection, found.site_id)(0, found.log_index)
    return hash_extra("erased" if found.erased else "detached", leaf)


def prove(connection: Connection, site_id: int, index: int | None, extra: bytes) -> str | None:
    """Return the proof of the leaf `index` under the newest checkpoint, or None where it is not covered yet."""
    head = log.head(connection, site_id)
    if index is None or head is None or index >= head.size:
        return None
    path = inclusion_proof(log.tile_reader(connection, site_id), index, head.size)
    return proof_text(index, path, head.note, extra)
