"""Sites by API: list those that the token may configure, and create one."""

import json
import time

from marshmallow import RAISE, Schema, fields

from consent.api.configuration.access import NO_STORE, READ, WRITE, author_everywhere, etag_of, read_body
from consent.api.http.context import ApiContext
from consent.api.http.idempotency import IdempotentWrite, idempotent
from consent.api.http.request import Request
from consent.api.http.response import Answer, ApiError, json_answer
from consent.api.http.schema_examples import meta
from consent.sites.draft import DraftError
from consent.sites.site_creation import KeyTakenError, NewSite, create_site
from consent.storage.sites import configs, sites


class ControllerSchema(Schema):
    """Who is responsible for a new site."""

    class Meta:
        unknown = RAISE

    name = fields.String(load_default="", **meta("Its name.", "Example Ltd"))
    address = fields.String(load_default="", **meta("Postal address.", "1 High Street, London"))
    contact = fields.String(load_default="", **meta("Mail address for questions.", "privacy@example.com"))
    policy_url = fields.String(load_default="", **meta("Privacy policy.", "https://www.example.com/privacy"))
    policy_revision = fields.String(load_default="", **meta("Date of the privacy policy.", "2026-11-01"))
    storage_location = fields.String(load_default="", **meta("Where receipts are kept; by default, here.", ""))
    retention = fields.String(load_default="", **meta("For how long; by default, 36 months.", ""))


class NewSiteSchema(Schema):
    """A site to create."""

    class Meta:
        unknown = RAISE

    name = fields.String(required=True, **meta("Its name in the dashboard.", "Shop"))
    hosts = fields.List(
        fields.String(), required=True, **meta("The exact origins of its pages.", ["https://www.example.com"])
    )
    key = fields.String(
        load_default="", **meta("Its key, part of the script's address; by default, made from the name.", "shop")
    )
    language = fields.String(load_default="en", **meta("Default language of the banner, as BCP 47.", "en"))
    time_zone = fields.String(load_default="", **meta("IANA time zone of schedules; by default, UTC.", "Europe/London"))
    controller = fields.Nested(
        ControllerSchema, load_default=dict, **meta("Who is responsible; can be completed in the draft.")
    )


_new_site = NewSiteSchema()


def answer_sites(context: ApiContext, request: Request) -> Answer:
    """Return the sites that the token may configure, by name."""
    authorization = request.header("Authorization") or ""
    context.tokens.check_any(authorization, READ)
    with context.engine.connect() as connection:
        owned = [one for one in sites.present(connection) if context.tokens.allows(authorization, READ, one.id)]
        items = [one._asdict() for one in configs.summaries(connection, owned)]
    return json_answer({"items": items}, 200, NO_STORE)


@idempotent(WRITE)
def answer_site_created(context: ApiContext, request: Request, once: IdempotentWrite) -> Answer:
    """Create a site with an empty draft: 201 with its key and the draft's ETag."""
    author = author_everywhere(context, request)
    facts = read_body(request, _new_site)
    wanted = NewSite(
        facts["name"], facts["hosts"], facts["controller"], facts["key"], facts["language"], facts["time_zone"]
    )
    try:
        with context.engine.begin() as connection:
            site = create_site(connection, wanted, context.settings.base_url, author, int(time.time()))
            row = sites.read_draft(connection, site.id)
            scope, etag = json.loads(row.text)["overrides"]["cookie_scope"], etag_of(row)
            view = {"key": site.key, "name": site.name, "cookie_scope": scope, "etag": etag}
            return once.keep(connection, json_answer(view, 201, [("ETag", etag), *NO_STORE]))
    except KeyTakenError as error:
        raise ApiError(409, "site_exists", error.fields["key"]) from None
    except DraftError as error:
        fields = {path: [sentence] for path, sentence in error.fields.items()}
        raise ApiError(400, "invalid_field", "A field is not valid; nothing was written.", fields) from None
