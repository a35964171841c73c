"""marshmallow schemas of request bodies and queries, for validation and the OpenAPI document."""

import datetime
from collections.abc import Mapping
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, post_load, validate

from consent.api.http.schema_examples import meta
from consent.core.age_rules import AGE, band_of_age
from consent.core.groups import AGE_BANDS, OPTIONAL
from consent.core.receipt import OWN_LAYER
from consent.core.tcf.choice import SETS, is_set
from consent.sites.moving.old_choices import COOKIE, OLDEST, STORAGE, TOOLS
from consent.storage.tables.statistics import EVENTS, OLD_TOOL, STATES, UNREADABLE

ACTIONS = ("accept_all", "reject_all", "save", "withdraw", "opt_out", "opt_in", "object")
METHODS = ("click", "gpc", "dnt", "age", "api", "import", "app", OWN_LAYER)
RECEIPT_METHODS = (*METHODS, "account", "handover")
"""Methods that pages and servers may send, and all methods a receipt may have."""
BANDS = ("unknown", *AGE_BANDS)
HEX_ID = validate.Regexp(r"\A[0-9a-f]{32}\Z", error="Must be 32 lowercase hex digits.")
CONFIG_NAME = validate.Regexp(r"\Asha256:[0-9a-f]{64}\Z", error="Must be sha256: and 64 lowercase hex digits.")
VENDOR_ID = validate.Regexp(r"\A[a-z0-9][a-z0-9-]{0,62}\Z", error="Must be a vendor id.")
MAX_VENDORS = 60
KEY = "0123456789abcdef0123456789abcdef"
CONFIG = "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
SUBJECT = "eyJhbGciOiJIUzI1NiIsImtpZCI6IjBhMWIyYzNkIi…"
WRITE = "w1.shop.….Zm9yIGV4YW1wbGU"
"""Example values for the OpenAPI document."""


class StrictBoolean(fields.Boolean):
    """A JSON true or false, and nothing else that could be read as one."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value


class Moment(fields.String):
    """A time (RFC 3339) in UTC, in seconds or finer, such as `2026-11-24T23:00:00Z`; loaded as Unix seconds."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:  # type: ignore[override]
        text = super()._deserialize(value, attr, data, **kwargs)
        try:
            return unix_time(text)
        except (ValueError, OverflowError):
            raise ValidationError("Must be a time such as 2026-11-24T23:00:00Z.") from None


def unix_time(text: str) -> int:
    """Return a time (RFC 3339) as Unix seconds. Raises ValueError or OverflowError if it is invalid."""
    moment = datetime.datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(text)
    return int(moment.timestamp())


class ChoicesSchema(Schema):
    """The answer for each optional group; an omitted group stays undecided."""

    class Meta:
        unknown = RAISE

    functional = StrictBoolean(**meta("Answer for functional tags.", True))
    analytics = StrictBoolean(**meta("Answer for analytics tags.", True))
    advertising = StrictBoolean(**meta("Answer for advertising tags.", False))


class Day(fields.String):
    """A date such as `2026-10-01`, from 2018 on; loaded as a date."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> datetime.date:  # type: ignore[override]
        text = super()._deserialize(value, attr, data, **kwargs)
        try:
            day = datetime.date.fromisoformat(text) if len(text) == 10 else None
        except ValueError:
            day = None
        if day is None or day < OLDEST:
            raise ValidationError("Must be a date such as 2026-10-01, in 2018 or later.")
        return day


class SourceSchema(Schema):
    """The origin of a choice made with another consent tool."""

    class Meta:
        unknown = RAISE

    tool = fields.String(
        required=True,
        validate=validate.OneOf([*TOOLS]),
        **meta("Consent tool with which the choice was made.", "klaro"),
    )
    version = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.Regexp(r"[0-9]{1,6}(\.[0-9]{1,4}){0,3}\Z", error="Must be a version such as 1.51.0."),
        **meta("Version of the tool, if its cookie or log has one.", "202409.1.0"),
    )
    said_at = Day(
        load_default=None, allow_none=True, **meta("Date of the choice, if the cookie or log has one.", "2026-10-01")
    )
    read_from = fields.String(
        data_key="from",
        load_default=COOKIE,
        validate=validate.OneOf([COOKIE, STORAGE]),
        **meta("Where the page read it. For a server it is always `file`, whatever is sent here.", COOKIE),
    )
    mapping = fields.String(
        required=True, validate=CONFIG_NAME, **meta("Hash of the mapping that a user confirmed.", CONFIG)
    )
    file = fields.String(validate=CONFIG_NAME, **meta("SHA-256 of the file that the choice was read from.", CONFIG))


class IdSet(fields.String):
    """A set of vendor list ids: ranges such as `3_7-12`, a bit field after `~`, or `*` for all that are offered."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        if not is_set(text):
            raise ValidationError("Must be a set of ids, such as 3_7-12 or *.")
        return text


