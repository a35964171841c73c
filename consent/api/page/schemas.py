"""Response schemas of the page endpoints, for the OpenAPI document."""

from marshmallow import Schema, fields, validate

from consent.api.http.parameters import ID
from consent.api.http.request_schemas import CONFIG, WRITE
from consent.api.http.schema_examples import meta
from consent.core.account_join import LINES
from consent.core.decide import REASONS
from consent.core.groups import AGE_BANDS, GROUPS

JWS = "eyJhbGciOiJFZERTQSIsImtpZCI6IkU2…"
GROUP_ANSWERS = {
    "essential": {"granted": True, "reason": "essential"},
    "analytics": {"granted": False, "reason": "opt_in_not_given", "rule": "eu_opt_in.analytics"},
}
VENDOR = {
    "id": "matomo",
    "name": "Matomo",
    "company": "InnoCraft Ltd",
    "country": "NZ",
    "privacy_url": "https://matomo.org/privacy-policy/",
    "opt_out_url": None,
    "groups": ["analytics"],
    "purposes": [{"code": "visitor_statistics", "text": "Visitor statistics"}],
    "cookies": [
        {
            "name": "_pk_id.*",
            "kind": "cookie",
            "group": "analytics",
            "purpose": "Visitor statistics",
            "lifetime": "13 months",
        }
    ],
    "links": [{"url": "https://matomo.org/privacy-policy/", "text": "Privacy policy of Matomo"}],
}
BANNER = {"texts": {"title": "Your choice"}, "later": "/b/shop/9f86d081884c7d65/3b1f0c6a7d2e4958/en.js"}


class PlaceSchema(Schema):
    """The visitor's place and how it was determined."""

    country = fields.String(required=True, allow_none=True, **meta("Country (ISO 3166-1 alpha-2).", "DE"))
    subdivision = fields.String(
        required=True, allow_none=True, **meta("Subdivision: the second part of its ISO 3166-2 code.", "BE")
    )
    source = fields.String(
        required=True,
        validate=validate.OneOf(["geoip", "edge", "token", "unknown"]),
        **meta("Source of the place: geo database, edge header, the caller with a token, or none.", "geoip"),
    )


class SignalsSchema(Schema):
    """Privacy signals and age of the visitor."""

    gpc = fields.Boolean(required=True, **meta("Whether the browser sends Global Privacy Control.", False))
    dnt = fields.Boolean(required=True, **meta("Whether the browser sends Do Not Track.", False))
    age_band = fields.String(
        required=True,
        validate=validate.OneOf(["unknown", *AGE_BANDS]),
        **meta("Age band of the visitor, if the site knows it.", "unknown"),
    )
    age = fields.Integer(**meta("Age in whole years, if the site sent one for this decision.", 15))


class GroupAnswerSchema(Schema):
    """The decision for a group; a tag's own settings may change it."""

    granted = fields.Boolean(required=True, **meta("Whether the group's tags may run.", False))
    reason = fields.String(
        required=True,
        validate=validate.OneOf(sorted(REASONS)),
        **meta("Reason code.", "opt_in_not_given"),
    )
    rule = fields.String(**meta("Name of the rule that determined this.", "eu_opt_in.analytics"))


class TriggerSchema(Schema):
    """The trigger that an allowed tag waits for."""

    on = fields.String(
        required=True,
        validate=validate.OneOf(["click", "submit", "visible", "scroll", "time", "event", "data_layer"]),
        **meta("Kind of trigger.", "click"),
    )
    selector = fields.String(**meta("CSS selector of the element or form.", "#buy"))
    percent = fields.Integer(**meta("Percentage of the page scrolled, or of the element in view.", 50))
    seconds = fields.Integer(**meta("Seconds after the page has loaded.", 30))
    name = fields.String(**meta("Event name.", "signup"))
    repeat = fields.Boolean(**meta("Whether the tag runs each time, instead of once per page.", False))
    before_choice = fields.String(
        validate=validate.OneOf(["run", "drop"]),
        **meta("What happens to an event before the choice. Default: `run`.", "run"),
    )


