"""Route table of background exports."""

from consent.api.compliance.export_jobs import (
    ExportRequestSchema,
    answer_export_removal,
    answer_export_request,
    answer_exports,
    answer_one_export,
    send_export,
    send_manifest,
)
from consent.api.compliance.export_stream import SCOPE
from consent.api.compliance.schemas import SHA256, ExportSchema, ExportsSchema
from consent.api.http.parameters import ID
from consent.api.http.replies import json_body
from consent.api.http.routes import Reply, RouteGroup, delete, get, json_reply, post

PATH = "/api/v1/sites/<site>/exports"
READING = (401, 403, 404, 503)
FILES = {
    "text/csv": {"example": f"id,time,action\r\n{ID},2026-11-24T23:00:00Z,save\r\n"},
    "application/jsonl": {"example": f'{{"id":"{ID}","receipt":"eyJhbGciOiJFZERTQSJ9.…"}}\n'},
    "application/ld+json": {"example": '{"@context":"https://w3id.org/dpv","records":[]}'},
}
MANIFEST = {"format": "csv", "rows": 4211, "sha256": SHA256}
RANGE = {
    "name": "Range",
    "in": "header",
    "required": False,
    "description": "Part of a complete file to return (RFC 9110, 14.2).",
    "schema": {"type": "string"},
    "example": "bytes=0-1048575",
}

ROUTE_GROUP = RouteGroup(
    "Exports",
    "Exports of receipts to files, written in the background.",
    (
        post(
            path=PATH,
            endpoint=answer_export_request,
            summary="Start an export of all receipts that match the filters.",
            body={
                "required": True,
                "content": json_body(ExportRequestSchema, {"format": "csv", "filters": {"country": "DE"}})["content"],
            },
            replies=(json_reply(ExportSchema, "The export was started.", 202),),
            errors=(400, 401, 403, 404, 413, 415, 429, 503),
            scope=SCOPE,
        ),
        get(
            path=PATH,
            endpoint=answer_exports,
            summary="List the exports of the last 24 hours, newest first.",
            replies=(json_reply(ExportsSchema, "The exports."),),
            errors=(400, *READING),
            scope=SCOPE,
        ),
        get(
            path=f"{PATH}/<export>",
            endpoint=answer_one_export,
            summary="Return an export and its progress.",
            replies=(json_reply(ExportSchema, "The export."),),
            errors=READING,
            scope=SCOPE,
        ),
        delete(
            path=f"{PATH}/<export>",
            endpoint=answer_export_removal,
            summary="Delete an export, even one that is still running.",
            replies=(Reply(204, "The export is deleted."),),
            errors=READING,
            scope=SCOPE,
        ),
        get(
            path=f"{PATH}/<export>/file",
            endpoint=send_export,
            summary="Download the file or, once it is complete, the part given by `Range`.",
            parameters=(RANGE,),
            replies=(
                Reply(200, "The file; while the export is running, it is streamed as it grows.", FILES),
                Reply(206, "The part given by `Range`.", FILES),
                Reply(
                    416,
                    "The part given by `Range` is outside of the file.",
                    {"text/plain": {"example": "The range is outside of the file.\n"}},
                ),
            ),
            errors=READING,
            scope=SCOPE,
            is_streamed=True,
        ),
        get(
            path=f"{PATH}/<export>/manifest",
            endpoint=send_manifest,
            summary="Return the manifest of a complete file.",
            replies=(Reply(200, "The manifest.", {"application/json": {"example": MANIFEST}}),),
            errors=READING,
            scope=SCOPE,
            is_streamed=True,
        ),
    ),
)
