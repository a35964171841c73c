"""/api/v1/sites/<site>/exports: files that are written beside the service, watched, fetched in parts and removed."""

from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate
from werkzeug.wrappers import Response

from consent.api.acting import no_filters
from consent.api.answer import Answer, ApiError, json_answer
from consent.api.export import SCOPE
from consent.api.public import Public
from consent.api.request import Request
from consent.api.visit import find_site
from consent.exports import FORMATS
from consent.exports.fetch import answer_file, answer_manifest
from consent.exports.jobs import Job
from consent.exports.shelf import TooMany
from consent.proof.audit import Author, Who
from consent.storage import sites, tokens
from consent.storage.filter_query import FilterError
from consent.storage.rows import to_time

NO_STORE = [("Cache-Control", "no-store")]


class ExportAskSchema(Schema):
    """What is to be exported: a format, and the filters of a search by their names."""

    class Meta:
        unknown = RAISE

    format = fields.String(required=True, validate=validate.OneOf(list(FORMATS)))
    filters = fields.Dict(
        keys=fields.String(validate=validate.Length(1, 80)),
        values=fields.String(validate=validate.Length(max=200)),
        load_default=dict,
        metadata={"example": {"country": "DE", "group.analytics": "granted"}},
    )


_schema = ExportAskSchema()


def answer_export_ask(public: Public, request: Request, site: str) -> Answer:
    """Begin an export for a token of scope `receipts:export`: 202 with what can be watched."""
    site_id, by = _enter(public, request, site)
    try:
        asked = _schema.load(request.json())
        job = public.exports.ask(site, site_id, asked["format"], asked["filters"], by)
    except ValidationError as error:
        raise ApiError(400, "bad_field", "A field cannot be used.", error.messages_dict) from None
    except FilterError as error:
        raise ApiError(400, "bad_filter", "A filter cannot be used.", dict(error.fields)) from None
    except TooMany:
        raise ApiError(429, "too_many", "Three exports of this site are being written.", retry_after=10) from None
    _tell(public, site_id, by, "export.asked", job)
    return json_answer(view(job), 202, NO_STORE)


def answer_exports(public: Public, request: Request, site: str) -> Answer:
    """Answer the exports of the site that can be fetched or are being written."""
    site_id, _ = _enter(public, request, site)
    no_filters(request)
    return json_answer({"items": [view(job) for job in public.exports.all(site, site_id)]}, 200, NO_STORE)


def answer_one_export(public: Public, request: Request, site: str, export: str) -> Answer:
    """Answer how far an export has come; one whose process ended is gone on with."""
    job = _find(public, request, site, export)
    public.exports.go_on(job)
    return json_answer(view(job), 200, NO_STORE)


def answer_export_removal(public: Public, request: Request, site: str, export: str) -> Answer:
    """Remove an export, also one that is being written."""
    job = _find(public, request, site, export)
    public.exports.remove(job)
    _tell(public, job.asked.site_id, _enter(public, request, site)[1], "export.removed", job)
    return Answer(204, NO_STORE)


def send_export(public: Public, request: Request, site: str, export: str) -> Response:
    """Return the file: any part of it once it is whole, before that as it grows."""
    return answer_file(_find(public, request, site, export), request.environ, public.exports.go_on)


def send_manifest(public: Public, request: Request, site: str, export: str) -> Response:
    """Return the manifest of a file that is whole."""
    answer = answer_manifest(_find(public, request, site, export))
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
        "state": "whole" if state.is_whole else "stopped" if state.fault else "writing",
        "fault": state.fault,
        "rows": state.count,
        "bytes": state.size,
        "share": round(job.share(), 3),
        "sha256": state.sha256 or None,
    }


def _enter(public: Public, request: Request, site: str) -> tuple[int, str]:
    """Return the site's number and the opaque id of the token. Raises ApiError."""
    config = find_site(public, site)
    token = public.tokens.check(request.header("Authorization") or "", SCOPE, config.site_id)
    return config.site_id, tokens.audit_id_of(token.hash)


def _find(public: Public, request: Request, site: str, export: str) -> Job:
    site_id, _ = _enter(public, request, site)
    job = public.exports.find(site, site_id, export)
    if job is None:
        raise ApiError(404, "not_found", "This site has no such export.")
    return job


def _tell(public: Public, site_id: int, by: str, action: str, job: Job) -> None:
    author = Author(Who(by, "token"), public.keys.receipt)
    said = {"format": job.asked.kind, "filters": job.asked.told_filters} if action == "export.asked" else None
    with public.engine.begin() as connection:
        owner = sites.by_id(connection, site_id)
        if owner is not None:
            author.tell(connection, owner, action, job.id, None, said, int(public.clock()))
