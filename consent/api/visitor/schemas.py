"""Response schema of the cookie declaration, for the OpenAPI document."""

from marshmallow import Schema, fields, validate

from consent.api.http.request_schemas import CONFIG
from consent.api.http.schema_examples import meta
from consent.api.page.schemas import VENDOR

CONTROLLER = {"name": "Shop GmbH", "contact": "privacy@example.com", "policy_url": "https://www.example.com/privacy"}
GROUP = {
    "group": "analytics",
    "name": "Analytics",
    "text": "Counts visits.",
    "cookies": [],
    "vendors": [{name: value for name, value in VENDOR.items() if name != "groups"}],
}
SIGNAL = {"signal": "gpc", "name": "Global Privacy Control", "counts": True, "text": "This site honors the signal."}


class DeclarationSchema(Schema):
    """What the site stores in browsers, in one language and under the law of one place."""

    site = fields.String(required=True, **meta("Key of the site.", "shop"))
    config = fields.String(required=True, **meta("Hash of the live config.", CONFIG))
    version = fields.Integer(required=True, **meta("Version number of the published config.", 12))
    changed = fields.Date(required=True, allow_none=True, **meta("Date of the last publish (UTC).", "2026-11-24"))
    language = fields.String(required=True, **meta("Language of the texts (BCP 47).", "en"))
    direction = fields.String(required=True, validate=validate.OneOf(["ltr", "rtl"]), **meta("Text direction.", "ltr"))
    controller = fields.Dict(
        keys=fields.String(), values=fields.String(), required=True, **meta("Facts about the controller.", CONTROLLER)
    )
    groups = fields.List(fields.Dict(), required=True, **meta("All groups with their cookies and vendors.", [GROUP]))
    signals = fields.List(
        fields.Dict(), required=True, **meta("All privacy signals, and whether each is honored here.", [SIGNAL])
    )
    links = fields.List(
        fields.Dict(),
        required=True,
        **meta(
            "Links that the law of the place requires.",
            [{"label": "Privacy policy", "url": "https://www.example.com/privacy"}],
        ),
    )
    browsers = fields.List(
        fields.Dict(),
        required=True,
        **meta(
            "Instructions to delete cookies in each browser.",
            [{"name": "Firefox", "url": "https://support.mozilla.org/"}],
        ),
    )
