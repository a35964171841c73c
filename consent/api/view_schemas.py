"""marshmallow schemas of what the API answers, for the OpenAPI document."""

from typing import Any

from marshmallow import Schema, fields, validate

from consent.api.schemas import ACTIONS, METHODS, ErrorSchema, EventSchema, ReceiptWriteSchema
from consent.core.decide import REASONS
from consent.core.groups import AGE_BANDS, GROUPS, OPTIONAL
from consent.storage.filters import RESTRICTED

__all__ = ["EventSchema", "ReceiptWriteSchema"]

Free = fields.Raw


class PlaceSchema(Schema):
    """Where a visitor is, and how that was found."""

    country = fields.String(required=True, allow_none=True)
    subdivision = fields.String(required=True, allow_none=True)
    source = fields.String(required=True, validate=validate.OneOf(["geoip", "edge", "token", "unknown"]))


class SignalsSchema(Schema):
    """What the browser or the site says of the visitor."""

    gpc = fields.Boolean(required=True)
    dnt = fields.Boolean(required=True)
    age_band = fields.String(required=True, validate=validate.OneOf(["unknown", *AGE_BANDS]))


class GroupAnswerSchema(Schema):
    """What holds for a tag of the group without flags."""

    granted = fields.Boolean(required=True)
    reason = fields.String(required=True, validate=validate.OneOf(sorted(REASONS)))
    rule = fields.String()


class TagAnswerSchema(Schema):
    """What holds for one tag."""

    id = fields.String(required=True)
    vendor = fields.String(required=True)
    group = fields.String(required=True, validate=validate.OneOf(GROUPS))
    mode = fields.String(required=True, validate=validate.OneOf(["full", "limited", "held"]))
    reason = fields.String(required=True, validate=validate.OneOf(sorted(REASONS)))
    rule = fields.String(required=True)


class DecisionSchema(Schema):
    """Which tags may run for one visitor here and now."""

    site = fields.String(required=True)
    config = fields.String(required=True)
    version = fields.Integer(required=True)
    place = fields.Nested(PlaceSchema, required=True)
    regime = fields.String(required=True)
    rules_version = fields.String(required=True)
    language = fields.String(required=True)
    variant = fields.String(required=True)
    signals = fields.Nested(SignalsSchema, required=True)
    show = fields.String(required=True, validate=validate.OneOf(["ask", "notice", "none"]))
    status = fields.String(required=True, allow_none=True)
    links = fields.List(fields.String(), required=True)
    expires = fields.String(required=True, allow_none=True)
    token = fields.String()
    groups = fields.Dict(keys=fields.String(), values=fields.Nested(GroupAnswerSchema), required=True)
    tags = fields.List(fields.Nested(TagAnswerSchema), required=True)
    allowed_tags = fields.List(fields.String(), required=True)
    limited_tags = fields.List(fields.String(), required=True)
    banner = fields.Dict(metadata={"description": "With view=banner: what the script needs besides"})
    sources = fields.List(
        fields.String(), metadata={"description": "With view=csp: the sources of a Content-Security-Policy"}
    )


class WrittenSchema(Schema):
    """A receipt that is durable, and the decision that holds from now on."""

    id = fields.String(required=True)
    receipt = fields.String(required=True, metadata={"description": "JWS, Ed25519"})
    linked = fields.Boolean(
        required=True, metadata={"description": "Whether the visitor's cookie leads to it, and so /r/<site>"}
    )
    decision = fields.Nested(DecisionSchema, required=True)


class ItemPlaceSchema(Schema):
    """The place of a receipt."""

    country = fields.String(required=True, allow_none=True)
    subdivision = fields.String(required=True, allow_none=True)


class ItemSchema(Schema):
    """One receipt of a search."""

    id = fields.String(required=True)
    receipt = fields.String(required=True)
    visitor = fields.String(required=True, allow_none=True)
    time = fields.String(required=True)
    action = fields.String(required=True, validate=validate.OneOf(ACTIONS))
    method = fields.String(required=True, validate=validate.OneOf(METHODS))
    choices = fields.Dict(keys=fields.String(), values=fields.Boolean(allow_none=True), required=True)
    vendors = fields.Dict(keys=fields.String(), values=fields.Boolean(), required=True)
    place = fields.Nested(ItemPlaceSchema, required=True)
    regime = fields.String(required=True)
    config = fields.String(required=True)
    language = fields.String(required=True)
    signals = fields.Nested(SignalsSchema, required=True)


