"""Response schemas of the configuration API, for the OpenAPI document."""

from marshmallow import INCLUDE, Schema, fields

from consent.api.http.request_schemas import CONFIG
from consent.api.http.schema_examples import meta

ETAG = '"draft-17"'
CHANGE = {"subject": "tag ga4", "kind": "changed", "before": {"enabled": True}, "after": {"enabled": False}}


class SiteSchema(Schema):
    """One site."""

    key = fields.String(required=True, **meta("Key of the site.", "shop"))
    name = fields.String(required=True, **meta("Its name in the dashboard.", "Shop"))
    config = fields.String(required=True, allow_none=True, **meta("The live config, or null.", CONFIG))
    version = fields.Integer(required=True, allow_none=True, **meta("The live version, or null.", 12))


class SitesSchema(Schema):
    """The sites that the token may configure."""

    items = fields.List(fields.Nested(SiteSchema), required=True, **meta("By name."))


class CreatedSiteSchema(Schema):
    """A new site."""

    key = fields.String(required=True, **meta("Its key.", "shop"))
    name = fields.String(required=True, **meta("Its name in the dashboard.", "Shop"))
    cookie_scope = fields.String(
        required=True, **meta("The domain that a choice counts on, or `host` for each host alone.", "example.com")
    )
    etag = fields.String(required=True, **meta("The draft as it is now.", '"draft-1"'))


class DraftFileSchema(Schema):
    """The draft as a config file (`consent-config/1`, see `consent/data/config.schema.json`)."""

    class Meta:
        unknown = INCLUDE

    schema = fields.String(required=True, **meta("The format.", "consent-config/1"))
    site = fields.String(required=True, **meta("Key of the site.", "shop"))


class DraftTagSchema(Schema):
    """A tag of the draft, with the fields of `tags` in `consent/data/config.schema.json`."""

    class Meta:
        unknown = INCLUDE

    id = fields.String(required=True, **meta("Its id.", "ga4"))
    name = fields.String(required=True, **meta("Its name.", "Google Analytics 4"))
    vendor = fields.String(required=True, **meta("Its vendor.", "google-analytics"))
    template = fields.String(required=True, **meta("The catalog's template that it was made from.", "ga4"))
    group = fields.String(required=True, **meta("Its group.", "analytics"))
    enabled = fields.Boolean(required=True, **meta("Whether it is switched on.", True))


class DraftTextsSchema(Schema):
    """The site's own texts and links in one language of the draft."""

    texts = fields.Dict(required=True, **meta("Own texts by name.", {"title": "Your privacy at Example"}))
    links = fields.Dict(
        required=True, **meta("Own links on the banner.", {"policy": "https://www.example.com/privacy"})
    )
    is_default = fields.Boolean(required=True, **meta("Whether it is the default language of the site.", True))
    is_confirmed = fields.Boolean(required=True, **meta("Whether a user has confirmed its texts.", False))


class ProblemSchema(Schema):
    """One error in a config file."""

    line = fields.Integer(required=True, allow_none=True, **meta("Line of the file, where it has one.", 6))
    field = fields.String(required=True, **meta("Dotted path of the field.", "hosts.0"))
    message = fields.String(required=True, **meta("What is wrong.", "An address is like https://www.example.com."))


class DraftProblemSchema(Schema):
    """One reason why a draft can't be saved or published."""

    field = fields.String(required=True, **meta("Dotted path of the field.", "controller.address"))
    message = fields.String(required=True, **meta("What is wrong.", "Required before publishing (GDPR art. 13)."))


class DraftCheckSchema(Schema):
    """What a config file would do."""

    is_valid = fields.Boolean(required=True, **meta("Whether the draft could become this.", True))
    problems = fields.List(fields.Nested(ProblemSchema), required=True, **meta("What is wrong with it."))
    waits = fields.List(
        fields.String(),
        required=True,
        **meta("What an admin has to approve before it can be published.", ["tags.0: This code is not approved."]),
    )
    changes = fields.List(fields.Dict(), required=True, **meta("Each difference from the live config.", [CHANGE]))


class DraftChangesSchema(Schema):
    """What publishing the draft would change."""

    etag = fields.String(required=True, **meta("The draft that was compared.", ETAG))
    changes = fields.List(fields.Dict(), required=True, **meta("Each difference from the live config.", [CHANGE]))


class DraftSavedSchema(Schema):
    """A saved draft."""

    etag = fields.String(required=True, **meta("The draft as it is now.", '"draft-18"'))
    waits = fields.List(
        fields.String(), required=True, **meta("What an admin has to approve before it can be published.", [])
    )


class VersionSchema(Schema):
    """One published version."""

    version = fields.Integer(required=True, **meta("Its number.", 12))
    config = fields.String(required=True, **meta("Its config.", CONFIG))
    published = fields.String(required=True, **meta("When (RFC 3339).", "2026-11-24T23:00:00Z"))
    note = fields.String(required=True, **meta("What its publisher noted.", "Merge of 4f1c2d"))
    is_live = fields.Boolean(required=True, **meta("Whether visitors get it.", True))


class VersionsSchema(Schema):
    """The versions of a site."""

    items = fields.List(fields.Nested(VersionSchema), required=True, **meta("Newest first."))


class PublishedSchema(Schema):
    """A live version."""

    config = fields.String(required=True, **meta("Its config.", CONFIG))
    version = fields.Integer(required=True, **meta("Its number.", 12))
    is_new = fields.Boolean(required=True, **meta("False where the draft was live already.", True))
