"""/api/v1/sites/<site>/exports: start, list, download in ranges and remove background exports."""

from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate
from werkzeug.wrappers import Response

from consent.api.compliance.export_stream import SCOPE
from consent.api.compliance.token_auth import no_filters
from consent.api.http.context import ApiContext
from consent.api.http.request import Request
from consent.api.http.response import NO_STORE, Answer, ApiError, json_answer
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


class ExportRequestSchema(Schema):
    """What to export: a format, and search filters by name."""

    class Meta:
        unknown = RAISE

    format = fields.String(required=True, validate=validate.OneOf(list(FORMATS)), **meta("Format of the file.", "csv"))
    filters = fields.Dict(
        keys=fields.String(validate=validate.Length(1, 80)),
        values=fields.String(validate=validate.Length(max=200)),
        load_default=dict,
        **meta("Search filters, by name.", {"country": "DE", "group.analytics": "granted"}),
    )


_schema = ExportRequestSchema()


def answer_export_request(context: ApiContext, request: Request, site: str) -> Answer:
    """Start an export for a token of scope `receipts:export`: 202 with its progress."""
    site_id, by = _authorize(context, request, site)
    try:
        asked = _schema.load(request.json())
        job = context.receipts.exports.request(site, site_id, asked["format"], asked["filters"], by)
    except ValidationError as error:
        raise ApiError(400, "invalid_field", "A field is not valid.", error.messages_dict) from None
    except FilterError as error:
        raise ApiError(400, "invalid_filter", "A filter is invalid.", dict(error.fields)) from None
    except TooManyExportsError:
        raise ApiError(429, "rate_limited", "Three exports of this site are already running.", retry_after=10) from None
    _record(context, site_id, by, "export.created", job)
    return json_answer(view(job), 202, [NO_STORE])


def answer_exports(context: ApiContext, request: Request, site: str) -> Answer:
    """Return the site's exports that are being written or can be downloaded."""
    site_id, _ = _authorize(context, request, site)
    no_filters(request)
    return json_answer({"items": [view(job) for job in context.receipts.exports.all(site, site_id)]}, 200, [NO_STORE])


def answer_one_export(context: ApiContext, request: Request, site: str, export: str) -> Answer:
    """Return the progress of an export; if its process has ended, it is resumed."""
    job = _find(context, request, site, export)
    context.receipts.exports.resume(job)
    return json_answer(view(job), 200, [NO_STORE])


def answer_export_removal(context: ApiContext, request: Request, site: str, export: str) -> Answer:
    """Remove an export, even one that is being written."""
    job = _find(context, request, site, export)
    context.receipts.exports.remove(job)
    _record(context, job.request.site_id, _authorize(context, request, site)[1], "export.deleted", job)
    return Answer(204, [NO_STORE])


def send_export(context: ApiContext, request: Request, site: str, export: str) -> Response:
    """Return the file: any part of it once it is complete, before that as it grows."""
    return answer_file(_find(context, request, site, export), request.environ, context.receipts.exports.resume)


def send_manifest(context: ApiContext, request: Request, site: str, export: str) -> Response:
    """Return the manifest of a complete file."""
    answer = answer_manifest(_find(context, request, site, export))
    if answer is None:
        raise ApiError(404, "not_found", "The export is not complete yet.")
    return answer


def view(job: Job) -> dict[str, Any]:
    """Return an export as the API shows it."""
    state, asked = job.state(), job.request
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


def _authorize(context: ApiContext, request: Request, site: str) -> tuple[int, str]:
    """Return the site's id and the token's opaque id. Raises ApiError."""
    config = find_site(context, site)
    token = context.tokens.check(request.header("Authorization") or "", SCOPE, config.site_id)
    return config.site_id, api_tokens.audit_id_of(token.hash)


def _find(context: ApiContext, request: Request, site: str, export: str) -> Job:
    site_id, _ = _authorize(context, request, site)
    job = context.receipts.exports.find(site, site_id, export)
    if job is None:
        raise ApiError(404, "not_found", "This site has no such export.")
    return job


def _record(context: ApiContext, site_id: int, by: str, action: str, job: Job) -> None:
    author = Author(AuditActor(by, "token"), context.keys.receipt)
    details = {"format": job.request.kind, "filters": job.request.audit_filters} if action == "export.created" else None
    with context.engine.begin() as connection:
        owner = sites.by_id(connection, site_id)
        if owner is not None:
            author.record(connection, owner, action, job.id, None, details, int(context.clock()))
