"""The routes of exports as files that can be watched and fetched in parts."""

from collections.abc import Callable
from typing import Any

from flask import Response, request
from flask.views import MethodView
from flask_smorest import Blueprint
from werkzeug.wrappers import Response as Sent

from consent.api.answer import ApiError, error_answer
from consent.api.exports import (
    ExportAskSchema,
    answer_export_ask,
    answer_export_removal,
    answer_exports,
    answer_one_export,
    send_export,
    send_manifest,
)
from consent.api.flask_door import run, to_response
from consent.api.openapi import TOKEN
from consent.api.public import Public
from consent.api.request import Request
from consent.api.view_schemas import ExportSchema, ExportsSchema, errors

FILES: dict[str, Any] = {"text/csv": {}, "application/jsonl": {}, "application/ld+json": {}}


def export_routes(public: Public) -> Blueprint:
    """Return the routes of exports."""
    blueprint = Blueprint("Exports", __name__, description="Receipts as files, written beside the service.")
    path = "/api/v1/sites/<site>/exports"

    @blueprint.route(path)
    class Exports(MethodView):
        @blueprint.doc(
            requestBody={"required": True, "content": {"application/json": {"schema": ExportAskSchema}}},
            security=TOKEN,
            responses=errors(400, 401, 403, 404, 411, 413, 415, 429, 503),
        )
        @blueprint.response(202, ExportSchema)
        def post(self, site: str) -> Response:
            """Begin an export of all that the filters find (scope `receipts:export`)."""
            return run(public, answer_export_ask, site)

        @blueprint.doc(security=TOKEN, responses=errors(401, 403, 404, 503))
        @blueprint.response(200, ExportsSchema)
        def get(self, site: str) -> Response:
            """Return the exports of the last day, the newest first (scope `receipts:export`)."""
            return run(public, answer_exports, site)

    @blueprint.route(f"{path}/<export>")
    class OneExport(MethodView):
        @blueprint.doc(security=TOKEN, responses=errors(401, 403, 404, 503))
        @blueprint.response(200, ExportSchema)
        def get(self, site: str, export: str) -> Response:
            """Tell how far an export has come (scope `receipts:export`)."""
            return run(public, answer_one_export, site, export)

        @blueprint.doc(security=TOKEN, responses=errors(401, 403, 404, 503))
        @blueprint.response(204)
        def delete(self, site: str, export: str) -> Response:
            """Remove an export, also one that is being written (scope `receipts:export`)."""
            return run(public, answer_export_removal, site, export)

    @blueprint.route(f"{path}/<export>/file")
    @blueprint.doc(
        security=TOKEN,
        responses={
            200: {"description": "The file; while it is written, as it grows", "content": FILES},
            206: {"description": "The part that `Range` asks for, of a whole file", "content": FILES},
            416: {"description": "The file has no such part"},
            **errors(401, 403, 404, 503),
        },
    )
    def file(site: str, export: str) -> Sent:
        """Return the file, or with `Range` a part of it once it is whole (scope `receipts:export`)."""
        return _send(public, send_export, site, export)

    @blueprint.route(f"{path}/<export>/manifest")
    @blueprint.doc(
        security=TOKEN,
        responses={
            200: {"description": "The manifest", "content": {"application/json": {}}},
            **errors(401, 403, 404, 503),
        },
    )
    def manifest(site: str, export: str) -> Sent:
        """Return the manifest of a file that is whole (scope `receipts:export`)."""
        return _send(public, send_manifest, site, export)

    return blueprint


def _send(public: Public, send: Callable[[Public, Request, str, str], Sent], site: str, export: str) -> Sent:
    try:
        return send(public, Request(request.environ), site, export)
    except ApiError as error:
        return to_response(error_answer(error))
