"""Flask routes of choices and their receipts."""

from flask import Response, request
from flask.views import MethodView
from flask_smorest import Blueprint

from consent.api.answer import ApiError, error_answer
from consent.api.desk_routes import ID
from consent.api.erasures import ErasedSchema, ErasureSchema, answer_erasure
from consent.api.export import stream_export
from consent.api.flask_door import run, to_response
from consent.api.openapi import ANYONE_OR_TOKEN, TOKEN
from consent.api.preflight import preflight
from consent.api.public import Public
from consent.api.receipt_proof import answer_receipt_proof
from consent.api.receipts import answer_receipt_write
from consent.api.record import answer_record
from consent.api.request import Request
from consent.api.search import answer_search
from consent.api.view_schemas import (
    EXPORT_PARAMETERS,
    SEARCH_PARAMETERS,
    ReceiptWriteSchema,
    RecordSchema,
    SearchSchema,
    WrittenSchema,
    errors,
    json_body,
)

EXPORT_TYPES = ("text/csv", "application/jsonl", "application/ld+json", "application/zip")


def receipt_routes(public: Public) -> Blueprint:
    """Make the routes that write, search, export, erase and prove receipts."""
    blueprint = Blueprint("Receipts", __name__, description="What was chosen, signed.")

    @blueprint.route("/api/v1/sites/<site>/receipts")
    class Receipts(MethodView):
        @blueprint.doc(
            requestBody=json_body(ReceiptWriteSchema),
            security=ANYONE_OR_TOKEN,
            responses={
                **errors(400, 401, 403, 404, 409, 410, 411, 413, 415, 429, 503),
                200: {"description": "The same choice again: the receipt that it made before"},
            },
        )
        @blueprint.response(201, WrittenSchema)
        def post(self, site: str) -> Response:
            """Record one choice; acknowledged once it is durable."""
            return run(public, answer_receipt_write, site)

        @blueprint.doc(parameters=SEARCH_PARAMETERS, security=TOKEN, responses=errors(400, 401, 403, 404, 503))
        @blueprint.response(200, SearchSchema)
        def get(self, site: str) -> Response:
            """Search the consent log, newest first, in keyset pages (scope `receipts:read`)."""
            return run(public, answer_search, site)

        options = preflight(blueprint, public)

    @blueprint.route("/api/v1/sites/<site>/receipts/export")
    @blueprint.doc(
        parameters=EXPORT_PARAMETERS,
        security=TOKEN,
        responses={
            200: {"description": "All that the filters find", "content": {kind: {} for kind in EXPORT_TYPES}},
            **errors(400, 401, 403, 404, 503),
        },
    )
    def export(site: str) -> Response:
        """Return all that the filters find, streamed: CSV, JSON Lines or consent records (scope `receipts:export`)."""
        try:
            chunks, headers = stream_export(public, Request(request.environ), site)
        except ApiError as error:
            return to_response(error_answer(error))
        return Response(chunks, 200, headers)

    @blueprint.route("/api/v1/sites/<site>/erasures", methods=["POST"])
    @blueprint.doc(
        requestBody=json_body(ErasureSchema, {"visitor": ID, "level": "unlink", "reason": "Request 2026-117"}),
        security=TOKEN,
        responses=errors(400, 401, 403, 404, 409, 411, 413, 415, 503),
    )
    @blueprint.response(201, ErasedSchema)
    def erasure(site: str) -> Response:
        """Erase one receipt or all of a visitor, the personal part or all but the hash (scope `privacy:erase`)."""
        return run(public, answer_erasure, site)

    @blueprint.route("/api/v1/receipts/<receipt_id>")
    @blueprint.doc(security=ANYONE_OR_TOKEN, responses=errors(401, 404, 503))
    @blueprint.response(200, RecordSchema)
    def record(receipt_id: str) -> Response:
        """Return one receipt, for whoever knows its id; with a token of scope `receipts:read` its personal part as well."""
        return run(public, answer_record, receipt_id)

    @blueprint.route("/api/v1/receipts/<receipt_id>/proof")
    @blueprint.doc(
        responses={
            200: {"description": "A proof (C2SP tlog-proof)", "content": {"text/plain": {}}},
            202: {"description": "Not in the log yet; see Retry-After", "content": {"text/plain": {}}},
            **errors(404, 503),
        },
    )
    def receipt_proof(receipt_id: str) -> Response:
        """Return the proof that a receipt is in its site's log, to be checked offline by `consent verify`."""
        return run(public, answer_receipt_proof, receipt_id)

    return blueprint
