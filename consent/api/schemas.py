"""marshmallow schemas of what the public sends and gets: they validate, and the OpenAPI document is made of them."""

import datetime
from typing import Any

from marshmallow import EXCLUDE, RAISE, Schema, ValidationError, fields, post_load, validate

from consent.core.groups import AGE_BANDS, OPTIONAL
from consent.storage.statistic_models import EVENTS

ACTIONS = ("accept_all", "reject_all", "save", "withdraw", "opt_out", "opt_in", "object")
METHODS = ("click", "gpc", "dnt", "age", "api", "import")
BANDS = ("unknown", *AGE_BANDS)
HEX_ID = validate.Regexp(r"\A[0-9a-f]{32}\Z", error="This must be 32 lower-case hex digits.")
CONFIG_NAME = validate.Regexp(r"\Asha256:[0-9a-f]{64}\Z", error="This must be the name of a config.")
VENDOR_ID = validate.Regexp(r"\A[a-z0-9][a-z0-9-]{0,62}\Z", error="This is no vendor id.")
MAX_VENDORS = 60


class StrictBoolean(fields.Boolean):
    """true or false of JSON, and nothing that merely looks like them."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value


class Moment(fields.String):
    """A time of RFC 3339 in UTC, to the second or finer, as `2026-11-24T23:00:00Z`; loaded as unix seconds."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:  # type: ignore[override]
        text = super()._deserialize(value, attr, data, **kwargs)
        try:
            return unix_time(text)
        except (ValueError, OverflowError):
            raise ValidationError("This must be a time such as 2026-11-24T23:00:00Z.") from None


def unix_time(text: str) -> int:
    """Return a time of RFC 3339 as unix seconds. Raises ValueError or OverflowError for what is none."""
    moment = datetime.datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(text)
    return int(moment.timestamp())


class ChoicesSchema(Schema):
    """What was chosen for each optional group; a group that is left out stays undecided."""

    class Meta:
        unknown = RAISE

    functional = StrictBoolean()
    analytics = StrictBoolean()
    advertising = StrictBoolean()


class ReceiptWriteSchema(Schema):
    """One choice, as a page sends it."""

    class Meta:
        unknown = RAISE

    key = fields.String(
        required=True, validate=HEX_ID, metadata={"description": "128 random bits made for this choice"}
    )
    config = fields.String(required=True, validate=CONFIG_NAME)
    token = fields.String(required=True, validate=validate.Length(1, 1000))
    action = fields.String(required=True, validate=validate.OneOf(ACTIONS))
    method = fields.String(required=True, validate=validate.OneOf(METHODS))
    choices = fields.Nested(ChoicesSchema, required=True)
    vendors = fields.Dict(
        keys=fields.String(validate=VENDOR_ID),
        values=StrictBoolean(),
        validate=validate.Length(0, MAX_VENDORS),
    )
    layer = fields.Integer(strict=True, load_default=1, validate=validate.Range(0, 2))
    conflict_shown = StrictBoolean(load_default=False)
    age_band = fields.String(load_default="unknown", validate=validate.OneOf(BANDS))
    keep_proof = StrictBoolean(load_default=False)
    chosen_at = Moment(load_default=None, allow_none=True)

    @post_load
    def _check_together(self, data: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        """Refuse what is fine field by field and cannot be meant together."""
        data.setdefault("vendors", {})
        choices, action, method = data["choices"], data["action"], data["method"]
        granted = [name for name, value in {**choices, **data["vendors"]}.items() if value]
        faults = {}
        if not choices and not data["vendors"]:
            faults["choices"] = ["Nothing was chosen."]
        if action == "accept_all" and (not choices or len(granted) < len(choices) + len(data["vendors"])):
            faults["choices"] = ["accept_all cannot refuse anything."]
        if action in ("reject_all", "opt_out", "object") and granted:
            faults["choices"] = [f"{action} cannot grant anything."]
        if action == "reject_all" and set(choices) != set(OPTIONAL):
            faults["choices"] = ["reject_all refuses every group."]
        if method in ("gpc", "dnt", "age") and action != "opt_out":
            faults["method"] = [f"{method} can only opt out."]
        if faults:
            raise ValidationError(faults)
        return data


class EventSchema(Schema):
    """One anonymous event of the banner."""

    class Meta:
        unknown = RAISE

    event = fields.String(required=True, validate=validate.OneOf(EVENTS))
    config = fields.String(required=True, validate=CONFIG_NAME)
    token = fields.String(required=True, validate=validate.Length(1, 1000))


def _names() -> fields.Field[Any]:
    name = fields.String(validate=validate.Regexp(r"[\x21-\x7e][\x20-\x7e]{0,59}\Z"))
    return fields.List(name, load_default=list, validate=validate.Length(0, 30))


class SightingsSchema(Schema):
    """Names of what a page met, by kind; `*` stands in them where a visitor's own number could be."""

    class Meta:
        unknown = RAISE

    cookie = _names()
    local_storage = _names()
    session_storage = _names()
    host = _names()


class ErrorBodySchema(Schema):
    """What is wrong: a code for programs, a sentence for people, and the faulty fields."""

    code = fields.String(required=True)
    message = fields.String(required=True)
    fields_ = fields.Dict(
        keys=fields.String(metadata={"description": "Its dotted name"}),
        values=fields.List(fields.String()),
        data_key="fields",
        required=True,
    )


class ErrorSchema(Schema):
    """The one shape of every error."""

    error = fields.Nested(ErrorBodySchema, required=True)


class AnyObject(Schema):
    """A JSON object whose names are told in the prose of docs/http-api.md."""

    class Meta:
        unknown = EXCLUDE