class CountSchema(Schema):
    """How many receipts the filters find; where it is capped there are more."""

    number = fields.Integer(required=True)
    is_capped = fields.Boolean(required=True)


class SearchSchema(Schema):
    """One page of receipts; `next` is the cursor of the one after it, `count` comes where it was asked for."""

    count = fields.Nested(CountSchema)
    detached = fields.List(
        fields.String,
        metadata={"description": "Months among the times asked for that lie in files and were not searched"},
    )
    items = fields.List(fields.Nested(ItemSchema), required=True)
    next = fields.String(required=True, allow_none=True)


class ExportSchema(Schema):
    """An export: what was asked, and how far the file has come."""

    id = fields.String(required=True)
    format = fields.String(required=True, validate=validate.OneOf(["csv", "jsonl", "iso27560"]))
    filters = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    time = fields.String(required=True, metadata={"description": "When it was asked for"})
    state = fields.String(required=True, validate=validate.OneOf(["writing", "stopped", "whole"]))
    fault = fields.String(required=True, metadata={"description": "Why it stopped; empty else"})
    rows = fields.Integer(required=True)
    bytes = fields.Integer(required=True)
    share = fields.Float(required=True, metadata={"description": "How much of the time asked for is written, 0 to 1"})
    sha256 = fields.String(required=True, allow_none=True, metadata={"description": "Of the whole file"})


class ExportsSchema(Schema):
    """The exports of the last day, the newest first."""

    items = fields.List(fields.Nested(ExportSchema), required=True)


class RecordSchema(Schema):
    """One receipt; `personal` only for a token, null where it was erased."""

    id = fields.String(required=True)
    receipt = fields.String(required=True)
    personal = fields.Dict(allow_none=True)


class VendorsSchema(Schema):
    """The vendors of a site in one language."""

    language = fields.String(required=True)
    vendors = fields.List(fields.Dict(), required=True)


class DeclarationSchema(Schema):
    """What the site keeps in a browser, in one language and by the law of one place."""

    site = fields.String(required=True)
    config = fields.String(required=True)
    version = fields.Integer(required=True)
    changed = fields.Date(required=True, allow_none=True)
    language = fields.String(required=True)
    direction = fields.String(required=True, validate=validate.OneOf(["ltr", "rtl"]))
    controller = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    groups = fields.List(fields.Dict(), required=True)
    signals = fields.List(fields.Dict(), required=True)
    links = fields.List(fields.Dict(), required=True)
    browsers = fields.List(fields.Dict(), required=True)


class TextsSchema(Schema):
    """All strings of both layers in one language."""

    language = fields.String(required=True)
    texts = fields.Dict(keys=fields.String(), values=fields.String(), required=True)


class HealthSchema(Schema):
    """That the process answers."""

    status = fields.String(required=True)


class ReadinessSchema(Schema):
    """Whether choices can be kept, by part."""

    status = fields.String(required=True)
    checks = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    warnings = fields.List(fields.String(), required=True)


class GpcSchema(Schema):
    """The GPC support resource."""

    gpc = fields.Boolean(required=True)
    lastUpdate = fields.String(required=True)


class JwksSchema(Schema):
    """A JSON Web Key Set."""

    keys = fields.List(fields.Dict(), required=True)


def errors(*statuses: int) -> dict[int, dict[str, Any]]:
    """Return the OpenAPI responses of these error statuses, all in the one shape."""
    content = {"application/json": {"schema": ErrorSchema}}
    return {status: {"description": _MEANING[status], "content": content} for status in statuses}


