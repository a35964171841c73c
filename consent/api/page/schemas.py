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
    """Where a visitor is, and how that was determined."""

    country = fields.String(required=True, allow_none=True, **meta("Country, as ISO 3166-1 alpha-2.", "DE"))
    subdivision = fields.String(
        required=True, allow_none=True, **meta("Subdivision, the second part of ISO 3166-2.", "BE")
    )
    source = fields.String(
        required=True,
        validate=validate.OneOf(["geoip", "edge", "token", "unknown"]),
        **meta("Source of the place: database, edge, token of the caller, or none.", "geoip"),
    )


class SignalsSchema(Schema):
    """What the browser or the site states about the visitor."""

    gpc = fields.Boolean(required=True, **meta("Whether the browser sends Global Privacy Control.", False))
    dnt = fields.Boolean(required=True, **meta("Whether the browser sends Do Not Track.", False))
    age_band = fields.String(
        required=True,
        validate=validate.OneOf(["unknown", *AGE_BANDS]),
        **meta("Age of the visitor as far as the site knows it.", "unknown"),
    )
    age = fields.Integer(**meta("Age in whole years, where the site told one for this decision.", 15))


class GroupAnswerSchema(Schema):
    """What applies to a tag of the group without flags."""

    granted = fields.Boolean(required=True, **meta("Whether tags of the group may run.", False))
    reason = fields.String(
        required=True,
        validate=validate.OneOf(sorted(REASONS)),
        **meta("Why, as a code.", "opt_in_not_given"),
    )
    rule = fields.String(**meta("Name of the rule that decided.", "eu_opt_in.analytics"))


class TriggerSchema(Schema):
    """What a tag waits for in the page, once it may run."""

    on = fields.String(
        required=True,
        validate=validate.OneOf(["click", "submit", "visible", "scroll", "time", "event", "data_layer"]),
        **meta("What has to happen.", "click"),
    )
    selector = fields.String(**meta("CSS selector of what is clicked, sent or seen.", "#buy"))
    percent = fields.Integer(**meta("How much of the page is scrolled, or of the element in view.", 50))
    seconds = fields.Integer(**meta("Seconds on the page.", 30))
    name = fields.String(**meta("Name of the event.", "signup"))
    repeat = fields.Boolean(**meta("Whether the tag is loaded each time, and not once a page.", False))
    before_choice = fields.String(
        validate=validate.OneOf(["run", "drop"]),
        **meta("What becomes of an event before the choice; `run` where it is missing.", "run"),
    )


class TagAnswerSchema(Schema):
    """What applies to one tag."""

    id = fields.String(required=True, **meta("Id of the tag.", "matomo"))
    vendor = fields.String(required=True, **meta("Id of the vendor.", "matomo"))
    group = fields.String(required=True, validate=validate.OneOf(GROUPS), **meta("Group of the tag.", "analytics"))
    mode = fields.String(
        required=True,
        validate=validate.OneOf(["full", "limited", "held"]),
        **meta("Whether the tag may run, run without storage, or is blocked.", "held"),
    )
    reason = fields.String(
        required=True, validate=validate.OneOf(sorted(REASONS)), **meta("Why, as a code.", "opt_in_not_given")
    )
    rule = fields.String(required=True, **meta("Name of the rule that decided.", "eu_opt_in.analytics"))
    trigger = fields.Nested(
        TriggerSchema, **meta("Where the tag waits for something in the page: what. It may run, but not at once.")
    )


class AccountSchema(Schema):
    """What applies here from the signed-in visitor's account."""

    state = fields.String(required=True, **meta("Always `in`: somebody is signed in.", "in"))
    applies = fields.String(
        required=True,
        validate=validate.OneOf(["account", "device", "both"]),
        **meta("Whose choice applies: the account's, the device's, or both joined.", "both"),
    )
    mode = fields.String(
        required=True,
        validate=validate.OneOf(["joined", "apart"]),
        **meta("Whether the device follows the account, or is kept apart.", "joined"),
    )
    version = fields.Integer(required=True, **meta("Version of the account: what a choice has `seen`.", 5345))
    signal = fields.String(
        required=True, allow_none=True, **meta("`gpc` where a device of the account sends it, and it acts here.", None)
    )
    lines = fields.List(
        fields.String(validate=validate.OneOf(LINES)),
        required=True,
        **meta("What the visitor may be told; the first is shown.", ["account_applied"]),
    )


class GppSchema(Schema):
    """The string of the IAB Tech Lab's Global Privacy Platform, for OpenRTB and other servers."""

    string = fields.String(required=True, **meta("The string, regs.gpp in OpenRTB.", "DBABL~CVQqAAAAAACA.Q"))
    applicable_sections = fields.List(
        fields.Integer(),
        required=True,
        **meta("Sections that apply, regs.gpp_sid in OpenRTB; [-1] where none does.", [7]),
    )


class TcfSchema(Schema):
    """The visitor's status in the Transparency and Consent Framework, for OpenRTB and other servers."""

    gdpr_applies = fields.Boolean(required=True, **meta("Whether the framework applies here: regs.gdpr.", True))
    cmp_id = fields.Integer(required=True, **meta("Id of the consent management platform.", 123))
    cmp_version = fields.Integer(required=True, **meta("Its version.", 1))
    version = fields.Integer(required=True, **meta("Version of the vendor list.", 178))
    policy = fields.Integer(required=True, **meta("Version of the policies.", 5))
    string = fields.String(
        allow_none=True,
        **meta("Where it applies: the TC string, user.consent in OpenRTB; null before a choice.", "CQqlWkAQqlWkA…"),
    )
    additional_consent = fields.String(**meta("Google's additional consent string.", "2~70.89~dv.108.143"))