class TcfChoiceSchema(Schema):
    """The choice under the Transparency and Consent Framework (TCF), on a site that participates."""

    class Meta:
        unknown = RAISE

    key = fields.String(
        required=True,
        validate=validate.Regexp(r"\A[0-9a-f]{8}\Z", error="Must be 8 lowercase hex digits."),
        **meta("Hash of what was offered, from the script's payload.", "1f2e3d4c"),
    )
    language = fields.String(
        required=True,
        validate=validate.Regexp(r"\A[a-z]{2}\Z", error="Must be a two-letter language code."),
        **meta("Language of the displayed texts.", "de"),
    )
    purposes = IdSet(required=True, **meta("Purposes that have consent.", "1_3-4"))
    interests = IdSet(required=True, **meta("Purposes whose legitimate interest was not objected to.", "2_7"))
    features = IdSet(required=True, **meta("Special features that the visitor opted in to.", ""))
    vendors = IdSet(required=True, **meta("Vendors that have consent.", "*"))
    vendor_interests = IdSet(required=True, **meta("Vendors whose legitimate interest was not objected to.", "*"))
    google = IdSet(load_default="", **meta("Providers on Google's list that have consent.", ""))


class ReceiptWriteSchema(Schema):
    """One choice, as sent by a page."""

    class Meta:
        unknown = RAISE

    key = fields.String(
        required=True,
        validate=HEX_ID,
        **meta(
            "Idempotency key: 128 random bits, generated for this choice. A repeated request records nothing new.", KEY
        ),
    )
    config = fields.String(required=True, validate=CONFIG_NAME, **meta("Hash of the config that was shown.", CONFIG))
    token = fields.String(
        required=True, validate=validate.Length(1, 1000), **meta("Write token of the displayed decision.", WRITE)
    )
    action = fields.String(
        required=True, validate=validate.OneOf(ACTIONS), **meta("Action that the visitor took.", "save")
    )
    method = fields.String(required=True, validate=validate.OneOf(METHODS), **meta("How the choice was made.", "click"))
    choices = fields.Nested(ChoicesSchema, required=True, **meta("Answer for each optional group."))
    vendors = fields.Dict(
        keys=fields.String(validate=VENDOR_ID),
        values=StrictBoolean(),
        validate=validate.Length(0, MAX_VENDORS),
        **meta("Answers for individual vendors, by id.", {"matomo": False}),
    )
    layer = fields.Integer(
        strict=True,
        load_default=1,
        validate=validate.Range(0, 2),
        **meta("Layer of the banner that was answered, or 0 for none.", 1),
    )
    conflict_shown = StrictBoolean(
        load_default=False,
        **meta("Whether the visitor was shown that the choice conflicts with a signal of the browser.", False),
    )
    age_band = fields.String(
        load_default="unknown",
        validate=validate.Regexp(
            rf"({'|'.join(BANDS)}|{AGE})\Z", error=f"Must be one of {', '.join(BANDS)}, or an age in years."
        ),
        **meta(
            "Age band of the visitor, or the age in whole years, which is used for this decision and never stored.",
            "adult",
        ),
    )
    tcf = fields.Nested(
        TcfChoiceSchema,
        **meta("Only on sites with TCF: purposes and vendors. If omitted, they follow from the groups."),
    )
    keep_proof = StrictBoolean(
        load_default=False,
        **meta("Whether the visitor wants an id by which the receipt of a refusal can be found.", False),
    )
    chosen_at = Moment(
        load_default=None,
        allow_none=True,
        **meta("Time of the choice by the browser's clock (RFC 3339, UTC).", "2026-11-24T23:00:00Z"),
    )

    subject = fields.String(
        validate=validate.Length(1, 1024),
        **meta(
            (
                "Subject token from the site's server, which identifies the signed-in visitor; omit it if nobody is "
                "signed in."
            ),
            SUBJECT,
        ),
    )
    scope = fields.String(
        validate=validate.OneOf(["account", "device"]),
        **meta("With `subject`: whether the choice applies to the account or to this device only.", "account"),
    )
    seen = fields.Integer(
        strict=True,
        validate=validate.Range(0, 2**53 - 1),
        **meta("With `subject`: version of the account that was shown, or 0 for none.", 5345),
    )
    channel = fields.String(
        validate=validate.OneOf(["webview"]),
        **meta(
            (
                "`webview` for a page inside an app that collects the choice; an app itself sends the header "
                "`Consent-App`."
            ),
            "webview",
        ),
    )
    confirmed = StrictBoolean(
        **meta("With `subject`: whether the visitor confirmed the grant in a second step (11 CCR 7028).", False)
    )

    source = fields.Nested(
        SourceSchema,
        **meta("With the method `import`: where the choice comes from. Nothing from this service was shown."),
    )

    @post_load(pass_original=True)
    def _check_together(self, data: dict[str, Any], original: Mapping[str, Any], **kwargs: Any) -> dict[str, Any]:
        """Reject fields that are valid individually but contradict each other."""
        data.setdefault("vendors", {})
        choices, action, method = data["choices"], data["action"], data["method"]
        granted = [name for part in (choices, data["vendors"]) for name, value in part.items() if value]
        errors = {}
        tcf = data.get("tcf", {})
        if action == "reject_all" and any(tcf.get(name) for name in SETS):
            errors["tcf"] = ["reject_all cannot grant anything."]
        if not choices and not data["vendors"] and not tcf:
            errors["choices"] = ["Choose at least one group or vendor."]
        if action == "accept_all" and (not choices or len(granted) < len(choices) + len(data["vendors"])):
            errors["choices"] = ["accept_all cannot refuse anything."]
        if action in ("reject_all", "opt_out", "object") and granted:
            errors["choices"] = [f"{action} cannot grant anything."]
        if action == "withdraw" and len(granted) == len(choices) + len(data["vendors"]):
            errors["choices"] = ["withdraw must refuse something."]
        if action == "reject_all" and set(choices) != set(OPTIONAL):
            errors["choices"] = ["reject_all must refuse every group."]
        if method in ("gpc", "dnt", "age") and action != "opt_out":
            errors["method"] = [f"{method} can only opt out."]
        if (method == "import") is not ("source" in data):
            errors["source"] = ["Required for the method import, and not allowed otherwise."]
        if method == "import":
            errors |= _import_errors(data, has_layer=original.get("layer", 0) != 0)
        if "subject" not in data:
            errors |= {name: ["Requires subject."] for name in ("scope", "seen", "confirmed") if name in data}
        elif method == "import":
            errors["subject"] = ["An import cannot have a subject."]
        if errors:
            raise ValidationError(errors)
        age = int(data["age_band"]) if data["age_band"].isdigit() else None
        return data | {"age": age, "age_band": data["age_band"] if age is None else band_of_age(age)}


