"""Route table of the endpoints that record choices and read receipts and their proofs."""

from consent.api.compliance import search
from consent.api.compliance.erasures import SCOPE as ERASE
from consent.api.compliance.erasures import ErasedSchema, ErasureSchema, answer_erasure
from consent.api.compliance.export_routes import FILES
from consent.api.compliance.export_stream import SCOPE as EXPORT
from consent.api.compliance.export_stream import send_receipts
from consent.api.compliance.schemas import RecordSchema, SearchSchema
from consent.api.compliance.search import answer_search
from consent.api.http.parameters import EXPORT_PARAMETERS, ID, SEARCH_PARAMETERS
from consent.api.http.replies import json_body
from consent.api.http.request_schemas import CONFIG, KEY, WRITE, ReceiptWriteSchema
from consent.api.http.routes import Reply, RouteGroup, get, json_reply, post, text_reply
from consent.api.page.record_choice import answer_receipt_write, begin_receipt_write
from consent.api.page.schemas import WrittenSchema
from consent.api.page.visit_context import SCOPE as DECIDE
from consent.api.visitor.proof import answer_receipt_proof
from consent.api.visitor.receipt import SCOPE as READ
from consent.api.visitor.receipt import answer_record

SITES = "/api/v1/sites/<site>"
CHOICE = {
    "key": KEY,
    "config": CONFIG,
    "token": WRITE,
    "action": "reject_all",
    "method": "click",
    "choices": {"functional": False, "analytics": False, "advertising": False},
}
PROOF = "c2sp.org/tlog-proof@v1\nindex 17\nK4pGkqS2…\n\nconsent.example/log/shop\n256\n…\n"
ZIP = {"application/zip": {"example": "(bytes: 50 4b 03 04 …)"}}

ROUTE_GROUP = RouteGroup(
    "Receipts",
    "Signed receipts of choices.",
    (
        post(
            path=f"{SITES}/receipts",
            endpoint=answer_receipt_write,
            begin=begin_receipt_write,
            summary="Record a choice; the response is sent once it is durably stored.",
            body=json_body(ReceiptWriteSchema, CHOICE),
            replies=(
                json_reply(WrittenSchema, "The choice was recorded.", 201),
                json_reply(WrittenSchema, "A repeated request: the receipt of the first one."),
            ),
            errors=(400, 401, 403, 404, 409, 410, 413, 415, 429, 503),
            scope=DECIDE,
            is_token_optional=True,
            is_fast=True,
        ),
        get(
            path=f"{SITES}/receipts",
            endpoint=answer_search,
            summary="Search receipts, newest first, with keyset pagination.",
            parameters=SEARCH_PARAMETERS,
            replies=(json_reply(SearchSchema, "One page of receipts."),),
            errors=(400, 401, 403, 404, 503),
            scope=search.SCOPE,
        ),
        get(
            path=f"{SITES}/receipts/export",
            endpoint=send_receipts,
            summary="Export all receipts that match the filters as a stream: CSV, JSON Lines or consent records.",
            parameters=EXPORT_PARAMETERS,
            replies=(Reply(200, "The receipts.", FILES | ZIP),),
            errors=(400, 401, 403, 404, 503),
            scope=EXPORT,
            is_streamed=True,
        ),
        post(
            path=f"{SITES}/erasures",
            endpoint=answer_erasure,
            summary=(
                "Erase a receipt, or all receipts of a visitor, account or age band: the personal part, or "
                "everything except the hash."
            ),
            body=json_body(ErasureSchema, {"visitor": ID, "level": "unlink", "reason": "Request 2026-117"}),
            replies=(json_reply(ErasedSchema, "The receipts were erased.", 201),),
            errors=(400, 401, 403, 404, 409, 413, 415, 503),
            scope=ERASE,
        ),
        get(
            path="/api/v1/receipts/<receipt_id>",
            endpoint=answer_record,
            summary=(
                "Return a receipt to anyone who knows its id; with a token of scope `receipts:read`, also its "
                "personal part."
            ),
            replies=(json_reply(RecordSchema, "The receipt."),),
            errors=(401, 404, 503),
            scope=READ,
            is_token_optional=True,
        ),
        get(
            path="/api/v1/receipts/<receipt_id>/proof",
            endpoint=answer_receipt_proof,
            summary="Return the proof that a receipt is in its site's log, for offline checks with `consent verify`.",
            replies=(
                text_reply("text/plain", "A proof (C2SP tlog-proof).", PROOF),
                text_reply(
                    "text/plain",
                    "Not in the log yet. Retry-After says how many seconds to wait.",
                    "Not in the log yet.\n",
                    202,
                ),
            ),
            errors=(404, 503),
        ),
    ),
)
