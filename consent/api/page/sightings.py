"""POST /api/v1/sites/<site>/sightings: receive names of cookies and items seen in pages; store unknown ones.

Only where the site's owner has switched this on.
"""

from urllib.parse import urlsplit

from marshmallow import ValidationError

from consent.api.buffers.sightings import Sighting
from consent.api.http.context import ApiContext
from consent.api.http.request import Request
from consent.api.http.request_schemas import SightingsSchema
from consent.api.http.response import Answer, ApiError
from consent.api.http.site import cors, find_site
from consent.api.page.csp_reports import is_known
from consent.api.page.visit_context import limit_reports
from consent.core.paths import any_matches
from consent.runtime.compiled_config import CompiledConfig

_schema = SightingsSchema()
_KINDS = {"cookie": "cookie", "local_storage": "local", "session_storage": "session"}
"""What a finding calls what a page keeps, and what a config calls it."""


def answer_sightings(context: ApiContext, request: Request, site: str) -> Answer:
    """Record the names that nothing in the live config explains. Where the owner has not asked, nothing is kept."""
    limit_reports(context, request)
    config = find_site(context, site)
    headers = [*cors(config, request), ("Cache-Control", "no-store")]
    page = urlsplit(request.header("Origin") or "").hostname
    try:
        met = _schema.load(request.json())
    except ValidationError as error:
        raise ApiError(400, "invalid_field", "A field cannot be used.", error.messages_dict) from None
    if config.sightings and page:
        for kind, names in met.items():
            for name in names:
                if not _is_known(config, kind, name):
                    context.buffers.sightings.add(config.site_id, Sighting(kind, name, page))
    return Answer(204, headers)


def _is_known(config: CompiledConfig, kind: str, name: str) -> bool:
    if kind == "host":
        return "." not in name or is_known(config, name)
    kept = [cookie["name"] for cookie in config.document["cookies"] if cookie["kind"] == _KINDS[kind]]
    return any_matches([*kept, config.cookie, f"consent_{config.site}_*"], name)
