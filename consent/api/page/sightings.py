"""POST /api/v1/sites/<site>/sightings: receive names of cookies and items seen in pages; store unknown ones.

A page view also counts as sampled, by its visitor's earlier choice, with the vendors that it contacted without
permission.

Only if the site's owner has switched this on.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from marshmallow import ValidationError

from consent.api.buffers.sightings import Sighting
from consent.api.http.context import ApiContext
from consent.api.http.device_class import read_agent
from consent.api.http.request import Request
from consent.api.http.request_schemas import SightingsSchema
from consent.api.http.response import NO_STORE, Answer, ApiError
from consent.api.http.site import cors, find_site
from consent.api.page.csp_reports import is_known
from consent.api.page.visit_context import limit_reports
from consent.core.days import HOUR_SECONDS
from consent.core.groups import ESSENTIAL
from consent.core.host_patterns import owner_of
from consent.core.paths import any_matches
from consent.runtime.compiled_config import CompiledConfig
from consent.sites.custom.code import MARKED, load_of
from consent.storage.statistics.enforcement import Asked, View

_schema = SightingsSchema()
_KINDS = {"cookie": "cookie", "local_storage": "local", "session_storage": "session"}
"""Kinds of stored items, in findings and in configs."""


def answer_sightings(context: ApiContext, request: Request, site: str) -> Answer:
    """Record names that the live config doesn't explain. Unless the owner has switched this on, nothing is stored."""
    limit_reports(context, request)
    config = find_site(context, site)
    headers = [*cors(config, request), NO_STORE]
    page = urlsplit(request.header("Origin") or "").hostname
    try:
        met = _schema.load(request.json())
    except ValidationError as error:
        raise ApiError(400, "invalid_field", "A field is not valid.", error.messages_dict) from None
    if config.sightings and page:
        _count_view(context, request, config, met)
        for kind in (*_KINDS, "host"):
            for name in met[kind]:
                vendor = _page_vendor(config, name) if kind == "host" else ""
                if vendor or not _is_known(config, kind, name):
                    context.buffers.sightings.add(config.site_id, Sighting(kind, name, page, vendor=vendor))
    return Answer(204, headers)


def _count_view(context: ApiContext, request: Request, config: CompiledConfig, met: Mapping[str, Any]) -> None:
    """Count the page view as sampled, with the vendors that it contacted without permission."""
    if not met["state"] or read_agent(request.header("User-Agent") or "").is_bot:
        return
    hour, state = int(context.clock() // HOUR_SECONDS), met["state"]
    asked = [
        Asked(config.site_id, hour, vendor, state, is_own, _path_prefix(met["page"]))
        for is_own, vendors in ((False, met["asked"]), (True, met["asked_own"]))
        for vendor in dict.fromkeys(vendors)
        if vendor in config.vendor_ids
    ]
    context.buffers.sampled_views.add(View(config.site_id, hour, state), asked)


def _path_prefix(path: str) -> str:
    """Return the first two segments of a path: the ones after them may be about a person."""
    names = path.split("/")[1:]
    return "/" + "/".join(names[:2]) + ("/…" if len(names) > 2 and any(names[2:]) else "")


def _page_vendor(config: CompiledConfig, host: str) -> str:
    """Return the vendor of `host` if code in the page loads one of its tags, or ""."""
    tags = [tag for tag in config.document["tags"] if tag["group"] != ESSENTIAL and load_of(tag)["type"] == MARKED]
    vendors = {tag["vendor"] for tag in tags if tag["enabled"]}
    hosts = {
        vendor["id"]: [entry.partition("/")[0] for entry in vendor["hosts"]]
        for vendor in config.document["vendors"]
        if vendor["id"] in vendors
    }
    return owner_of(host, hosts) or ""


def _is_known(config: CompiledConfig, kind: str, name: str) -> bool:
    if kind == "host":
        return "." not in name or is_known(config, name)
    kept = [cookie["name"] for cookie in config.document["cookies"] if cookie["kind"] == _KINDS[kind]]
    return any_matches([*kept, config.cookie, f"consent_{config.site}_*"], name)
