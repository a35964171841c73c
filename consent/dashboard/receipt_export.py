"""The receipts that the filters of the desk find, as a file: CSV for spreadsheets, JSON for programs and auditors."""

from flask import Response, abort, request
from flask.typing import ResponseReturnValue

from consent.dashboard.blueprint import blueprint
from consent.dashboard.permissions import allowed
from consent.dashboard.receipt_query import read_query
from consent.dashboard.services import services
from consent.exports import FORMATS, Export, Source
from consent.storage.filter_query import FilterError, read_filters
from consent.storage.sites import FoundSite


@blueprint.get("/sites/<site>/receipts/export")
@allowed("export_receipts")
def export_receipts(site: FoundSite) -> ResponseReturnValue:
    """Stream the receipts that the filters find, newest first, in constant memory."""
    kind = request.args.get("format", "")
    try:
        filters = read_filters(read_query(request.args).filters)
    except FilterError:
        abort(400)
    if kind not in FORMATS:
        abort(400)
    given = services()
    source = Source(given.engine, given.rules, given.keys.jwks["keys"], given.base_url)
    export = Export(source, site.id, site.key, filters, kind)
    disposition = f"attachment; filename={export.name}"
    return Response(
        export.chunks(),
        mimetype=None,
        content_type=export.format.content_type,
        headers={"Content-Disposition": disposition},
    )