def json_body(schema: type[Schema], example: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return the OpenAPI request body of `schema`, as JSON or the same JSON as text/plain."""
    shown = {"example": example} if example else {}
    kinds: dict[str, Any] = {"application/json": {"schema": schema, **shown}, "text/plain": {"schema": schema}}
    return {"required": True, "content": kinds}


CSP_REPORTS = {
    "required": True,
    "content": {
        "application/csp-report": {"schema": {"type": "object", "required": ["csp-report"]}},
        "application/reports+json": {"schema": {"type": "array", "items": {"type": "object"}}},
    },
}
"""Both forms in which browsers report what a policy refused (CSP Level 2, and the Reporting API)."""


def _query(name: str, description: str, **schema: Any) -> dict[str, Any]:
    return {
        "name": name,
        "in": "query",
        "required": False,
        "description": description,
        "schema": {"type": "string", **schema},
    }


_MEANING = {
    400: "Something in the request cannot be used",
    401: "No live token",
    403: "Not allowed: origin, token or scope",
    404: "Not found",
    409: "The key was used for another choice, or a legal hold stands against it",
    410: "What this key recorded has been erased",
    411: "The length of the body must be told",
    413: "The body is too large",
    415: "Neither application/json nor text/plain",
    429: "Too many writes; see Retry-After",
    503: "The database does not answer; see Retry-After",
}
LANGUAGE = _query("language", "The page's language, as BCP 47; else the browser's, the place's or the site's")
_BY_SERVER = " (token of scope `decide` only)"
DECISION_PARAMETERS = [
    LANGUAGE,
    _query("path", "The page, for rules by page", pattern="^/"),
    _query(
        "view",
        "`banner` adds texts, look and tag sources, `csp` the `sources` of a Content-Security-Policy",
        enum=["banner", "csp"],
    ),
    _query("country", "ISO 3166-1 alpha-2" + _BY_SERVER, pattern="^([A-Z]{2})?$"),
    _query("subdivision", "Second part of ISO 3166-2" + _BY_SERVER, pattern="^([A-Z0-9]{1,3})?$"),
    _query("gpc", "1 where the visitor's browser sends GPC" + _BY_SERVER, enum=["0", "1"]),
    _query("dnt", "1 where the visitor's browser sends DNT" + _BY_SERVER, enum=["0", "1"]),
    _query("age_band", "What the site knows of the visitor's age" + _BY_SERVER, enum=["unknown", *AGE_BANDS]),
    _query("choice", "The value of the visitor's consent cookie" + _BY_SERVER, maxLength=1024),
    {
        "name": "X-Visitor-Address",
        "in": "header",
        "required": False,
        "description": "The visitor's address, used for the look-up and never logged" + _BY_SERVER,
        "schema": {"type": "string"},
    },
]
_FILTERS = [
    _query("from", "Date or time, inclusive"),
    _query("to", "Date (whole) or time (exclusive)"),
    _query("country", "ISO 3166-1 alpha-2, or `unknown`"),
    _query("subdivision", "Second part of ISO 3166-2"),
    _query("regime", "Name of a regime"),
    _query("action", "What was done", enum=list(ACTIONS)),
    _query("method", "How it was done", enum=list(METHODS)),
    *(_query(f"group.{group}", "Effective choice", enum=["granted", "refused", "none"]) for group in OPTIONAL),
    _query("vendor.hotjar", "Choice for one vendor, by its id after the dot", enum=["granted", "refused"]),
    _query("config", "Name of a config"),
    _query("visitor", "Visitor, as receipts show it"),
    _query("language", "Language of the banner"),
    _query("signal", "Signal that was present", enum=["gpc", "dnt"]),
    _query("origin_checked", "Whether the write carried an origin of the site", enum=["true", "false"]),
    _query("restricted", "Receipts whose use is restricted; `exclude` by default", enum=list(RESTRICTED)),
]
SEARCH_PARAMETERS = [
    *_FILTERS,
    _query("cursor", "`next` of the page before"),
    _query("count", "Whether to tell how many there are in all, up to 10,000", enum=["true", "false"]),
    {"name": "limit", "in": "query", "required": False, "schema": {"type": "integer", "minimum": 1, "maximum": 500}},
]
CONSISTENCY_FROM = {
    "name": "from",
    "in": "query",
    "required": True,
    "schema": {"type": "integer", "minimum": 1},
    "description": "the number of leaves of the earlier checkpoint",
}
EXPORT_PARAMETERS = [
    _query("format", "csv, jsonl or iso27560; jsonl where it is left out", enum=["csv", "jsonl", "iso27560"]),
    _query("archive", "zip: the file together with its manifest", enum=["zip"]),
    *_FILTERS,
]
