"""Response schemas of searches and exports, for the OpenAPI document."""

from marshmallow import Schema, fields, validate

from consent.api.http.parameters import ID
from consent.api.http.request_schemas import ACTIONS, CONFIG, RECEIPT_METHODS
from consent.api.http.schema_examples import meta
from consent.api.page.schemas import JWS, SignalsSchema

SHA256 = CONFIG.removeprefix("sha256:")
PERSONAL = {
    "visitor": ID,
    "previous": None,
    "browser": "Firefox",
    "page_group": None,
    "chosen_at": 1795561200,
    "salt": "9f86d081884c7d659a2feaa0c55ad015",
}


class ItemPlaceSchema(Schema):
    """The visitor's place, as recorded in a receipt."""

    country = fields.String(required=True, allow_none=True, **meta("Country (ISO 3166-1 alpha-2).", "DE"))
    subdivision = fields.String(
        required=True, allow_none=True, **meta("Subdivision: the second part of its ISO 3166-2 code.", "BE")
    )


class ItemSchema(Schema):
    """One receipt in a search result."""

    id = fields.String(required=True, **meta("Id of the receipt.", ID))
    receipt = fields.String(required=True, **meta("The signed receipt (JWS, Ed25519).", JWS))
    visitor = fields.String(
        required=True,
        allow_none=True,
        **meta("Opaque id of the visitor, or null if the receipt is not linked to one.", ID),
    )
    time = fields.String(required=True, **meta("Time of the receipt (RFC 3339).", "2026-11-24T23:00:00Z"))
    action = fields.String(
        required=True, validate=validate.OneOf(ACTIONS), **meta("Action that the visitor took.", "save")
    )
    method = fields.String(
        required=True, validate=validate.OneOf(RECEIPT_METHODS), **meta("How the choice was made.", "click")
    )
    choices = fields.Dict(
        keys=fields.String(),
        values=fields.Boolean(allow_none=True),
        required=True,
        **meta("Effective answer for each group.", {"functional": True, "analytics": True, "advertising": False}),
    )
    vendors = fields.Dict(
        keys=fields.String(),
        values=fields.Boolean(),
        required=True,
        **meta("Answers for individual vendors.", {"matomo": False}),
    )
    place = fields.Nested(ItemPlaceSchema, required=True, **meta("Place of the visitor."))
    regime = fields.String(required=True, **meta("Regime that applied.", "eu_opt_in"))
    config = fields.String(required=True, **meta("Hash of the config that was shown.", CONFIG))
    language = fields.String(required=True, **meta("Language of the banner (BCP 47).", "en"))
    signals = fields.Nested(SignalsSchema, required=True, **meta("Privacy signals that the browser sent."))


class CountSchema(Schema):
    """The number of receipts that match."""

    number = fields.Integer(required=True, **meta("Number of matches.", 4211))
    is_capped = fields.Boolean(required=True, **meta("Whether there are more matches than were counted.", False))


class SearchSchema(Schema):
    """One page of receipts."""

    count = fields.Nested(CountSchema, **meta("Number of matching receipts, if `count=true`."))
    detached = fields.List(
        fields.String, **meta("Detached months within the period, which were not searched.", ["2024-10"])
    )
    items = fields.List(fields.Nested(ItemSchema), required=True, **meta("Receipts, newest first."))
    next = fields.String(
        required=True, allow_none=True, **meta("Cursor of the next page, or null on the last page.", "MTc2NDAyODgwMA")
    )


class RecordSchema(Schema):
    """One receipt."""

    id = fields.String(required=True, **meta("Id of the receipt.", ID))
    receipt = fields.String(required=True, **meta("The signed receipt (JWS, Ed25519).", JWS))
    personal = fields.Dict(
        allow_none=True, **meta("Personal part, only with a token; null if it was erased.", PERSONAL)
    )


class ExportSchema(Schema):
    """An export: its request, and its progress."""

    id = fields.String(required=True, **meta("Id of the export.", "0a1b2c3d" * 4))
    format = fields.String(
        required=True, validate=validate.OneOf(["csv", "jsonl", "iso27560"]), **meta("Format of the file.", "csv")
    )
    filters = fields.Dict(
        keys=fields.String(), values=fields.String(), required=True, **meta("Filters by name.", {"country": "DE"})
    )
    time = fields.String(required=True, **meta("Time of the request (RFC 3339).", "2026-11-24T23:00:00Z"))
    state = fields.String(
        required=True,
        validate=validate.OneOf(["writing", "stopped", "whole"]),
        **meta("Whether the export is running, has stopped or is complete.", "whole"),
    )
    error = fields.String(required=True, **meta("Why it stopped; empty otherwise.", ""))
    rows = fields.Integer(required=True, **meta("Number of receipts in the file.", 4211))
    bytes = fields.Integer(required=True, **meta("Size of the file in bytes.", 1048576))
    share = fields.Float(required=True, **meta("Fraction of the requested period that has been written, 0 to 1.", 1.0))
    sha256 = fields.String(required=True, allow_none=True, **meta("SHA-256 of the complete file, or null.", SHA256))


class ExportsSchema(Schema):
    """The exports of the last 24 hours."""

    items = fields.List(fields.Nested(ExportSchema), required=True, **meta("Exports, newest first."))
