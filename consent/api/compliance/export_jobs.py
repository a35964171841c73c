"""/api/v1/sites/<site>/exports: start, list, download in ranges and remove background exports."""

from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate
from werkzeug.wrappers import Response

from consent.api.compliance.export_stream import SCOPE
from consent.api.compliance.token_auth import no_filters
from consent.api.http.context import ApiContext
from consent.api.http.request import Request
from consent.api.http.response import Answer, ApiError, json_answer
from consent.api.http.schema_examples import meta
from consent.api.http.site import find_site
from consent.exports import FORMATS
from consent.exports.download import answer_file, answer_manifest
from consent.exports.job_store import TooManyExportsError
from consent.exports.jobs import Job
from consent.log.audit_author import AuditActor, Author
from consent.storage.accounts import api_tokens
from consent.storage.receipts.filter_params import FilterError
from consent.storage.receipts.serializers import to_time
from consent.storage.sites import sites

NO_STORE = [("Cache-Control", "no-store")]


class ExportRequestSchema(Schema):
    """What is to be exported: a format, and the filters of a search by their names."""

    class Meta:
        unknown = RAISE

    format = fields.String(required=True, validate=validate.OneOf(list(FORMATS)), **meta("Format of the file.", "csv"))
    filters = fields.Dict(
        keys=fields.String(validate=validate.Length(1, 80)),
        values=fields.String(validate=validate.Length(max=200)),
        load_default=dict,
        **meta("Filters of a search, by their names.", {"country": "DE", "group.analytics": "granted"}),
    )


_schema = ExportRequestSchema()


def answer_export_request(context: ApiContext, request: Request, site: str) -> Answer:
    """Begin an export for a token of scope `receipts:export`: 202 with what can be watched."""
    site_id, by = _enter(context, request, site)
    try:
        asked = _schema.load(request.json())
        job = context.receipts.exports.ask(site, site_id, asked["format"], asked["filters"], by)
    except ValidationError as error:
        raise ApiError(400, "invalid_field", "A field cannot be used.", error.messages_dict) from None
    except FilterError as error:
        raise ApiError(400, "invalid_filter", "A filter cannot be used.", dict(error.fields)) from None
    except TooManyExportsError:
        raise ApiError(429, "rate_limited", "Three exports of this site are being written.", retry_after=10) from None
    _record(context, site_id, by, "export.created", job)
    return json_answer(view(job), 202, NO_STORE)


def answer_exports(context: ApiContext, request: Request, site: str) -> Answer:
    """Answer the exports of the site that can be fetched or are being written."""
    site_id, _ = _enter(context, request, site)
    no_filters(request)
    return json_answer({"items": [view(job) for job in context.receipts.exports.all(site, site_id)]}, 200, NO_STORE)


def answer_one_export(context: ApiContext, request: Request, site: str, export: str) -> Answer:
    """Answer how far an export has come; one whose process ended is gone on with."""
    job = _find(context, request, site, export)
    context.receipts.exports.go_on(job)
    return json_answer(view(job), 200, NO_STORE)


def answer_export_removal(context: ApiContext, request: Request, site: str, export: str) -> Answer:
    """Remove an export, also one that is being written."""
    job = _find(context, request, site, export)
    context.receipts.exports.remove(job)
    _record(context, job.asked.site_id, _enter(context, request, site)[1], "export.deleted", job)
    return Answer(204, NO_STORE)


def send_export(context: ApiContext, request: Request, site: str, export: str) -> Response:
    """Return the file: any part of it once it is whole, before that as it grows."""
    return answer_file(_find(context, request, site, export), request.environ, context.receipts.exports.go_on)


def send_manifest(context: ApiContext, request: Request, site: str, export: str) -> Response:
    """Return the manifest of a file that is whole."""
    answer = answer_manifest(_find(context, request, site, export))
    if answer is None:
        raise ApiError(404, "not_found", "The export is not whole yet.")
    return answer


def view(job: Job) -> dict[str, Any]:
    """Return an export as the API shows it."""
    state, asked = job.state(), job.asked
    return {
        "id": job.id,
        "format": asked.kind,
        "filters": asked.filters,
        "time": to_time(asked.at),
        "state": "whole" if state.is_whole else "stopped" if state.error else "writing",
        "error": state.error,
        "rows": state.count,
        "bytes": state.size,
        "share": round(job.share(), 3),
        "sha256": state.sha256 or None,
    }


def _enter(context: ApiContext, request: Request, site: str) -> tuple[int, str]:
    """Return the site's number and the opaque id of the token. Raises ApiError."""
    config = find_site(context, site)
    token = context.tokens.check(request.header("Authorization") or "", SCOPE, config.site_id)
    return config.site_id, api_tokens.audit_id_of(token.hash)


def _find(context: ApiContext, request: Request, site: str, export: str) -> Job:
    site_id, _ = _enter(context, request, site)
    job = context.receipts.exports.find(site, site_id, export)
    if job is None:
        raise ApiError(404, "not_found", "This site has no such export.")
    return job


def _record(context: ApiContext, site_id: int, by: str, action: str, job: Job) -> None:
    author = Author(AuditActor(by, "token"), context.keys.receipt)
    details = {"format": job.asked.kind, "filters": job.asked.audit_filters} if action == "export.created" else None
    with context.engine.begin() as connection:
        owner = sites.by_id(connection, site_id)
        if owner is not None:
            author.record(connection, owner, action, job.id, None, details, int(context.clock()))