class DecisionSchema(Schema):
    """Which tags may run for one visitor here and now."""

    site = fields.String(required=True, **meta("Key of the site.", "shop"))
    config = fields.String(required=True, **meta("Name of the live config, its hash.", CONFIG))
    version = fields.Integer(required=True, **meta("Number of the published version.", 12))
    place = fields.Nested(PlaceSchema, required=True, **meta("Place of the visitor."))
    regime = fields.String(required=True, **meta("Name of the regime that applies there.", "eu_opt_in"))
    rules_version = fields.String(required=True, **meta("Version of the rules by place.", "2026-11-01"))
    language = fields.String(required=True, **meta("Language of the banner, as BCP 47.", "en"))
    variant = fields.String(required=True, **meta("Variant of the banner.", "a"))
    signals = fields.Nested(SignalsSchema, required=True, **meta("Signals of the browser."))
    show = fields.String(
        required=True,
        validate=validate.OneOf(["ask", "notice", "none"]),
        **meta("Whether the banner asks, informs, or is not shown.", "ask"),
    )
    status = fields.String(required=True, allow_none=True, **meta("Text of a notice for the visitor, or null.", None))
    links = fields.List(
        fields.String(), required=True, **meta("Links that the place requires, as codes.", ["cookie_settings"])
    )
    expires = fields.String(
        required=True,
        allow_none=True,
        **meta("Time when the choice expires (RFC 3339), or null without a choice.", "2027-05-24T00:00:00Z"),
    )
    token = fields.String(**meta("Write token of the page: a choice has to carry it.", WRITE))
    groups = fields.Dict(
        keys=fields.String(),
        values=fields.Nested(GroupAnswerSchema),
        required=True,
        **meta("Answer for each group.", GROUP_ANSWERS),
    )
    tags = fields.List(fields.Nested(TagAnswerSchema), required=True, **meta("Answer for each tag."))
    allowed_tags = fields.List(fields.String(), required=True, **meta("Ids of the tags that may run in full.", []))
    limited_tags = fields.List(fields.String(), required=True, **meta("Ids of those that may run without storage.", []))
    account = fields.Nested(AccountSchema, **meta("Where somebody is signed in: what of the account applies."))
    banner = fields.Dict(**meta("With view=banner: what the script needs besides.", BANNER))
    tcf = fields.Nested(TcfSchema, **meta("Where the site takes part in TCF: the TC string of this decision."))
    gpp = fields.Nested(GppSchema, **meta("Where the site sends it: the GPP string of this decision."))
    sources = fields.List(
        fields.String(),
        **meta("With view=csp: sources for a Content-Security-Policy.", ["script-src https://cdn.example.net"]),
    )


class PreviewSchema(Schema):
    """A draft as the script shows it."""

    banner = fields.Dict(required=True, **meta("What the script needs of the draft.", BANNER))


class WrittenSchema(Schema):
    """A durable receipt, and the decision that applies from now on."""

    id = fields.String(required=True, **meta("Id of the receipt.", ID))
    receipt = fields.String(required=True, **meta("The signed receipt (JWS, Ed25519).", JWS))
    linked = fields.Boolean(
        required=True, **meta("Whether the visitor's cookie leads to the receipt, and so /r/<site>.", True)
    )
    decision = fields.Nested(DecisionSchema, required=True, **meta("The decision from now on."))
    account = fields.Nested(AccountSchema, **meta("Where somebody is signed in: what of the account applies."))
    own = fields.String(**meta("Of who is signed in: value of the cookie of the device's own choice.", "o1.j.0."))
    choice = fields.String(**meta("Of who is signed in: value of the consent cookie.", ""))
    confirm = fields.List(
        fields.String(), **meta("Grants that need a second step, as groups or `v:` and a vendor.", [])
    )
    unseen = fields.List(fields.String(), **meta("Grants against refusals of the account that were not on screen.", []))


class JoinedSchema(Schema):
    """What applies to a signed-in visitor on this device."""

    decision = fields.Nested(DecisionSchema, required=True, **meta("The decision."))
    own = fields.String(required=True, **meta("Value of the cookie that keeps the device's own choice.", "o1.j.0."))
    choice = fields.String(required=True, **meta("Value of the consent cookie; empty where nothing was said.", ""))


class VendorsSchema(Schema):
    """The vendors of a site in one language."""

    language = fields.String(required=True, **meta("Language of the texts, as BCP 47.", "en"))
    vendors = fields.List(
        fields.Dict(), required=True, **meta("Each vendor with groups, purposes, cookies and links.", [VENDOR])
    )


class LinesSchema(Schema):
    """The lines of a site."""

    config = fields.String(required=True, **meta("The live config that they are of.", CONFIG))
    head = fields.String(
        required=True,
        **meta("HTML, to stand first in the head.", '<script data-run="…">…</script>\n<script async src="…"></script>'),
    )
    script = fields.String(required=True, **meta("Address of the script.", "https://consent.example.com/b/shop.js"))
    declaration = fields.String(
        required=True,
        **meta(
            "HTML of the cookie declaration.", '<script async src="https://consent.example.com/c/shop.js"></script>'
        ),
    )
    blocker_hash = fields.String(
        required=True, **meta("What allows the inline blocker in a Content-Security-Policy.", "'sha256-47DEQpj8HBSa…'")
    )


class TextsSchema(Schema):
    """All strings of both layers in one language."""

    language = fields.String(required=True, **meta("Language of the texts, as BCP 47.", "en"))
    texts = fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        required=True,
        **meta("Each string by its key.", {"title": "Your choice", "reject_all": "Reject all"}),
    )