class TagAnswerSchema(Schema):
    """The decision for one tag."""

    id = fields.String(required=True, **meta("Id of the tag.", "matomo"))
    vendor = fields.String(required=True, **meta("Id of the vendor.", "matomo"))
    group = fields.String(required=True, validate=validate.OneOf(GROUPS), **meta("Group of the tag.", "analytics"))
    mode = fields.String(
        required=True,
        validate=validate.OneOf(["full", "limited", "held"]),
        **meta("Whether the tag may run, may run without storage, or is blocked.", "held"),
    )
    reason = fields.String(
        required=True, validate=validate.OneOf(sorted(REASONS)), **meta("Reason code.", "opt_in_not_given")
    )
    rule = fields.String(required=True, **meta("Name of the rule that determined this.", "eu_opt_in.analytics"))
    trigger = fields.Nested(
        TriggerSchema, **meta("Present if the tag has a trigger: it may run, but waits for that event in the page.")
    )


class AccountSchema(Schema):
    """How the signed-in visitor's account affects this decision."""

    state = fields.String(required=True, **meta("Always `in`: a visitor is signed in.", "in"))
    applies = fields.String(
        required=True,
        validate=validate.OneOf(["account", "device", "both"]),
        **meta("Which choice applies: the account's, the device's, or both joined.", "both"),
    )
    mode = fields.String(
        required=True,
        validate=validate.OneOf(["joined", "apart"]),
        **meta("Whether the device follows the account or is kept separate.", "joined"),
    )
    version = fields.Integer(required=True, **meta("Version of the account, to send as `seen` with a choice.", 5345))
    signal = fields.String(
        required=True, allow_none=True, **meta("`gpc` if a device of the account sends it and it applies here.", None)
    )
    lines = fields.List(
        fields.String(validate=validate.OneOf(LINES)),
        required=True,
        **meta("Codes of notices for the visitor; the first one is shown.", ["account_applied"]),
    )


class GppSchema(Schema):
    """The GPP string (IAB Tech Lab Global Privacy Platform), for OpenRTB and other servers."""

    string = fields.String(required=True, **meta("The GPP string: regs.gpp in OpenRTB.", "DBABL~CVQqAAAAAACA.Q"))
    applicable_sections = fields.List(
        fields.Integer(),
        required=True,
        **meta("Applicable sections: regs.gpp_sid in OpenRTB; [-1] if none.", [7]),
    )


class TcfSchema(Schema):
    """The visitor's status under TCF, for OpenRTB and other servers."""

    gdpr_applies = fields.Boolean(required=True, **meta("Whether TCF applies here: regs.gdpr in OpenRTB.", True))
    cmp_id = fields.Integer(required=True, **meta("CMP id.", 123))
    cmp_version = fields.Integer(required=True, **meta("CMP version.", 1))
    version = fields.Integer(required=True, **meta("Version of the Global Vendor List.", 178))
    policy = fields.Integer(required=True, **meta("Version of the TCF policies.", 5))
    string = fields.String(
        allow_none=True,
        **meta("If TCF applies, the TC string: user.consent in OpenRTB; null before a choice.", "CQqlWkAQqlWkA…"),
    )
    additional_consent = fields.String(**meta("Google's Additional Consent string.", "2~70.89~dv.108.143"))


class DecisionSchema(Schema):
    """Which tags may run for one visitor now."""

    site = fields.String(required=True, **meta("Key of the site.", "shop"))
    config = fields.String(required=True, **meta("Hash of the live config.", CONFIG))
    version = fields.Integer(required=True, **meta("Version number of the published config.", 12))
    place = fields.Nested(PlaceSchema, required=True, **meta("Place of the visitor."))
    regime = fields.String(required=True, **meta("Regime that applies there.", "eu_opt_in"))
    rules_version = fields.String(required=True, **meta("Version of the rules by place, a date.", "2026-11-01"))
    language = fields.String(required=True, **meta("Language of the banner (BCP 47).", "en"))
    variant = fields.String(required=True, **meta("Variant of the banner.", "a"))
    signals = fields.Nested(SignalsSchema, required=True, **meta("Privacy signals and age of the visitor."))
    show = fields.String(
        required=True,
        validate=validate.OneOf(["ask", "notice", "none"]),
        **meta("Whether the banner asks for a choice, only informs, or is not shown.", "ask"),
    )
    status = fields.String(required=True, allow_none=True, **meta("Text of a notice for the visitor, or null.", None))
    links = fields.List(
        fields.String(),
        required=True,
        **meta("Codes of links that the law of the place requires.", ["cookie_settings"]),
    )
    expires = fields.String(
        required=True,
        allow_none=True,
        **meta("Time when the choice expires (RFC 3339), or null without a choice.", "2027-05-24T00:00:00Z"),
    )
    token = fields.String(**meta("Write token: a choice made on this page must include it.", WRITE))
    groups = fields.Dict(
        keys=fields.String(),
        values=fields.Nested(GroupAnswerSchema),
        required=True,
        **meta("Decision for each group.", GROUP_ANSWERS),
    )
    tags = fields.List(fields.Nested(TagAnswerSchema), required=True, **meta("Decision for each tag."))
    allowed_tags = fields.List(fields.String(), required=True, **meta("Ids of the tags that may run in full.", []))
    limited_tags = fields.List(
        fields.String(), required=True, **meta("Ids of the tags that may run without storage only.", [])
    )
    account = fields.Nested(AccountSchema, **meta("If a visitor is signed in: how the account affects the decision."))
    banner = fields.Dict(**meta("With `view=banner`: further data for the script.", BANNER))
    tcf = fields.Nested(TcfSchema, **meta("On a site with TCF: the TC string of this decision."))
    gpp = fields.Nested(GppSchema, **meta("If the site uses GPP: the GPP string of this decision."))
    sources = fields.List(
        fields.String(),
        **meta("With `view=csp`: sources for a Content-Security-Policy.", ["script-src https://cdn.example.net"]),
    )