def _import_errors(data: Mapping[str, Any], *, has_layer: bool) -> dict[str, list[str]]:
    """Return the errors of an import that claims this service showed something."""
    errors = {}
    if "tcf" in data:
        errors["tcf"] = ["An import can only answer for groups and vendors of the site."]
    if data["action"] in ("accept_all", "opt_in"):
        errors["action"] = ["The action of an import must be save or a refusal."]
    if has_layer:
        errors["layer"] = ["The layer of an import must be 0."]
    if data["conflict_shown"]:
        errors["conflict_shown"] = ["Not allowed for an import."]
    return errors


class EventSchema(Schema):
    """One anonymous event of the banner."""

    class Meta:
        unknown = RAISE

    event = fields.String(
        required=True, validate=validate.OneOf([*EVENTS, UNREADABLE, OLD_TOOL]), **meta("Name of the event.", "shown")
    )
    config = fields.String(required=True, validate=CONFIG_NAME, **meta("Hash of the config that was shown.", CONFIG))
    token = fields.String(
        required=True, validate=validate.Length(1, 1000), **meta("Write token of the displayed decision.", WRITE)
    )


def _names(description: str, example: str) -> fields.Field[Any]:
    name = fields.String(validate=validate.Regexp(r"[\x21-\x7e][\x20-\x7e]{0,59}\Z"))
    return fields.List(name, load_default=list, validate=validate.Length(0, 30), **meta(description, [example]))


class SightingsSchema(Schema):
    """Names of items found on a page, by kind; `*` replaces parts that could identify a visitor."""

    class Meta:
        unknown = RAISE

    cookie = _names("Names of cookies.", "_ga_*")
    local_storage = _names("Names of items in local storage.", "amplitude_id_*")
    session_storage = _names("Names of items in session storage.", "hjViewportId")
    host = _names("Hosts that the page loaded from.", "cdn.example.net")
    state = fields.String(
        load_default="",
        validate=validate.OneOf(STATES),
        **meta("The visitor's answer before the page view, for counting page views; omitted after a click.", "refused"),
    )
    asked = _names("Vendors of the site that the page view contacted although they may not run.", "hotjar")
    asked_own = _names("The same, through the site's own host.", "google-analytics")
    page = fields.String(
        load_default="",
        validate=validate.Regexp(r"(/[\x21-\x7e]{0,59})?\Z"),
        **meta("Path of the page that contacted them, without numbers and codes.", "/shoes/*"),
    )


class ErrorBodySchema(Schema):
    """The error: a code for programs, a message for people, and the invalid fields."""

    code = fields.String(required=True, **meta("Error code, for programs.", "invalid_field"))
    message = fields.String(required=True, **meta("Error message, for people.", "A field is not valid."))
    fields_ = fields.Dict(
        keys=fields.String(),
        values=fields.List(fields.String()),
        data_key="fields",
        required=True,
        **meta("Messages for each invalid field, by its dotted name.", {"months": ["Must be at least 1."]}),
    )


class ErrorSchema(Schema):
    """The schema of every error."""

    error = fields.Nested(ErrorBodySchema, required=True, **meta("The error."))
