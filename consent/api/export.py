"""GET /api/v1/sites/<site>/receipts/export: all that the filters find, streamed in constant memory."""

import time
from collections.abc import Iterator

from consent.api.answer import ApiError
from consent.api.public import Public
from consent.api.request import Request
from consent.api.visit import find_site
from consent.exports import FORMATS, Export, Source
from consent.exports.archive import zipped
from consent.storage.filter_query import FilterError, read_filters

SCOPE = "receipts:export"


def stream_export(public: Public, request: Request, site: str) -> tuple[Iterator[bytes], list[tuple[str, str]]]:
    """Return the chunks of an export and its headers, for a token of scope `receipts:export`."""
    config = find_site(public, site)
    public.tokens.check(request.header("Authorization") or "", SCOPE, config.site_id)
    query = dict(request.query)
    kind, archive = query.pop("format", "jsonl"), query.pop("archive", "")
    if kind not in FORMATS:
        known = f"Must be {', '.join(FORMATS)}."
        raise ApiError(400, "bad_format", "There is no such format.", {"format": known})
    if archive not in ("", "zip"):
        raise ApiError(400, "bad_format", "There is no such archive.", {"archive": "Must be zip."})
    try:
        filters = read_filters(query)
    except FilterError as error:
        raise ApiError(400, "bad_filter", "A filter cannot be used.", dict(error.fields)) from None
    source = Source(public.reads.engine, public.rules, public.keys.jwks["keys"], public.base_url)
    export = Export(source, config.site_id, site, filters, kind)
    if archive:
        return zipped(export, time.gmtime(public.clock())[:6]), _headers("application/zip", f"{export.name}.zip")
    return export.chunks(), _headers(export.format.content_type, export.name)


def _headers(content_type: str, name: str) -> list[tuple[str, str]]:
    disposition = f'attachment; filename="{name}"'
    return [("Content-Type", content_type), ("Content-Disposition", disposition), ("Cache-Control", "no-store")]
