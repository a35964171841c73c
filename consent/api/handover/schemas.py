"""Schemas of hand-overs: what pages and apps send, and what they get."""

from marshmallow import RAISE, Schema, fields, validate

from consent.api.http.request_schemas import BANDS
from consent.api.http.schema_examples import meta
from consent.core.choice import MAX_LENGTH
from consent.signing.handover_code import MAX_LENGTH as MAX_CODE_LENGTH

MAX_HOST = 262
CODE = "h1.brand-a%2Eexample.brand-b%2Eexample.1796080380..v1%2E0%2Eeu_opt_in…"
CHOICE = "v1.20788.eu_opt_in.0.-00000000000000000000000000."


class HandoverRequestSchema(Schema):
    """The target of a link."""

    class Meta:
        unknown = RAISE

    to = fields.String(
        required=True,
        validate=validate.Length(1, MAX_HOST),
        **meta("Host of the link's target, with the port unless it is 443.", "brand-b.example"),
    )
    choice = fields.String(
        validate=validate.Length(0, MAX_LENGTH),
        **meta("Value of the consent cookie, if no cookie is sent; for an app, its choice.", CHOICE),
    )


class HandoverSchema(Schema):
    """A code for one link."""

    code = fields.String(
        required=True,
        allow_none=True,
        **meta("Value of the query parameter `cho`, valid for two minutes; null without a choice.", CODE),
    )


class RedeemSchema(Schema):
    """A code with which a page was opened."""

    class Meta:
        unknown = RAISE

    code = fields.String(
        required=True, validate=validate.Length(1, MAX_CODE_LENGTH), **meta("The code from the URL.", CODE)
    )
    referrer = fields.String(
        load_default="",
        validate=validate.Length(0, MAX_HOST),
        **meta(
            (
                "Host of `document.referrer`, or empty: grants only apply if the visitor came from the host that "
                "issued the code."
            ),
            "",
        ),
    )
    choice = fields.String(
        validate=validate.Length(0, MAX_LENGTH),
        **meta("Value of the consent cookie, if no cookie is sent.", CHOICE),
    )
    age_band = fields.String(
        load_default="unknown", validate=validate.OneOf(BANDS), **meta("Age band of the visitor.", "adult")
    )


class RedeemedSchema(Schema):
    """What applies on this domain now."""

    choice = fields.String(required=True, **meta("Value of the consent cookie; empty without a choice.", CHOICE))
    own = fields.String(**meta("For a signed-in visitor: value of the cookie with the device's own choice.", "o1.j.0."))
    applied = fields.Boolean(required=True, **meta("Whether the code had any effect here.", True))
    source = fields.String(required=True, data_key="from", **meta("Host that the choice came from.", "brand-a.example"))
