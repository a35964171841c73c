"""POST /api/v1/sites/<site>/sightings: names of what a page met, where the owner asks for them; unknown ones are kept."""

from urllib.parse import urlsplit

from marshmallow import ValidationError

from consent.api.answer import Answer, ApiError
from consent.api.csp_reports import is_known
from consent.api.public import Public
from consent.api.request import Request
from consent.api.schemas import SightingsSchema
from consent.api.sightings import Sighting
from consent.api.visit import cors, find_site, limit_reports
from consent.core.paths import any_matches
from consent.snapshots.compile import CompiledConfig

_schema = SightingsSchema()
_KINDS = {"cookie": "cookie", "local_storage": "local", "session_storage": "session"}
"""What a finding calls what a page keeps, and what a config calls it."""


def answer_sightings(public: Public, request: Request, site: str) -> Answer:
    """Note the names that nothing in the live config explains. Where the owner has not asked, nothing is kept."""
    limit_reports(public, request)
    config = find_site(public, site)
    headers = [*cors(config, request), ("Cache-Control", "no-store")]
    page = urlsplit(request.header("Origin") or "").hostname
    try:
        met = _schema.load(request.json())
    except ValidationError as error:
        raise ApiError(400, "bad_field", "A field cannot be used.", error.messages_dict) from None
    if config.sightings and page:
        for kind, names in met.items():
            for name in names:
                if not _is_known(config, kind, name):
                    public.sightings.add(config.site_id, Sighting(kind, name, page))
    return Answer(204, headers)


def _is_known(config: CompiledConfig, kind: str, name: str) -> bool:
    if kind == "host":
        return "." not in name or is_known(config, name)
    kept = [cookie["name"] for cookie in config.document["cookies"] if cookie["kind"] == _KINDS[kind]]
    return any_matches([*kept, config.cookie, f"consent_{config.site}_*"], name)
