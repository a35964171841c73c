"""The receipts that the filters of the desk find, as a file: CSV for spreadsheets, JSON Lines for programs."""

from flask import Response, abort, request
from flask.typing import ResponseReturnValue

from consent.dashboard.blueprint import blueprint
from consent.dashboard.permissions import allowed
from consent.dashboard.receipt_query import read_query
from consent.dashboard.services import services
from consent.storage import receipts as store
from consent.storage.filter_query import FilterError, read_filters
from consent.storage.log import LogTree
from consent.storage.rows import to_csv, to_json_lines
from consent.storage.sites import FoundSite

TYPES = {"csv": "text/csv; charset=utf-8", "jsonl": "application/x-ndjson"}


@blueprint.get("/sites/<site>/receipts/export")
@allowed("export_receipts")
def export_receipts(site: FoundSite) -> ResponseReturnValue:
    """Stream the receipts that the filters find, newest first, in constant memory."""
    kind = request.args.get("format", "")
    try:
        filters = read_filters(read_query(request.args).filters)
    except FilterError:
        abort(400)
    if kind not in TYPES:
        abort(400)
    given = services()
    found = store.stream(given.engine, site.id, filters)
    if kind == "csv":
        chunks = to_csv(found)
    else:
        chunks = to_json_lines(found, given.keys.jwks["keys"], LogTree(given.engine, site.id))
    name = f"receipts-{site.key}.{kind}"
    return Response(
        chunks, mimetype=None, content_type=TYPES[kind], headers={"Content-Disposition": f"attachment; filename={name}"}
    )
