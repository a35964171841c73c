"""GET /api/v1/sites/<site>/receipts/export: all that the filters find, streamed in constant memory."""

from collections.abc import Iterator

from consent.api.answer import ApiError
from consent.api.public import Public
from consent.api.request import Request
from consent.api.visit import find_site
from consent.storage import receipts
from consent.storage.filter_query import FilterError, read_filters
from consent.storage.log import LogTree
from consent.storage.rows import to_csv, to_json_lines

TYPES = {"csv": "text/csv; charset=utf-8", "jsonl": "application/jsonl; charset=utf-8"}


def stream_export(public: Public, request: Request, site: str) -> tuple[Iterator[bytes], list[tuple[str, str]]]:
    """Return the chunks of an export and its headers, for a token of scope `receipts:export`."""
    config = find_site(public, site)
    public.tokens.check(request.header("Authorization") or "", "receipts:export", config.site_id)
    query = dict(request.query)
    kind = query.pop("format", "jsonl")
    if kind not in TYPES:
        raise ApiError(400, "bad_format", "The format must be csv or jsonl.", {"format": "Must be csv or jsonl."})
    try:
        filters = read_filters(query)
    except FilterError as error:
        raise ApiError(400, "bad_filter", "A filter cannot be used.", dict(error.fields)) from None
    found = receipts.stream(public.engine, config.site_id, filters)
    if kind == "csv":
        chunks = to_csv(found)
    else:
        chunks = to_json_lines(found, public.keys.jwks["keys"], LogTree(public.engine, config.site_id))
    headers = [
        ("Content-Type", TYPES[kind]),
        ("Content-Disposition", f'attachment; filename="receipts-{site}.{kind}"'),
        ("Cache-Control", "no-store"),
    ]
    return chunks, headers
