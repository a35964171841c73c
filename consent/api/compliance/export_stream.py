"""GET /api/v1/sites/<site>/receipts/export: all receipts that match the filters, streamed in constant memory."""

import time

from flask import Response

from consent.api.http.context import ApiContext
from consent.api.http.request import Request
from consent.api.http.response import NO_STORE, ApiError
from consent.api.http.site import find_site
from consent.exports import FORMATS, Export, Source
from consent.exports.zip_archive import zipped
from consent.storage.receipts.filter_params import FilterError, read_filters

SCOPE = "receipts:export"


def send_receipts(context: ApiContext, request: Request, site: str) -> Response:
    """Stream an export as it is generated, to a token of scope `receipts:export`."""
    config = find_site(context, site)
    context.tokens.check(request.header("Authorization") or "", SCOPE, config.site_id)
    query = dict(request.query)
    kind, archive = query.pop("format", "jsonl"), query.pop("archive", "")
    if kind not in FORMATS:
        known = f"Must be {', '.join(FORMATS)}."
        raise ApiError(400, "invalid_format", "Unknown format.", {"format": known})
    if archive not in ("", "zip"):
        raise ApiError(400, "invalid_format", "Unknown archive type.", {"archive": "Must be zip."})
    try:
        filters = read_filters(query)
    except FilterError as error:
        raise ApiError(400, "invalid_filter", "A filter is invalid.", dict(error.fields)) from None
    source = Source(context.reads.engine, context.configs.rules, context.keys.jwks["keys"], context.settings.base_url)
    export = Export(source, config.site_id, site, filters, kind)
    if archive:
        chunks = zipped(export, time.gmtime(context.clock())[:6])
        return Response(chunks, 200, _headers("application/zip", f"{export.name}.zip"))
    return Response(export.chunks(), 200, _headers(export.format.content_type, export.name))


def _headers(content_type: str, name: str) -> list[tuple[str, str]]:
    disposition = f'attachment; filename="{name}"'
    return [("Content-Type", content_type), ("Content-Disposition", disposition), NO_STORE]