class PreviewSchema(Schema):
    """The draft's data for the script."""

    banner = fields.Dict(required=True, **meta("The draft's data for the script.", BANNER))


class WrittenSchema(Schema):
    """A stored receipt, and the decision that applies from now on."""

    id = fields.String(required=True, **meta("Id of the receipt.", ID))
    receipt = fields.String(required=True, **meta("The signed receipt (JWS, Ed25519).", JWS))
    linked = fields.Boolean(
        required=True, **meta("Whether the receipt is linked to the visitor's cookie and listed at `/r/<site>`.", True)
    )
    decision = fields.Nested(DecisionSchema, required=True, **meta("The decision that applies from now on."))
    account = fields.Nested(AccountSchema, **meta("If a visitor is signed in: how the account affects the decision."))
    own = fields.String(**meta("For a signed-in visitor: value of the cookie with the device's own choice.", "o1.j.0."))
    choice = fields.String(**meta("For a signed-in visitor: value of the consent cookie.", ""))
    confirm = fields.List(
        fields.String(),
        **meta("Grants that require a second confirmation: groups, or `v:` followed by a vendor id.", []),
    )
    unseen = fields.List(
        fields.String(),
        **meta("Grants ignored because the account refused them and the visitor was not shown that.", []),
    )


class JoinedSchema(Schema):
    """The decision for a signed-in visitor on this device."""

    decision = fields.Nested(DecisionSchema, required=True, **meta("The decision."))
    own = fields.String(required=True, **meta("Value of the cookie with the device's own choice.", "o1.j.0."))
    choice = fields.String(required=True, **meta("Value of the consent cookie; empty without a choice.", ""))


class VendorsSchema(Schema):
    """The vendors of a site in one language."""

    language = fields.String(required=True, **meta("Language of the texts (BCP 47).", "en"))
    vendors = fields.List(
        fields.Dict(), required=True, **meta("All vendors with their groups, purposes, cookies and links.", [VENDOR])
    )


class LinesSchema(Schema):
    """The HTML lines of a site."""

    config = fields.String(required=True, **meta("Hash of the live config that they belong to.", CONFIG))
    head = fields.String(
        required=True,
        **meta(
            "HTML to insert at the start of the head.",
            '<script data-run="…">…</script>\n<script async src="…"></script>',
        ),
    )
    script = fields.String(required=True, **meta("URL of the script.", "https://consent.example.com/b/shop.js"))
    declaration = fields.String(
        required=True,
        **meta(
            "HTML of the cookie declaration.", '<script async src="https://consent.example.com/c/shop.js"></script>'
        ),
    )
    blocker_hash = fields.String(
        required=True, **meta("CSP source that allows the inline blocker.", "'sha256-47DEQpj8HBSa…'")
    )


class TextsSchema(Schema):
    """All strings of both layers in one language."""

    language = fields.String(required=True, **meta("Language of the texts (BCP 47).", "en"))
    texts = fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        required=True,
        **meta("All strings, by key.", {"title": "Your choice", "reject_all": "Reject all"}),
    )
